"""How values are written: nothing is rounded over a threshold, and unknown is always called so."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.knowledge.library import load
from stepdown.report import wording
from stepdown.report.words import Words

WORDS = Words(load())


def number(low: float | None, high: float | None, unit: str) -> dict[str, Any]:
    return {"kind": "number", "low": low, "high": high, "unit": unit, "from": []}


@pytest.mark.parametrize(
    ("low", "high", "unit", "shown"),
    [
        (4.96, 4.96, "a", "4.9 years"),
        (4.9999999999, 4.9999999999, "a", "5 years"),
        (5.0, 5.0, "a", "5 years"),
        (1.0, 1.0, "a", "1 year"),
        (59.97, 59.97, "a", "59.9 years"),
        (5.0, None, "a", "at least 5 years"),
        (None, 2.0, "a", "at most 2 years"),
        (None, 1.91, "a", "at most 23 months"),
        (0.21, 0.21, "a", "2 months"),
        (0.1, 3.2, "a", "0.1 to 3.2 years"),
        (0.6, 1.71, "a", "7 to 21 months"),
        (1.0, None, "mo", "at least 1 month"),
        (0.5, 0.5, "mo", "2 weeks"),
        (13 / 7, 13 / 7, "wk", "13 days"),
        (6.5, 6.5, "mo", "6.5 months"),
        (4.0, 6.0, "g/L", "4 to 6 g/L"),
        (4.95, 4.95, "g/L", "4.95 g/L"),
        (0.45, 0.45, "10*9/L", "0.45 ×10⁹/L"),
        (3.5, 3.5, "1", "3.5"),
        (0.0, 0.0, "1", "0"),
        (0.0, 3.0, "1", "at most 3"),
        (2.0, None, "1", "at least 2"),
        (0.0, None, "1", "unknown"),
        (0.0, None, "a", "unknown"),
        (None, None, "a", "unknown"),
        (8.04, 8.06, "mo", "8 to 8.1 months"),
        (0.03, 5.5, "a", "at most 5.5 years"),
        (-2.0, 3.0, "wk", "-2 to 3 weeks"),
        (5.3, 5.3, "wk", "5 weeks"),
        (5.3, 6.1, "wk", "5 to 7 weeks"),
    ],
)
def test_numbers(low: float | None, high: float | None, unit: str, shown: str) -> None:
    assert wording.value(number(low, high, unit), "time_on_therapy", WORDS) == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (60.3125, 60.3125, "60 years"),
        (59.97, 59.97, "59 years"),
        (59.9, 60.1, "59 to 60 years"),
        (59.1, 59.9, "59 years"),
        (60.0, None, "at least 60 years"),
    ],
)
def test_an_age_is_told_in_years_completed(low: float, high: float | None, shown: str) -> None:
    assert wording.value(number(low, high, "a"), "age", WORDS) == shown


@pytest.mark.parametrize(("truth", "shown"), [(True, "yes"), (False, "no"), (None, "unknown")])
def test_truths(truth: bool | None, shown: str) -> None:
    assert wording.value({"kind": "truth", "truth": truth, "from": []}, "hbsag", WORDS) == shown


def test_categories() -> None:
    def shown(variable: str, *values: str) -> str:
        return wording.value({"kind": "category", "values": list(values), "from": []}, variable, WORDS)

    assert shown("course", "rrms") == "relapsing-remitting MS"
    assert shown("course", "rrms", "spms") == "relapsing-remitting MS or secondary progressive MS"
    assert shown("course", *load().values("course")) == "unknown"
    assert shown("course", "cis", "rrms", "spms", "ppms") == (
        "not neuromyelitis optica spectrum disorder or MOG antibody disease"
    )
    assert shown("therapy", "ocrelizumab") == "ocrelizumab"
    assert shown("therapy_class", "anti-cd20") == "anti-CD20 antibodies"


@pytest.mark.parametrize(
    ("day", "shown"), [("2026-03-01", "1 March 2026"), ("2026-03", "March 2026"), ("2026", "2026")]
)
def test_dates(day: str, shown: str) -> None:
    assert wording.date(day, WORDS) == shown


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Anti-CD20 antibodies", "anti-CD20 antibodies"), ("IgG", "IgG"), ("EDSS at start", "EDSS at start"),
     ("JC virus index", "JC virus index"), ("Months since", "months since"), ("S1P modulators", "S1P modulators"),
     ("B cells", "B cells"), ("Interferon beta-1a", "interferon beta-1a")],
)  # fmt: skip
def test_titles_within_a_sentence(title: str, shown: str) -> None:
    assert wording.inline(title) == shown


@pytest.mark.parametrize(
    ("identifier", "shown"),
    [
        ("continue:ocrelizumab", "carry on with ocrelizumab"),
        ("extend-interval:ocrelizumab:52w", "ocrelizumab every 52 weeks"),
        ("extend-interval:natalizumab:6w", "natalizumab every 6 weeks"),
        ("reduce-dose:ocrelizumab:300mg", "ocrelizumab 300 mg"),
        ("switch-lower:dimethyl-fumarate", "switch to dimethyl fumarate"),
        ("discontinue:ocrelizumab", "stop ocrelizumab"),
        ("continue:interferon-beta-1a-sc", "carry on with subcutaneous interferon beta-1a"),
    ],
)
def test_options(identifier: str, shown: str) -> None:
    assert wording.option(identifier, "", WORDS) == shown


def test_lists_and_counts() -> None:
    assert wording.join(["a", "b", "c"], WORDS.tell, "") == "a, b and c"
    assert wording.join(["a", "b"], WORDS.tell, "option any") == "a or b"
    assert wording.join([], WORDS.tell, "") == "none"
    assert WORDS.format_field(1, "plural relapse relapses") == "1 relapse"
    assert WORDS.format_field(0, "plural relapse relapses") == "0 relapses"
    assert WORDS.format_field(["igg", "age"], "variable") == "IgG and age"
    assert WORDS.format_field(None, "date") == "unknown"


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([], ""),
        (["chart.yaml:person"], "chart.yaml: person"),
        (["chart.yaml:mri[2]", "chart.yaml:mri[0]", "chart.yaml:mri[1]", "chart.yaml:observed"],
         "chart.yaml: mri[0 to 2], observed"),
        (["chart.yaml:mri[0]", "chart.yaml:mri[1]", "chart.yaml:mri[10]"], "chart.yaml: mri[0, 1, 10]"),
        (["Observation/igg-1", "Observation/igg-2", "Patient/A1"], "Observation/igg-1, igg-2, Patient/A1"),
        (["urn:uuid:5"], "urn:uuid: 5"),
        (["something"], "something"),
    ],
)  # fmt: skip
def test_sources_are_drawn_together_and_none_is_lost(names: list[str], shown: str) -> None:
    assert wording.sources(names) == shown
