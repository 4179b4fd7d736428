"""What goes with a drug: its form, how a drug and its class are put together, its words, and the burden of a year."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from stepdown.criteria.lint import check_library
from stepdown.errors import InputError
from stepdown.guideline.compiled import guidelines_of
from stepdown.knowledge.burden import burden
from stepdown.knowledge.care import CARE, Care, Monitoring, Span, joined
from stepdown.knowledge.care_words import span_words, told
from stepdown.knowledge.describe import describing
from stepdown.knowledge.library import SHIPPED, load
from stepdown.record.tables import TABLES
from tests.knowledge.overlays import SOURCE, overlay

LIBRARY = load()


def span(unit: str, value: float | None = None, low: float | None = None, high: float | None = None) -> Span:
    return Span.model_validate({"unit": unit, "value": value, "low": low, "high": high})


def care(**fields: object) -> Care:
    return Care.model_validate(fields)


def watch(name: str, **fields: object) -> dict[str, object]:
    ground = {"assumption": True, "reasoning": {"en": "For the test."}}
    return {"id": name, "what": "liver", "by": "blood", "says": {"en": name}, **ground, **fields}


@pytest.mark.parametrize(
    ("length", "days", "words"),
    [
        (span("d", 10), (10, 10), "10 days"),
        (span("wk", 1), (7, 7), "1 week"),
        (span("wk", low=1, high=2), (7, 14), "1 to 2 weeks"),
        (span("mo", low=4), (4 * 30.4375, None), "at least 4 months"),
        (span("mo", high=1), (None, 30.4375), "at most 1 month"),
        (span("a", high=2), (None, 730.5), "at most 2 years"),
        (span("h", 6), (0.25, 0.25), "6 hours"),
        (span("mo", 3.4, 0.3, 13.7), (0.3 * 30.4375, 13.7 * 30.4375), "3.4 months (0.3 to 13.7)"),
    ],
)
def test_a_span_in_days_and_in_words(length: Span, days: tuple[float | None, float | None], words: str) -> None:
    assert length.days() == pytest.approx(days)
    assert span_words(length) == words


@pytest.mark.parametrize("wrong", [{}, {"low": 3, "high": 2}, {"value": 4, "high": 3}, {"value": -1}])
def test_a_span_that_says_nothing_or_falls_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Span.model_validate({"unit": "wk", **wrong})


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"every": {"value": 0, "unit": "mo"}}, "above 0"),
        ({"after": {"value": 12, "unit": "mo"}, "until": {"value": 6, "unit": "mo"}}, "ends after it begins"),
        ({"assumption": False, "reasoning": None}, "name the evidence"),
        ({"where": "mars"}, "where"),
    ],
)
def test_a_watch_that_cannot_fall_due_or_has_no_ground_is_refused(fields: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Monitoring.model_validate(watch("a") | fields)


def test_an_entry_of_the_drug_replaces_that_of_its_class_with_the_same_id() -> None:
    own = care(monitoring=[watch("a", by="urine")], gaps={"vaccines": {"en": "Not read."}})
    shared = care(
        monitoring=[watch("a"), watch("b")],
        gaps={"vaccines": {"en": "Not read for the class."}, "returns": {"en": "None."}},
    )
    both = joined(own, shared)
    assert [(entry.id, entry.by) for entry in both.monitoring] == [("a", "urine"), ("b", "blood")]
    assert both.gaps == {"vaccines": {"en": "Not read."}, "returns": {"en": "None."}}
    assert joined(care(), shared).monitoring == shared.monitoring
    filled = joined(own, care(gaps={"monitoring": {"en": "Not read."}}))
    assert "monitoring" not in filled.gaps


def test_a_gap_that_is_filled_or_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="stands in the same document"):
        care(monitoring=[watch("a")], gaps={"monitoring": {"en": "None."}})
    with pytest.raises(ValidationError, match="is none of"):
        care(gaps={"weather": {"en": "None."}})


def test_check_holds_the_new_keys_against_the_library(tmp_path: Path) -> None:
    site = overlay(
        tmp_path,
        evidence__study=SOURCE,
        therapies__drug="""
            id: my-drug
            title: {en: My drug}
            class: natalizumab
            regimens: [{id: iv, route: iv, setting: clinic, evidence: [my-study]}]
            monitoring:
              - {id: a, what: liver, by: blood, seen_in: [no_such_variable], says: {en: Liver.}, evidence: [no-study]}
            before_start:
              - {id: b, what: hiv, needs: {variable: no_such_thing, is: true}, says: {en: HIV.}, evidence: [my-study]}
            arriving:
              - {id: c, from_class: [no-class], says: {en: Wait.}, evidence: [my-study]}
        """,
    )
    told_of = [fault.message for fault in check_library([site], tables=TABLES) if str(tmp_path) in fault.file]
    for word in ("no_such_variable", "no-study", "no_such_thing", "no-class"):
        assert any(word in message for message in told_of), word


def test_a_burden_names_a_regimen_of_the_drug(tmp_path: Path) -> None:
    site = overlay(
        tmp_path,
        evidence__study=SOURCE,
        therapies__drug="""
            id: my-drug
            title: {en: My drug}
            class: natalizumab
            regimens: [{id: iv, route: iv, setting: clinic, evidence: [my-study]}]
            burden: [{id: a, year: 1, regimen: sc, infusions: 2, says: {en: Two.}, evidence: [my-study]}]
        """,
    )
    with pytest.raises(InputError, match="no regimen is called 'sc'"):
        load([site])


def test_what_a_drug_shares_is_told_apart_from_its_own() -> None:
    sections = dict(told(LIBRARY.care("fingolimod"), LIBRARY, shared=LIBRARY.classes["s1p"]))
    shared = {line.id: line.shared for line in sections["monitoring"] if line.id}
    assert (shared["lymphocytes"], shared["skin"]) == (False, True)
    (pregnancy,) = sections["pregnancy"]
    assert (pregnancy.place, pregnancy.figures, pregnancy.grounds) == (
        "Hungary", ("stance: contraindicated",), ("hungary-pregnancy-2023",),
    )  # fmt: skip
    hold = next(line for line in sections["monitoring"] if "does: hold" in line.figures)
    assert "when lymphocytes below 0.2 10*9/L" in hold.figures
    assert dict(told(LIBRARY.care("ozanimod"), LIBRARY))["returns"][0].says.startswith("Not known: ")


def test_a_drug_is_described_with_all_that_goes_with_it_and_its_sources() -> None:
    (found,) = describing(LIBRARY, "therapies/ofatumumab")
    sections = dict(found.care)
    assert any("in: 24.6 weeks" in line.figures for line in sections["returns"])
    assert not {name.replace("_", " ") for name in CARE} & {name for name, _ in found.facts}
    cited = {name for name, _, _ in found.sources}
    assert {ground for lines in sections.values() for line in lines for ground in line.grounds} <= cited


# from the regimens and schedules of labels and reviews, worked out by hand
@pytest.mark.parametrize(
    ("drug", "year", "expected"),
    [
        ("ocrelizumab", 1, {"infusions": 3, "visits": 3}),
        ("ocrelizumab", 2, {"infusions": 2, "visits": 2, "blood_tests": {"eu": (4, 4), "de": (1, 2)}}),
        ("ofatumumab", 1, {"injections": 15, "visits": 0}),
        ("ofatumumab", 2, {"injections": 12, "infusions": 0}),
        ("natalizumab", 2, {"infusions": 13, "blood_tests": {"us": (2, 2), "eu": (2, 2)}}),
        ("dimethyl-fumarate", 1, {"tablets": 730, "tablet_days": 365,
                                  "blood_tests": {"uk": (4, 4), "eu": (4, 4), "us": (1, 2)}}),
        ("teriflunomide", 1, {"tablets": 365, "blood_tests": {"us": (6, 6), "eu": (5, 5)}}),
        ("teriflunomide", 2, {"blood_tests": {"eu": (4, 4)}}),
        ("fingolimod", 1, {"blood_tests": {"eu": (5, 5)}}),
        ("alemtuzumab", 1, {"infusions": 5, "blood_tests": {"us": (12, 12)}}),
        ("alemtuzumab", 2, {"infusions": 3, "visits": 3}),
        ("alemtuzumab", 5, {"infusions": 0, "visits": 0, "blood_tests": {"us": (12, 12)}}),
        ("cladribine", 1, {"tablet_days": 10, "tablets": None, "visits": 0}),
        ("cladribine", 4, {"tablet_days": 0}),
        ("glatiramer", 3, {"injections": 156, "visits": 0, "blood_tests": {}}),
    ],
)  # fmt: skip
def test_the_burden_of_a_year(drug: str, year: int, expected: dict[str, object]) -> None:
    found = burden(LIBRARY, drug, year)
    assert {name: getattr(found, name) for name in expected} == expected


def test_the_burden_follows_the_regimen_and_the_interval_in_use() -> None:
    assert burden(LIBRARY, "ocrelizumab", 1, "sc").injections == 2
    assert burden(LIBRARY, "ocrelizumab", 1, "sc").infusions == 0
    assert burden(LIBRARY, "ocrelizumab", 2, interval_weeks=52).infusions == pytest.approx(1.0, abs=0.01)
    assert burden(LIBRARY, "natalizumab", 2, interval_weeks=6).infusions == pytest.approx(8.7, abs=0.01)


def test_the_template_is_clean_and_speaks_to_nobody() -> None:
    folder = SHIPPED.parent / "template"
    assert [fault for fault in check_library([folder], tables=TABLES) if str(folder) in fault.file] == []
    laid = load([folder])
    assert "local-template" in laid.guidelines
    assert "local-template" not in {guideline.id for guideline in guidelines_of(laid, None)}
    assert "local-template" not in LIBRARY.guidelines


def test_kknms_says_why_it_concludes_nothing() -> None:
    silent = LIBRARY.guidelines["kknms-2022"]
    assert silent.silent
    assert silent.criteria == ()
    assert "kknms-2022" not in {guideline.id for guideline in guidelines_of(LIBRARY, None)}
