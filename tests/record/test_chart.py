from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.knowledge.yamlfile import parse
from stepdown.record.chart import KEYS, chart_record
from stepdown.record.record import Record, check_tables

TODAY = date(2026, 3, 1)
PERSON = "person: {id: A1, born: 1966-05-20, sex: f}\n"


def read(text: str, name: str = "folder/chart.yaml") -> Record:
    record = chart_record(parse(PERSON + text, name), name, load(), TODAY)
    check_tables(record.tables)
    return record


def rows(text: str, table: str) -> list[dict[str, Any]]:
    """The rows of a table, without empty columns and the person."""
    found = read(text)[table].to_dicts()
    assert all(row.pop("person_id") == "A1" for row in found)
    return [{key: value for key, value in row.items() if value is not None} for row in found]


def one(text: str, table: str) -> dict[str, Any]:
    (row,) = rows(text, table)
    return row


def test_the_person() -> None:
    row = one("", "person")
    assert row == {
        "birth": date(1966, 5, 20), "birth_latest": date(1966, 5, 20), "sex": "female", "source": "chart.yaml:person",
    }  # fmt: skip


def test_an_id_may_be_a_number_and_a_death_counts_from_its_last_possible_day() -> None:
    record = chart_record(parse("person: {id: 17, born: 1950, died: 2020-02}", "c.yaml"), "c.yaml", load(), TODAY)
    row = record["person"].row(0, named=True)
    assert (row["person_id"], row["birth"], row["birth_latest"], row["died"]) == (
        "17", date(1950, 1, 1), date(1950, 12, 31), date(2020, 2, 29),
    )  # fmt: skip


def test_the_course_and_its_change() -> None:
    text = (
        "ms:\n- {course: rrms, onset: 2003, diagnosed: 2004-05}\n- {course: secondary progressive MS, diagnosed: 2019}"
    )
    first, second = rows(text, "course")
    assert (first["course"], first["onset"], first["onset_latest"]) == ("rrms", date(2003, 1, 1), date(2003, 12, 31))
    assert (first["on"], first["on_latest"]) == (date(2004, 5, 1), date(2004, 5, 31))
    assert second["course"] == "spms"
    assert one("ms: {course: unknown, diagnosed: 2008}", "course").keys() == {"on", "on_latest", "status", "source"}
    assert "course" not in one("ms: {course: multiple sclerosis}", "course")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ocrelizumab", "ocrelizumab"),
        ("Ocrevus", "ocrelizumab"),
        ("Tecfidera", "dimethyl-fumarate"),
        ("dimethyl fumarate", "dimethyl-fumarate"),
        ("interferon", "interferon"),
        ("Ocrevus 600 mg iv", "ocrelizumab"),
        ("Rebif 44 ug", "interferon-beta-1a-sc"),
        ("S1P receptor modulators", "s1p"),
        ("anti-CD20", "anti-cd20"),
        ("azathioprine", "azathioprine"),
        ("IVIG", "immunoglobulin"),
    ],
)
def test_a_drug_by_generic_name_brand_or_class(written: str, meant: str) -> None:
    assert one(f"treatments: [{{therapy: {written}}}]", "treatment")["therapy"] == meant
    assert one(f"treatments: [{written}]", "treatment")["therapy"] == meant


def test_a_brand_is_told() -> None:
    (note,) = read("treatments: [{therapy: Ocrevus}]").notes
    assert (note.source, note.key) == ("chart.yaml:treatments[0].therapy", "recognised")
    assert note.args == {"text": "Ocrevus", "id": "ocrelizumab", "by": "name"}
    assert not read("treatments: [{therapy: ocrelizumab}, {therapy: Dimethyl Fumarate}]").notes


