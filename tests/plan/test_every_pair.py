"""Every option that the library allows yields a plan, and no precondition that is not met stays hidden in it."""

from __future__ import annotations

import itertools
from datetime import date
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from stepdown.criteria.explain import explain
from stepdown.criteria.tree import parse
from stepdown.criteria.values import Interval, Possible
from stepdown.decision.options import Option
from stepdown.guideline.findings import Person, Told
from stepdown.knowledge.library import load
from stepdown.report.fill import fill
from stepdown.report.json import plan_schema
from stepdown.report.words import Words
from tests.plan.planned import ON, every_plan

LIBRARY = load()
DRUGS = sorted(LIBRARY.therapies)
VALID = Draft202012Validator(plan_schema())
BAD: dict[str, Any] = {
    "labs": [
        {"date": "2026-02-20", "test": "HBsAg", "value": "positive"},
        {"date": "2026-02-20", "test": "anti-HBc", "value": "positive"},
        {"date": "2026-02-20", "test": "lymphocytes", "value": 0.4, "unit": "10*9/L"},
        {"date": "2026-02-20", "test": "VZV IgG", "value": "negative"},
        {"date": "2026-02-20", "test": "pregnancy test", "value": "positive"},
    ],
    "lifestyle": {"date": "2026-02-20", "contraception": False},
    "may_become_pregnant": True,
    "infections": [{"date": "2026-02-25", "kind": "pneumonia", "serious": True, "status": "active"}],
}
"""Somebody in whom much forbids a change."""


@cache
def plans(drug: str, bad: bool) -> list[tuple[Option, Told, Person]]:
    return every_plan(drug, LIBRARY, **(BAD if bad else {}))


@pytest.mark.parametrize("bad", [False, True], ids=["unknown", "bad"])
@pytest.mark.parametrize("drug", DRUGS)
def test_every_option_has_a_plan_in_words(drug: str, bad: bool) -> None:
    words = Words(LIBRARY)
    for option, plan, _ in plans(drug, bad):
        told = fill(plan, words)
        assert [fault.message for fault in VALID.iter_errors(told)] == [], option.id
        assert words.unknown == set(), option.id
        ids = [one["id"] for part in ("transition", "monitoring", "triggers") for one in plan[part]]
        assert len(ids) == len(set(ids)), option.id
        for one in (*plan["transition"], *plan["monitoring"], *plan["triggers"]):
            grounded = one["evidence"] or one["assumption"]
            assert grounded or one["id"] in ("last-dose", "next-dose", "first-dose"), one["id"]
            assert words.has(f"plan.what.{one['what']}") if "what" in one else True, one["what"]


@pytest.mark.parametrize("bad", [False, True], ids=["unknown", "bad"])
@pytest.mark.parametrize("drug", DRUGS)
def test_no_unmet_precondition_is_hidden(drug: str, bad: bool) -> None:
    for option, plan, person in plans(drug, bad):
        if not option.kind.startswith("switch"):
            continue
        care, status = LIBRARY.care(option.therapy), {one["id"]: one["status"] for one in plan["transition"]}
        for entry in care.before_start:
            (found,) = [at for name, at in status.items() if name.endswith(f"/before_start/{entry.id}")]
            wanted = _truth(entry.if_, person)
            if wanted is False:
                assert found == "not-needed"
            elif _truth(entry.needs, person) is not True or not all(_known(name, person) for name in entry.seen_in):
                assert found in ("open", "overdue", "unknown"), (option.id, entry.id)
        for arriving in care.arriving:
            for name, at in status.items():
                if name.endswith(f"/arriving/{arriving.id}") and _truth(arriving.needs, person) is not True:
                    assert at in ("open", "overdue", "unknown"), (option.id, arriving.id)


@pytest.mark.parametrize("bad", [False, True], ids=["unknown", "bad"])
@pytest.mark.parametrize("drug", DRUGS)
def test_no_open_rule_is_hidden(drug: str, bad: bool) -> None:
    for option, plan, person in plans(drug, bad):
        status = {one["id"]: one["status"] for one in plan["transition"]}
        for bound in option.rules:
            unsettled = bound.rule.effect in ("bar", "not-advised", "undetermined", "check")
            if unsettled and _truth(bound.rule.if_, person) is None and bound.rule.unknown != "ignore":
                assert status.get(bound.key) == "unknown", (option.id, bound.key)


@pytest.mark.parametrize("bad", [False, True], ids=["unknown", "bad"])
@pytest.mark.parametrize("drug", DRUGS)
def test_windows_of_a_plan_are_in_order_and_on_the_right_side(drug: str, bad: bool) -> None:
    for option, plan, _ in plans(drug, bad):
        line = {one["id"]: one for one in plan["transition"]}
        for watch in plan["monitoring"]:
            spans = [[date.fromisoformat(one[key]) for key in ("from", "due", "to")] for one in watch["windows"]]
            assert all(ON <= first <= due <= last for first, due, last in spans), (option.id, watch["id"])
            assert all(a[2] < b[0] for a, b in itertools.pairwise(spans)), (option.id, watch["id"])
            if watch["until"] is not None:
                assert all(due.isoformat() <= watch["until"] for _, due, _ in spans), (option.id, watch["id"])
            if watch["id"].startswith("watches/tests-before-each-dose") and spans:
                assert spans[0][2].isoformat() < line["next-dose"]["to"] or spans[0][0] > ON
        first = line.get("first-dose", line.get("next-dose", {})).get("from")
        for one in plan["transition"]:
            if one["from"] and one["to"]:
                assert one["from"] <= one["to"], (option.id, one["id"])
            if one["what"].endswith("-vaccine") and one["phase"] == "before" and one["to"]:
                assert first is not None
                assert one["to"] < first, (option.id, one["id"])


@pytest.mark.parametrize("drug", DRUGS)
def test_every_class_has_its_triggers_and_a_way_back(drug: str) -> None:
    for option, plan, _ in plans(drug, False):
        topics = {one["topic"] for one in plan["triggers"]}
        assert {"new-lesions", "worsening"} <= topics, option.id
        assert topics & {"relapse", "pml"}, option.id
        for trigger in plan["triggers"]:
            if trigger["step_up"]:
                assert trigger["topic"] in ("relapse", "new-lesions"), trigger["id"]
                assert trigger["rescue"], (option.id, trigger["id"])
            for rescue in trigger["rescue"]:
                assert rescue["check_first"]
                assert rescue["therapy"] in {None, *LIBRARY.therapies}


@pytest.mark.parametrize("drug", ["natalizumab", "fingolimod", "siponimod", "ozanimod", "ponesimod"])
def test_no_gap_on_leaving_natalizumab_or_an_s1p_modulator(drug: str) -> None:
    for option, plan, _ in plans(drug, False):
        line = {one["id"]: one for one in plan["transition"]}
        if option.kind.startswith("switch"):
            last, first = (date.fromisoformat(line[name]["from"]) for name in ("last-dose", "first-dose"))
            assert max(28, (ON - last).days) == (first - last).days, option.id
            assert (date.fromisoformat(line["first-dose"]["to"]) - last).days == 42, option.id
            assert "steps/next-drug-booked" in line
        if option.kind == "discontinue":
            assert "steps/covered-exit-offered" in line


def _truth(written: dict[str, Any] | None, person: Person) -> bool | None:
    return True if written is None else explain(parse(written, LIBRARY, "test"), person.values).truth


def _known(name: str, person: Person) -> bool:
    value = person.values[name]
    if isinstance(value, Interval):
        return value.low is not None and value.high is not None
    return value.known if isinstance(value, Possible) else value is not None
