"""The clinical documents: every criterion reads, and is met, not met and unknown where a neurologist says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

import tests
from stepdown.criteria.explain import deciding, explain
from stepdown.criteria.tree import Leaf, Node, leaves, parse
from stepdown.criteria.values import Interval, Possible, Truth, Value
from stepdown.knowledge.library import Library, load
from stepdown.knowledge.schema import Topic
from stepdown.knowledge.yamlfile import parse as read_yaml

TABLE = Path(tests.__file__).parent / "vignettes" / "criteria.yaml"
ROWS: list[dict[str, Any]] = read_yaml(TABLE.read_bytes(), TABLE.name).data
LIBRARY = load()
VERDICTS: tuple[tuple[str, Truth], ...] = (("met", True), ("not_met", False), ("unknown", None))


def criteria(library: Library) -> Iterator[tuple[str, Any]]:
    """Every criterion that decides something, by its name in the table."""
    for guideline in library.guidelines.values():
        if guideline.applies_to:
            yield f"guidelines/{guideline.id}/applies-to", guideline.applies_to
        for one in guideline.criteria:
            yield f"guidelines/{guideline.id}/{one.id}", one.if_
    for flag in library.flags.values():
        yield f"flags/{flag.id}", flag.if_
    for rule in library.rules.values():
        if rule.if_:
            yield f"rules/{rule.id}", rule.if_
    for score in library.scores.values():
        yield f"scores/{score.id}/applies-to", score.applies_to
        for item in score.items:
            for band in item.bands:
                yield f"scores/{score.id}/{item.id}/{band.points}", band.if_


TREES: dict[str, Node] = {name: parse(written, LIBRARY, name) for name, written in criteria(LIBRARY)}


def value(name: str, written: Any) -> Value:
    """A value as the table writes it."""
    kind = LIBRARY.variables[name].kind
    if kind == "truth":
        assert isinstance(written, bool), name
        return written
    if kind == "category":
        values = LIBRARY.values(name)
        wanted = frozenset(written if isinstance(written, list) else [written])
        assert wanted <= set(values), f"{name}: {wanted}"
        return Possible(wanted, values)
    if isinstance(written, dict):
        low, high = written.get("between", (written.get("at_least"), written.get("at_most")))
        return Interval(low, high)
    return Interval(written, written)


def state(written: dict[str, Any]) -> dict[str, Value]:
    """A whole state: what is written, fresh values also as the last ones, and everything else unknown."""
    full: dict[str, Value] = {}
    for name, variable in LIBRARY.variables.items():
        values = LIBRARY.values(name) if variable.kind == "category" else ()
        full[name] = {"number": Interval(), "truth": None, "category": Possible(frozenset(values), values)}[
            variable.kind
        ]
    for name, one in written.items():
        full[name] = value(name, one)
        if f"{name}_last" in full and f"{name}_last" not in written:
            full[f"{name}_last"] = full[name]
    return full


def states(row: dict[str, Any], verdict: str) -> list[dict[str, Any]]:
    """The states of one column of a row."""
    written = row[verdict]
    return written if isinstance(written, list) else [written]


CASES = [
    pytest.param(row["criterion"], written, truth, id=f"{row['criterion']}-{verdict}-{number}")
    for row in ROWS
    for verdict, truth in VERDICTS
    for number, written in enumerate(states(row, verdict))
]


@pytest.mark.parametrize(("criterion", "written", "truth"), CASES)
def test_a_neurologist_reads_it_so(criterion: str, written: dict[str, Any], truth: Truth) -> None:
    assert explain(TREES[criterion], state(written)).truth is truth


def test_every_criterion_is_in_the_table() -> None:
    assert sorted(row["criterion"] for row in ROWS) == sorted(TREES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["criterion"])
def test_every_part_of_a_criterion_decides_once(row: dict[str, Any]) -> None:
    tree = TREES[row["criterion"]]
    for verdict, _ in VERDICTS[:2]:
        seen = {leaf for written in states(row, verdict) for leaf in deciding(explain(tree, state(written)))}
        assert set(leaves(tree)) - negated(tree) <= seen, verdict


def negated(node: Node) -> set[Leaf]:
    """Leaves under a `not`, which decide on the other side."""
    if isinstance(node, Leaf):
        return set()
    if node.operator == "not":
        return set(leaves(node))
    return set().union(*(negated(part) for part in node.parts))


@pytest.mark.parametrize("name", [name for name, one in LIBRARY.flags.items() if one.action == "emergency"])
def test_an_emergency_stops_the_dose_and_says_what_to_do_today(name: str) -> None:
    flag = LIBRARY.flags[name]
    assert flag.next_dose == "withhold"
    assert flag.review == "urgent"
    assert len(flag.do["en"]) > 80


@pytest.mark.parametrize("drug", ["natalizumab", "s1p"])
def test_only_an_emergency_or_pml_stops_a_dose_that_must_not_slip(drug: str) -> None:
    never: dict[str, Any] = dict.fromkeys(("months_since_anti_cd20", "months_since_fumarate"), 99)
    known = state({"therapy_class": drug, "course_phase": "none", **never})
    for flag in LIBRARY.flags.values():
        if flag.next_dose == "withhold" and flag.action != "emergency" and flag.topic != "pml":
            assert explain(TREES[f"flags/{flag.id}"], known).truth is False, flag.id


def test_every_evidence_that_is_named_exists() -> None:
    for folder in ("guidelines", "flags", "rules", "scores"):
        for name, document in LIBRARY.documents[folder].items():
            parts = [document, *getattr(document, "criteria", ())]
            for source in {one for part in parts for one in part.evidence}:
                assert source in LIBRARY.sources, f"{folder}/{name} names {source}"


def test_options_that_rules_speak_of_exist() -> None:
    for rule in LIBRARY.rules.values():
        assert set(rule.from_class + rule.to_class) <= set(LIBRARY.classes), rule.id
        assert set(rule.from_therapy + rule.to_therapy) <= set(LIBRARY.therapies), rule.id
        if rule.effect in ("caution", "with", "bar"):
            assert rule.unknown != "undetermined", rule.id


def test_bands_of_a_score_exclude_one_another_and_cover_everything() -> None:
    for score in LIBRARY.scores.values():
        for item in score.items:
            trees = [TREES[f"scores/{score.id}/{item.id}/{band.points}"] for band in item.bands]
            name = next(leaves(trees[0])).variable
            tried = [True, False] if LIBRARY.variables[name].kind == "truth" else [number / 2 for number in range(240)]
            for one in tried:
                assert [explain(tree, state({name: one})).truth for tree in trees].count(True) == 1


def test_viaadisc_points_are_those_published() -> None:
    # Bsteh 2025: age under 45, 45-54, 55 or over: 2, 1, 0; MRI activity: 2; under 4, 4-8, over 8 quiet years: 2, 1, 0
    score = LIBRARY.scores["viaadisc"]
    people = [((50, False, 6), 2), ((40, True, 2), 6), ((55, False, 9), 0), ((54, False, 8), 2), ((60, True, 4), 3)]
    for (age, active, quiet), points in people:
        known = state({"age": age, "mri_activity": active, "years_since_relapse": quiet})
        got = [
            band.points
            for item in score.items
            for band in item.bands
            if explain(TREES[f"scores/viaadisc/{item.id}/{band.points}"], known).truth
        ]
        assert sum(got) == points
    assert score.groups == ()


@pytest.mark.parametrize("seed", range(3))
def test_knowing_more_never_reverses_a_criterion(seed: int) -> None:
    random = Random(seed)
    for row in ROWS:
        for verdict, truth in VERDICTS[:2]:
            for written in states(row, verdict):
                full = state(written)
                for name, one in full.items():
                    if isinstance(one, Possible):
                        full[name] = Possible(frozenset([random.choice(sorted(one.possible))]), one.values)
                    elif one is None:
                        full[name] = random.random() < 0.5
                    elif one == Interval():
                        full[name] = Interval(number := random.uniform(0, 20), number)
                assert explain(TREES[row["criterion"]], full).truth is truth, row["criterion"]


def test_the_page_of_clinical_rules_names_every_flag_and_rule() -> None:
    page = (TABLE.parents[2] / "docs" / "clinic-rules.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9*-]+)`", page))
    for name in (*LIBRARY.flags, *LIBRARY.rules):
        assert any(fnmatch(name, one) for one in named), name
    numbers = {flag.clinic for flag in LIBRARY.flags.values()} | {rule.clinic for rule in LIBRARY.rules.values()}
    assert set(range(1, 24)) <= numbers


def test_every_topic_has_a_flag() -> None:
    assert {flag.topic for flag in LIBRARY.flags.values()} == set(get_args(Topic))


@pytest.mark.parametrize(
    ("point", "ids"),
    [
        ("safety over the long run", {"long-run-safety"}),
        ("susceptibility to infection", {"susceptible-to-infection"}),
        ("cumulative immunosuppression", {"cumulative-immunosuppression"}),
        ("wishes about treatment burden", {"wishes-less", "wishes-to-carry-on"}),
        ("no recent relapse", {"no-recent-relapse", "recent-activity"}),
        ("stable or improved MRI", {"stable-mri"}),
        ("quality of life", {"quality-of-life"}),
        ("prolonged clinical and radiological stability", {"entry", "long-quiet"}),
        ("older age", {"older-age"}),
        ("comorbidity", {"prior-infections", "comorbidity-cardiovascular", "comorbidity-other"}),
        ("immune status", {"lymphocytes", "prior-infections", "immunoglobulins"}),
    ],
)
def test_the_panel_is_carried_whole(point: str, ids: set[str]) -> None:
    panel = LIBRARY.guidelines["panel-2025"]
    assert ids <= {one.id for one in panel.criteria}, point
    assert panel.speaks_of == ("extend-interval", "switch-lower")


def test_the_panel_has_one_entry_and_one_exclusion() -> None:
    roles = [
        (one.role, one.id) for one in LIBRARY.guidelines["panel-2025"].criteria if one.role in ("requires", "excludes")
    ]
    assert roles == [("requires", "entry"), ("excludes", "recent-activity")]