def test_treatments() -> None:
    first, second, third = rows(
        "treatments:\n- {therapy: glatiramer, from: 2004, to: 2018-02, started_for: diagnosis, stopped_for: activity}\n"
        "- {therapy: ocrelizumab, from: 2018-03-01, interval_weeks: 26, mg: 600}\n"
        "- {therapy: rituximab, to: {after: 2010, before: 2012-06}}\n",
        "treatment",
    )
    assert (first["on"], first["on_latest"]) == (date(2004, 1, 1), date(2004, 12, 31))
    assert (first["ended"], first["ended_latest"]) == (date(2018, 2, 1), date(2018, 2, 28))
    assert (first["status"], first["start_reason"], first["stop_reason"]) == ("resolved", "first-treatment", "activity")
    assert (second["status"], second["interval_weeks"], second["dose_mg"]) == ("active", 26.0, 600.0)
    assert "ended" not in second
    assert "on" not in third
    assert (third["ended"], third["ended_latest"]) == (date(2010, 1, 1), date(2012, 6, 30))


def test_doses_and_appointments() -> None:
    assert one("doses: [{therapy: Ocrevus, date: 2025-09-14, mg: 600}]", "dose")["dose_mg"] == 600.0
    row = one("appointments: [{therapy: ocrelizumab, date: 2031-03, purpose: infusion}]", "appointment")
    assert (row["on"], row["on_latest"], row["purpose"]) == (date(2031, 3, 1), date(2031, 3, 31), "infusion")
    assert "therapy" not in one("appointments: [2026-05-01]", "appointment")


def test_relapses_bare_and_told() -> None:
    bare, told, new = rows(
        "relapses:\n- 2016-05\n"
        "- {date: 2017-11, steroids: yes, recovered: partial, severity: severe}\n"
        "- {date: 2026-02-27, status: suspected}",
        "relapse",
    )
    assert bare == {
        "on": date(2016, 5, 1), "on_latest": date(2016, 5, 31), "status": "final", "source": "chart.yaml:relapses[0]",
    }  # fmt: skip
    assert (told["steroids"], told["recovered"], told["severity"]) == (True, "partly", "severe")
    assert new["status"] == "suspected"


def test_a_date_that_is_not_known_lies_some_time_before() -> None:
    assert one("relapses: [{date: unknown}]", "relapse").keys() == {"status", "source"}
    row = one("relapses: [{date: {after: 2015}}]", "relapse")
    assert row["on"] == date(2015, 1, 1)
    assert "on_latest" not in row


def test_scans() -> None:
    first, second, third = rows(
        "mri:\n- {date: 2025-11-03, region: head, compared_on: 2024, contrast: true, new_t2: 0, gd: 1}\n"
        "- {date: 2025-11-03, region: spinal cord, stable: true, lesions: yes, compared_on: 2025}\n- 2020",
        "mri",
    )
    assert (first["region"], first["contrast"], first["new_t2"], first["gd_lesions"]) == ("brain", True, 0, 1)
    # the comparison proves quiet from the last day it may have been taken, and never after the scan itself
    assert first["compared_on"] == date(2024, 12, 31)
    assert second["compared_on"] == date(2025, 11, 3)
    assert (second["region"], second["stable"], second["lesions"]) == ("cord", True, True)
    assert third.keys() == {"on", "on_latest", "status", "source"}
    assert "compared_on" not in one("mri: [{date: 2025-11, compared_on: {after: 2019}}]", "mri")


