# ruff: noqa: E501 (one case a line)
"""Every wrong chart gets one clear line: file, line, path, what is wrong and how to mend it."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.knowledge.yamlfile import parse
from stepdown.record.chart import KEYS, chart_record, read_chart
from stepdown.record.chart_sections import SECTIONS
from stepdown.record.record import check_tables

TODAY = date(2026, 3, 1)
PERSON = "person: {id: A1, born: 1966-05-20, sex: female}\n"

# what is wrong, the chart after its first line (the person), the line, what the message says, how it is mended
CASES: list[tuple[str, str, int, str, str]] = [
    ("unknown-key", "relapse: [2016]", 2, "relapse: the key 'relapse' is not known", "did you mean 'relapses'"),
    ("unknown-field", "labs:\n- {tset: igg, value: 5}", 3, "labs[0].tset", "did you mean 'test'"),
    ("unknown-person-key", "ms: {cuorse: rrms}", 2, "ms.cuorse", "did you mean 'course'"),
    ("key-twice", "relapses: []\nrelapses: [2016]", 3, "the key 'relapses' is given twice", "keep one"),
    ("field-twice", "ms: {course: rrms, course: spms}", 2, "the key 'course' is given twice", "keep one"),
    ("undated-now", "relapses: [{status: suspected}]", 2, "relapses[0]: is suspected and has no date", "when it began"),
    ("undated-active", "infections: [{kind: sepsis, status: active}]", 2, "is active and has no date", "when it began"),
    ("future", "relapses: [2026-04]", 2, "relapses[0].date: 2026-04 lies in the future", "check the year"),
    ("future-end", "treatments: [{therapy: fingolimod, from: 2020, to: 2027}]", 2, "treatments[0].to: 2027", "appointments"),
    ("no-such-day", "relapses: [2023-02-29]", 2, "that month has 28 days", "write a day"),
    ("no-such-month", "labs:\n- {date: 2023-14, test: igg, value: 5, unit: g/L}", 3, "no month 14", "write a day"),
    ("not-a-date", "relapses: [{date: last spring}]", 2, "'last spring' is not a date", "write a day"),
    ("german-date", "relapses: [01.05.2020]", 2, "'01.05.2020' is not a date", "write a day (2020-05-31)"),
    ("before-birth", "relapses: [1965]", 2, "lies before the birth (1966-05-20)", "person.born"),
    ("end-before-start", "treatments: [{therapy: fingolimod, from: 2019-06, to: 2018-02}]", 2, "the start (2019-06-01) lies after the end (2018-02-28)", "check both"),
    ("condition-end-before-start", "conditions:\n- {name: hypertension, since: 2019, until: 2012}", 3, "conditions[0]: the start", "check both"),
    ("over-and-active", "conditions: [{name: breast cancer, until: 2014, status: active}]", 2, "conditions[0].status: is active and has an end", "keep one"),
    ("onset-after-diagnosis", "ms: {onset: 2010, diagnosed: 2004}", 2, "the onset (2010-01-01) lies after the diagnosis", "check both"),
    ("span-end-before-start", "observed: {from: 2020, to: 2019-05}", 2, "observed: 2020-01-01 lies after the end", "check both"),
    ("scan-compared-with-later", "mri: [{date: 2020-05, compared_on: 2021}]", 2, "the earlier scan (2021-01-01) lies after", "check both"),
    ("open-end-unknown", "treatments: [{therapy: fingolimod, from: 2019, to: unknown}]", 2, "leaves open when it ended", "{after: 2015, before: 2018}"),
    ("open-end-half", "treatments: [{therapy: fingolimod, to: {after: 2019}}]", 2, "leaves open when it ended", "{after: 2015"),
    ("between-swapped", "relapses: [{date: {after: 2019, before: 2015}}]", 2, "'after' (2019-01-01) lies after 'before'", "swap them"),
    ("edss-11", "edss: [{score: 11}]", 2, "edss[0].score: 11 is not a score of the EDSS", "0, 1, 1.5, 2"),
    ("edss-3.2", "edss: [{score: 3.2}]", 2, "3.2 is not a score", "0, 1, 1.5, 2"),
    ("edss-half", "edss: [{score: 0.5}]", 2, "0.5 is not a score", "0, 1, 1.5, 2"),
    ("edss-minus", "edss: [{score: -1}]", 2, "-1 is not a score", "0, 1, 1.5, 2"),
    ("edss-words", "edss: [{score: mild}]", 2, "'mild' is not a number", "write a number"),
    ("edss-nothing", "edss: [{date: 2020}]", 2, "edss[0]: holds no value", "give score or"),
    ("walk-too-slow", "edss: [{t25fw: 3000}]", 2, "3000 is out of range", "0 to 300"),
    ("lab-negative", "labs:\n\n- {test: igg, value: -4.9, unit: g/L}", 4, "labs[0].value: -4.9 is negative", "check the sign"),
    ("lab-nan", "labs: [{test: igg, value: .nan, unit: g/L}]", 2, "'.nan' is not a finite number", "leave the key out"),
    ("lab-nan-json", "labs: [{test: igg, value: NaN, unit: g/L}]", 2, "'NaN' is not a finite number", "leave the key out"),
    ("lab-infinite", "labs: [{test: igg, value: -.inf, unit: g/L}]", 2, "'-.inf' is not a finite number", "leave the key out"),
    ("lab-too-big", "labs: [{test: igg, value: 1e400, unit: g/L}]", 2, "not a finite number", "leave the key out"),
    ("lab-comma", "labs: [{test: igg, value: '4,9', unit: g/L}]", 2, "'4,9' is not a value of igg", "as in 4.9"),
    ("lab-no-unit", "labs: [{test: igg, value: 4.9}]", 2, "labs[0].value: igg 4.9 has no unit", "such as g/L"),
    ("lab-unknown-unit", "labs: [{test: igg, value: 4.9, unit: stones}]", 2, "the unit 'stones' does not measure igg", "expected g/L"),
    ("lab-wrong-unit", "labs: [{test: lymphocytes, value: 20, unit: '%'}]", 2, "'%' does not measure lymphocytes", "expected 10*9/L"),
    ("lab-unknown-test", "labs: [{test: imunoglobulin g, value: 5, unit: g/L}]", 2, "the test 'imunoglobulin g' is not known", "'immunoglobulin g'"),
    ("lab-word", "labs: [{test: igg, value: low, unit: g/L}]", 2, "'low' is not a value of igg", "a number in g/L"),
    ("lab-no-result", "labs: [{test: hbsag, value: fine}]", 2, "'fine' is no result of hbsag", "positive, negative"),
    ("lab-number-for-result", "labs: [{test: hbsag, value: 3}]", 2, "3 is no result of hbsag", "positive or negative"),
    ("lab-no-value", "labs: [{test: hbsag}]", 2, "labs[0]: value is missing", "give test and value"),
    ("drug-nobody-knows", "treatments:\n- therapy: okrelizumab", 3, "the drug 'okrelizumab' is not known", "'ocrelizumab'"),
    ("drug-of-nobody", "doses: [{therapy: zzzqqq, date: 2020}]", 2, "doses[0].therapy: the drug 'zzzqqq' is not known", "known are"),
    ("no-drug", "treatments: [no ocrelizumab]", 2, "'no ocrelizumab' says more than the name of a drug", "such as ocrelizumab"),
    ("drug-and-story", "doses: [{therapy: Ocrevus declined}]", 2, "'Ocrevus declined' says more than the name", "such as ocrelizumab"),
    ("two-drugs", "treatments: [fingolimod then ocrelizumab]", 2, "the drug 'fingolimod then ocrelizumab' is not known", "known are"),
    ("class-nobody-knows", "treatments: [S1P modulator]", 2, "the drug 'S1P modulator' is not known", "'s1p receptor modulators'"),
    ("treatment-without-drug", "treatments: [{from: 2020}]", 2, "therapy is missing", "give therapy"),
    ("reason-unknown", "treatments: [{therapy: fingolimod, stopped_for: activty}]", 2, "the reason 'activty' is not known", "'activity'"),
    ("reason-of-the-other-kind", "treatments: [{therapy: fingolimod, started_for: completed}]", 2, "the reason 'completed' is not known", "known are"),
    ("course-unknown", "ms: {course: benign}", 2, "ms.course: the course 'benign' is not known", "rrms"),
    ("infection-as-condition", "conditions: [{name: PML, status: suspected}]", 2, "'PML' belongs to the infections", "write it under 'infections'"),
    ("condition-as-infection", "infections: [{kind: colitis}]", 2, "'colitis' belongs to the conditions", "write it under 'conditions'"),
    ("truth", "infections: [{kind: pneumonia, serious: very}]", 2, "'very' is neither true nor false", "write true or false"),
    ("lesions-half", "mri: [{new_t2: 1.5}]", 2, "1.5 is not a whole number", "a count"),
    ("lesions-negative", "mri: [{gd: -1}]", 2, "-1 is out of range", "0 or more"),
    ("lesions-text", "mri: [{new_t2: several}]", 2, "'several' is not a number", "write a number"),
    ("region", "mri: [{region: brian}]", 2, "the region 'brian' is not known", "'brain'"),
    ("status", "relapses: [{status: maybe}]", 2, "the status 'maybe' is not known", "suspected"),
    ("wish", "wishes: [{topic: fewer-infusion}]", 2, "the wish 'fewer-infusion' is not known", "'fewer-infusions'"),
    ("strength", "wishes: [{topic: stop, strength: huge}]", 2, "the strength 'huge' is not known", "some, strong"),
    ("not-a-list", "relapses: 2016", 2, "relapses: is not a list", "after a dash"),
    ("not-an-entry", "labs: [igg]", 2, "labs[0]: 'igg' is not a mapping", "test, value, unit"),
    ("entry-is-null", "relapses: [2016, ]\nmri:\n-", 4, "mri[0]: None is not a mapping", "date, region"),
    ("empty-entry", "relapses:\n- date:", 3, "relapses[0]: is empty", "take it out"),
    ("empty-braces", "infections: [{}]", 2, "infections[0]: is empty", "take it out"),
    ("appointment-without-date", "appointments: [{therapy: ocrelizumab}]", 2, "date is missing", "give date"),
    ("observed-word", "observed: always", 2, "observed: 'always' is not a mapping", "{from: 2010"),
    ("observed-domain", "observed: {relapses: {from: 2010}}", 2, "the key 'relapses' is not known", "'relapse'"),
    ("observed-listed-domain", "observed: [{domain: scans, from: 2010}]", 2, "the domain 'scans' is not known", "mri"),
    ("observed-since-when", "observed: {to: 2020}", 2, "observed: does not say since when", "give 'from'"),
    ("known-variable", "known: {yeers_since_relapse: 5}", 2, "'yeers_since_relapse' is not known", "'years_since_relapse'"),
    ("known-bound", "known: {igg: {atleast: 5}}", 2, "known.igg.atleast", "'at_least'"),
    ("known-swapped", "known: {igg: {between: [6, 4]}}", 2, "6 is more than 4", "lower bound first"),
    ("known-three", "known: {igg: {between: [1, 2, 3]}}", 2, "are not two numbers", "{between: [4, 6]}"),
    ("known-beside", "known: {igg: {between: [1, 2], at_least: 3}}", 2, "beside another bound", "keep one"),
    ("known-number-as-text", "known: {age: old}", 2, "known.age: 'old' is not a number", "write a number"),
    ("known-category", "known: {course: rmms}", 2, "known.course: the value 'rmms' is not known", "'rrms'"),
    ("known-truth", "known: {pregnant: 7}", 2, "7 is neither true nor false", "true or false"),
    ("habit", "lifestyle: {smoking: sometimes}", 2, "lifestyle.smoking", "known are"),
    ("bmi", "lifestyle: {bmi: 300}", 2, "300 is out of range", "expected 5 to 120"),
    ("may-become-pregnant", "may_become_pregnant: perhaps", 2, "'perhaps' is neither", "true or false"),
    ("questionnaire", "questionnaires: [{instrument: mood-o-meter, score: 3}]", 2, "'mood-o-meter' is not known", "known are"),
    ("bare-vaccine-list", "vaccinations: [[influenza]]", 2, "vaccinations[0]: ['influenza'] is not a mapping", "date, vaccine"),
    ("python-object", "known: !!python/object/apply:os.system ['true']", 2, "the tag 'tag:yaml.org,2002:python/object", "plain values"),
    ("billion-laughs", "a: &a [x, x]\nb: &b [*a, *a]", 2, "anchors and aliases", "write the value out"),
    ("tab", "labs:\n\t- {test: igg}", 3, "is not YAML or JSON", "indentation"),
    ("unclosed", "labs: [{test: igg", 3, "is not YAML or JSON", "check the quotes"),
    ("deep", f"known: {'[' * 60}{']' * 60}", 2, "nested deeper than 40", "flatter"),
    ("two-documents", "---\nperson: {id: B2}", 2, "holds more than one document", "split it"),
]  # fmt: skip


def _read(tmp_path: Path, text: str | bytes) -> None:
    path = tmp_path / "chart.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    read_chart(path, load(), TODAY)


@pytest.mark.parametrize(
    ("text", "line", "says", "mend"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_wrong_chart_gets_one_clear_line(tmp_path: Path, text: str, line: int, says: str, mend: str) -> None:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, PERSON + text)
    message = str(caught.value)
    if "more than one document" not in message:
        assert f"chart.yaml:{line}:" in message
    assert says in message
    assert mend in message
    assert caught.value.mend
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize(
    ("text", "says", "mend"),
    [
        ("", "is not a mapping", "person: {id: A1}"),
        ("hello", "'hello' is not a mapping", "person: {id: A1}"),
        ("[1, 2]", "is not a mapping", "person: {id: A1}"),
        ("relapses: []", "names no person", "person: {id: A1}"),
        ("person:", "person: None is not a mapping", "born: 1966"),
        ("person: A1", "person: 'A1' is not a mapping", "born: 1966"),
        ("person: {born: 1966}", "the person has no id", "id: A1"),
        ("person: [{id: A}, {id: B}]", "is not a mapping", "born: 1966"),
        ("person: {id: A1, sex: femal}", "the sex 'femal' is not known", "'female'"),
        ("person: {id: A1, born: 1866}", "the year 1866 lies before 1900", "write a day"),
        ("person: {id: A1, born: 2031}", "2031 lies in the future", "check the year"),
        ("person: {id: A1, born: 1966, died: 1950}", "lies before the birth (1966-01-01 to 1966-12-31)", "person.born"),
        ("person: {id: A1, died: 2019}\nrelapses: [2020-05]", "lies after the death", "person.died"),
        ("person: {id: [A1]}", "['A1'] is not text", "write a word"),
    ],
)
def test_a_chart_needs_one_person(tmp_path: Path, text: str, says: str, mend: str) -> None:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, text)
    assert "chart.yaml:" in str(caught.value)
    assert says in str(caught.value)
    assert mend in str(caught.value)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\x01", b"person: {id: \xc3\x28}", b"\x00\x00", b"PK\x03\x04\x14\x00"])
def test_bytes_that_are_no_text_are_told(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match=r"is not (YAML|a mapping)"):
        _read(tmp_path, data)


def test_a_file_larger_than_a_record_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "chart.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    begin = time.perf_counter()
    with pytest.raises(InputError, match="more than the 16,777,216"):
        read_chart(path, load())
    assert time.perf_counter() - begin < 1


def test_the_place_is_told_without_the_folder_in_sources(tmp_path: Path) -> None:
    path = tmp_path / "chart.yaml"
    path.write_text(PERSON + "relapses: [2016]", encoding="utf-8")
    assert read_chart(path, load())["relapse"]["source"].to_list() == ["chart.yaml:relapses[0]"]


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3000), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["2020", "2020-02-30", "igg", "ocrelizumab", "unknown", "", "<0.2", "pneumonia", "g/L", "yes", "PML"]),
    st.text(max_size=6),
)  # fmt: skip
_FIELDS = sorted(
    {*KEYS, "after", "before", "at_least", "between", *(key for one in SECTIONS.values() for key in one.fields)}
)
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=4),
    max_leaves=8,
)


def _read_or_refused(chart: dict[str, object]) -> str:
    """What is said of a chart that is refused; nothing where it is read."""
    try:
        check_tables(chart_record(parse(json.dumps(chart), "c.json"), "c.json", load(), TODAY).tables)
    except InputError as error:
        return str(error)
    return "c.json:1"


@given(st.sampled_from([*KEYS]), _ANYTHING)
@settings(max_examples=100, deadline=None)
def test_whatever_stands_under_a_key_is_read_or_refused_with_one_line(key: str, value: object) -> None:
    said = _read_or_refused({"person": {"id": "A1", "born": 1966}} | {key: value})
    assert "c.json:1" in said
    assert "\n" not in said


@given(st.sampled_from(sorted(SECTIONS)), st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_stands_in_a_field_is_read_or_refused_with_one_line(section: str, data: st.DataObject) -> None:
    fields = data.draw(st.dictionaries(st.sampled_from(sorted(SECTIONS[section].fields)), _ANYTHING, max_size=4))
    assert "c.json:1" in _read_or_refused({"person": {"id": "A1"}, section: [fields]})