def test_disability() -> None:
    row = one(
        "edss: [{date: 2026-01, score: 3.5, t25fw: 6.8, nhpt: 24, sdmt: 47, during_relapse: false}]", "disability"
    )
    assert (row["edss"], row["t25fw_s"], row["nhpt_s"], row["sdmt"], row["during_relapse"]) == (3.5, 6.8, 24, 47, False)
    for score in (0, 1, 1.5, 9.5, 10):
        assert one(f"edss: [{{score: {score}}}]", "disability")["edss"] == score
    assert "edss" not in one("edss: [{sdmt: 40}]", "disability")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("test: igg, value: 490, unit: mg/dL", {"test": "igg", "value": 4.9, "unit": "g/L"}),
        ("test: IgG, value: 5, unit: g/l", {"test": "igg", "value": 5.0, "unit": "g/L"}),
        ("test: ALC, value: 850, unit: cells/µL", {"test": "lymphocytes", "value": 0.85, "unit": "10*9/L"}),
        ("test: B cells, value: 0, unit: /uL", {"test": "b-cells", "value": 0.0, "unit": "/uL"}),
        ("test: JCV index, value: 1.8", {"test": "jcv-index", "value": 1.8, "unit": "1"}),
        ("test: igm, value: <0.2, unit: g/L",
         {"test": "igm", "value": 0.2, "unit": "g/L", "below_limit": True, "above_limit": False}),
        ("test: igm, value: '> 20', unit: mg/dL",
         {"test": "igm", "value": 0.2, "unit": "g/L", "below_limit": False, "above_limit": True}),
        ("test: HBsAg, value: negative", {"test": "hbsag", "value_code": "negative"}),
        ("test: quantiferon, value: pos", {"test": "tb-igra", "value_code": "positive"}),
        ("test: anti-hbc, value: borderline", {"test": "anti-hbc", "value_code": "equivocal"}),
        ("test: anti-hbs, value: 12, unit: mIU/mL", {"test": "anti-hbs", "value": 12.0, "unit": "[IU]/L"}),
        ("test: vzv igg, value: immune", {"test": "vzv-igg", "value_code": "positive"}),
    ],
)  # fmt: skip
def test_laboratory_values(entry: str, expected: dict[str, Any]) -> None:
    row = one(f"labs: [{{{entry}}}]", "lab")
    assert {key: value for key, value in row.items() if key not in ("status", "source")} == expected


def test_a_value_that_cannot_be_true_is_kept_out_and_told() -> None:
    record = read("labs: [{test: igg, value: 490, unit: g/L}, {test: igg, value: 4.9, unit: g/L}]")
    assert record["lab"]["value"].to_list() == [4.9]
    (problem,) = record.problems
    assert (problem.source, problem.key, problem.person_id) == ("chart.yaml:labs[0].value", "implausible-value", "A1")
    assert problem.args["test"] == "igg"
    assert problem.args["value"] == 490


def test_infections() -> None:
    row = one("infections: [{date: 2025-02, kind: chest infection, serious: true, hospital_days: 4}]", "infection")
    assert (row["kind"], row["serious"], row["hospital_days"], row["status"]) == ("respiratory", True, 4.0, "final")
    assert one("infections: [{kind: pneumonia, hospital_days: 3}]", "infection")["serious"] is True
    assert "serious" not in one("infections: [{kind: pneumonia}]", "infection")
    assert "serious" not in one("infections: [{kind: pneumonia, hospital_days: 0}]", "infection")
    pml = one("infections: [{kind: PML, status: suspected}]", "infection")
    assert (pml["kind"], pml["opportunistic"], pml["serious"], pml["status"]) == ("pml", True, True, "suspected")
    assert "opportunistic" not in one("infections: [shingles]", "infection")
    assert one("infections: [2025-02]", "infection")["on"] == date(2025, 2, 1)


def test_conditions() -> None:
    first, second, third, fourth = rows(
        "conditions:\n- {name: high blood pressure, since: 2015}\n- {name: breast cancer, since: 2012, until: 2014}\n"
        "- {name: melanoma, status: remission}\n- diabetes",
        "condition",
    )
    assert (first["condition"], first["status"]) == ("hypertension", "active")
    assert (second["condition"], second["status"]) == ("breast-cancer", "resolved")
    assert (second["ended"], second["ended_latest"]) == (date(2014, 1, 1), date(2014, 12, 31))
    assert third["status"] == "resolved"
    assert fourth["condition"] == "diabetes"


@pytest.mark.parametrize(
    ("text", "table", "column"),
    [
        ("conditions: [housemaid's knee]", "condition", "condition"),
        ("infections: [housemaid's knee]", "infection", "kind"),
        ("vaccinations: [housemaid's knee]", "vaccination", "vaccine"),
    ],
)
def test_a_word_that_no_list_knows_is_kept_and_told(text: str, table: str, column: str) -> None:
    record = read(text)
    assert record[table][column].to_list() == ["housemaid's knee"]
    (problem,) = record.problems
    assert (problem.key, problem.args["word"]) == ("unknown-word", "housemaid's knee")


def test_allergies_vaccinations_wishes() -> None:
    assert one("allergies: [penicillin]", "allergy")["substance"] == "penicillin"
    assert one("vaccinations: [{date: 2025-10, vaccine: flu shot}]", "vaccination")["vaccine"] == "influenza"
    first, second = rows("wishes: [{topic: fewer infusions, strength: strong, date: 2026-01}, stop]", "wish")
    assert (first["topic"], first["strength"], first["on"]) == ("fewer-infusions", "strong", date(2026, 1, 1))
    assert second["topic"] == "stop"


def test_every_wish_of_the_dictionary_can_be_said() -> None:
    topics = [name[5:].replace("_", "-") for name in load().variables if name.startswith("wish_")]
    assert len(topics) >= 8
    assert [row["topic"] for row in rows(f"wishes: [{', '.join(topics)}]", "wish")] == topics


INSTRUMENT = """
id: wellbeing-five
title: {en: Wellbeing in five questions}
names: [WB-5]
variable: eq5d_index
better: higher
low: -5
high: 25
measures: quality-of-life
assumption: true
reasoning: {en: "Made up for a test."}
"""


def test_questionnaires_by_id_title_or_name_within_their_span(tmp_path: Path) -> None:
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "wb.yaml").write_text(INSTRUMENT, encoding="utf-8")
    library = load([tmp_path])
    for written in ("wellbeing-five", "wb-5", "Wellbeing in five questions"):
        text = f"{PERSON}questionnaires: [{{date: 2026-01, instrument: {written}, score: -2}}]"
        row = chart_record(parse(text, "c.yaml"), "c.yaml", library, TODAY)["questionnaire"].row(0, named=True)
        assert (row["instrument"], row["score"]) == ("wellbeing-five", -2.0)
    text = f"{PERSON}questionnaires: [{{instrument: wb-5, score: 26}}]"
    with pytest.raises(InputError, match=r"c.yaml:2: .*score: 26 is not a score of wellbeing-five; -5 to 25"):
        chart_record(parse(text, "c.yaml"), "c.yaml", library, TODAY)


def test_lifestyle() -> None:
    found = rows("lifestyle: {date: 2026-01, smoking: true, bmi: 31, weight: 84, contraception: false}", "lifestyle")
    said = {row["topic"]: (row.get("value"), row.get("value_code"), row.get("unit")) for row in found}
    assert said == {
        "smoking": (None, "current", None),
        "bmi": (31.0, None, "kg/m2"),
        "weight": (84.0, None, "kg"),
        "contraception": (None, "no", None),
    }
    assert {row["on"] for row in found} == {date(2026, 1, 1)}
    assert one("lifestyle: {smoking: former}", "lifestyle")["value_code"] == "former"
    assert one("lifestyle: {smoking: no}", "lifestyle")["value_code"] == "never"


def test_observed_for_all_domains_by_domain_and_as_a_list() -> None:
    row = one("observed: {from: 2009, to: 2026-02}", "observed")
    assert (row["domain"], row["from"], row["from_latest"]) == ("all", date(2009, 1, 1), date(2009, 12, 31))
    assert (row["to"], row["to_latest"]) == (date(2026, 2, 1), date(2026, 2, 28))
    assert "to" not in one("observed: {from: 2009}", "observed")
    found = rows("observed: {relapse: {from: 2009}, mri: [{from: 2010, to: 2012}, {from: 2015}]}", "observed")
    assert [(row["domain"], row["from"].year) for row in found] == [("relapse", 2009), ("mri", 2010), ("mri", 2015)]
    listed = rows("observed: [{domain: infection, from: 2019}, {from: 2020, to: 2021}]", "observed")
    assert [row["domain"] for row in listed] == ["infection", "all"]


@pytest.mark.parametrize(
    ("section", "domain"),
    [
        ("relapses", "relapse"), ("infections", "infection"), ("conditions", "condition"),
        ("vaccinations", "vaccination"), ("treatments", "treatment"),
    ],
)  # fmt: skip
def test_an_empty_list_says_none_ever_and_nothing_else_does(section: str, domain: str) -> None:
    row = one(f"{section}: []", "observed")
    birth = date(1966, 5, 20)
    assert (row["domain"], row["from"], row["from_latest"]) == (domain, birth, birth)
    assert "to" not in row
    assert domain in load().domains
    assert not rows(f"{section}:", "observed")
    assert not rows("", "observed")
    filled = {"treatments": "[fingolimod]", "conditions": "[asthma]", "vaccinations": "[influenza]"}
    assert not rows(f"{section}: {filled.get(section, '[2016]')}", "observed")


@pytest.mark.parametrize("section", ["mri", "edss", "labs", "doses", "wishes", "allergies", "questionnaires"])
def test_other_empty_lists_claim_nothing(section: str) -> None:
    record = read(f"{section}: []")
    assert {name for name, table in record.tables.items() if table.height} == {"person"}


def test_none_ever_holds_for_a_person_whose_birth_is_not_known() -> None:
    record = chart_record(parse("person: {id: A}\nrelapses: []", "c.yaml"), "c.yaml", load(), TODAY)
    assert record["observed"]["from_latest"].to_list() == [date(1900, 1, 1)]


@pytest.mark.parametrize(
    ("text", "low", "high", "values"),
    [
        ("age: 59", 59.0, 59.0, None),
        ("years_since_relapse: {at_least: 5}", 5.0, None, None),
        ("igg: {at_most: 5}", None, 5.0, None),
        ("igg: {at_least: 4, at_most: 5.5}", 4.0, 5.5, None),
        ("igg: {between: [4, 6]}", 4.0, 6.0, None),
        ("pregnant: false", None, None, ["false"]),
        ("never_relapsed: yes", None, None, ["true"]),
        ("course: rrms", None, None, ["rrms"]),
        ("course: [spms, rrms]", None, None, ["rrms", "spms"]),
        ("therapy: Ocrevus", None, None, ["ocrelizumab"]),
        ("therapy: none", None, None, ["none"]),
        ("therapy_class: [anti-cd20, s1p]", None, None, ["anti-cd20", "s1p"]),
    ],
)
def test_known_states_a_variable(text: str, low: float | None, high: float | None, values: list[str] | None) -> None:
    row = read(f"known: {{{text}}}")["known"].row(0, named=True)
    assert row["variable"] == text.split(":")[0]
    assert (row["low"], row["high"], row["values"]) == (low, high, values)


def test_known_may_name_a_class_where_a_drug_is_asked() -> None:
    (row,) = rows("known: {therapy: anti-cd20}", "known")
    assert {"ocrelizumab", "rituximab", "ofatumumab"} <= set(row["values"])
    assert set(row["values"]) <= set(load().values("therapy"))


def test_what_is_unknown_in_known_says_nothing() -> None:
    assert not rows("known: {igg: unknown, age: , course: '?'}", "known")


def test_may_become_pregnant_is_a_known_truth() -> None:
    row = one("may_become_pregnant: true", "known")
    assert (row["variable"], row["values"]) == ("may_become_pregnant", ["true"])


def test_json_is_read_as_yaml_is() -> None:
    text = '{"person": {"id": "A1", "born": "1966-05-20"}, "labs": [{"test": "igg", "value": 4.9, "unit": "g/L"}]}'
    record = chart_record(parse(text, "c.json"), "c.json", load(), TODAY)
    assert record["lab"]["value"].to_list() == [4.9]


def test_a_chart_read_twice_is_equal() -> None:
    text = (Path(__file__).parents[2] / "src/stepdown/examples/natalizumab-wants-child/chart.yaml").read_text("utf-8")
    first, second = (chart_record(parse(text, "c.yaml"), "c.yaml", load(), TODAY) for _ in range(2))
    assert first.problems == second.problems
    assert first.notes == second.notes
    assert all(first[name].equals(second[name]) for name in first.tables)


def test_every_key_of_the_design_is_a_key_of_the_chart() -> None:
    told = "person ms observed treatments doses appointments relapses mri edss labs infections conditions vaccinations"
    assert {*told.split(), "questionnaires", "wishes", "may_become_pregnant", "known", "allergies", "lifestyle"} == {
        *KEYS
    }
