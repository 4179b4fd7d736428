"""Stored plans: read whatever their age, and held against what the record shows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from stepdown.assessment import SCHEMA
from stepdown.decision.options import options_for
from stepdown.errors import InputError
from stepdown.follow.standing import stand
from stepdown.follow.stored import Stored, read_stored
from stepdown.plan.build import plan
from stepdown.report.fill import fill
from stepdown.report.words import Words
from tests.follow.made import LIBRARY, STOPPED, followed, one, person, record

REBIF: dict[str, Any] = {"treatments": [{"therapy": "Rebif", "from": "2006"}]}
PLAN: dict[str, Any] = {
    "option": "discontinue:interferon-beta-1a-sc",
    "kind": "discontinue",
    "from": "interferon-beta-1a-sc",
    "to": None,
    "decided_on": "2025-03-01",
    "safety_plan": False,
    "why_not": [],
    "transition": [],
    "monitoring": [
        {
            "id": "watches/scan-after-change", "what": "mri", "by": "mri", "who": "radiology", "until": None,
            "where": None, "done_when": ["months_since_brain_mri", "mri"], "evidence": [], "assumption": True,
            "says": {"key": "watches/scan-after-change.says", "args": {}, "text": "A scan, as was said then."},
            "windows": [{"from": "2025-06-01", "due": "2025-08-01", "to": "2025-09-01"},
                        {"from": "2026-08-01", "due": "2026-09-01", "to": "2026-10-01"}],
        }
    ],
    "triggers": [],
}  # fmt: skip


def stored(tmp_path: Path, *contents: Any, name: str = "P1.json") -> Stored:
    for number, content in enumerate(contents):
        raw = content if isinstance(content, bytes) else orjson.dumps(content)
        (tmp_path / f"{number}-{name}").write_bytes(raw)
    return read_stored(tmp_path)


def assessment(plan: Any = PLAN, **other: Any) -> dict[str, Any]:
    told = {"schema": SCHEMA, "person": "P1", "on": "2025-03-01", "plan": plan}
    return told | {"recommendation": {"kind": "discontinue", "option": PLAN["option"]}} | other


def keys(told: dict[str, Any]) -> list[str]:
    return [note["key"] for note in told["notes"]]


def test_a_stored_plan_is_followed_instead_of_one_made_anew(tmp_path: Path) -> None:
    told = one(**STOPPED, plans=stored(tmp_path, assessment()))
    assert told["plan"] == {
        "origin": "stored", "file": "0-P1.json", "schema": SCHEMA, "option": PLAN["option"],
    }  # fmt: skip
    assert told["decided_on"] == "2025-03-01"
    (late,) = told["overdue"]
    assert (late["since"], late["missed"]) == ("2025-09-01", 1)
    # told in the words that it had then
    assert late["says"] == {"key": "follow.as-stored", "args": {"text": "A scan, as was said then."}}
    assert keys(told) == []


def test_what_assess_writes_is_read_and_gives_what_a_plan_made_anew_gives(tmp_path: Path) -> None:
    chart = person(**STOPPED)
    then = stand(record(chart), date(2025, 3, 9), LIBRARY)
    option = next(one for one in options_for("interferon-beta-1a-sc", LIBRARY) if one.kind == "discontinue")
    written = fill(assessment(plan(option, then.person, then.state, 0), on="2025-03-09"), Words(LIBRARY))
    kept = one(**STOPPED, plans=stored(tmp_path, written))
    anew = one(**STOPPED)
    assert (kept["plan"]["origin"], anew["plan"]["origin"]) == ("stored", "made")
    assert kept["plan"]["option"] == anew["plan"]["option"]
    for name in ("overdue", "due"):
        assert kept[name] or name == "due"
        assert [{**each, "says": None} for each in kept[name]] == [{**each, "says": None} for each in anew[name]]


def test_a_plan_alone_is_read_if_it_names_its_person(tmp_path: Path) -> None:
    assert stored(tmp_path, PLAN | {"person": "P1", "schema": SCHEMA}).plans["P1"].kind == "discontinue"
    with pytest.raises(InputError, match="names no person"):
        read_stored_file(tmp_path, PLAN)


def read_stored_file(tmp_path: Path, content: Any) -> Stored:
    file = tmp_path / "alone.json"
    file.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    return read_stored(file)


def test_lines_and_lists_hold_many(tmp_path: Path) -> None:
    lines = b"\n".join(orjson.dumps(assessment(person=name)) for name in ("P1", "P2"))
    (tmp_path / "plans.ndjson").write_bytes(lines)
    assert list(read_stored(tmp_path / "plans.ndjson").plans) == ["P1", "P2"]
    assert list(read_stored_file(tmp_path, [assessment(person="P3")]).plans) == ["P3"]


@pytest.mark.parametrize("schema", ["0", None])
def test_a_plan_of_an_older_version_is_read_and_said(schema: str | None, tmp_path: Path) -> None:
    older = {
        "monitoring": [{"id": "mri", "windows": [{"due": "2025-08-01"}, {"due": "2026-08-01"}], "done_when": ["mri"]}]
    }
    kept = {"kind": "discontinue", "option": PLAN["option"], "decided_on": "2025-03-01", **older}
    told = one(**STOPPED, plans=stored(tmp_path, assessment(kept, schema=schema)))
    assert keys(told) == ["follow.older-plan"]
    assert [(late["since"], late["window"]["from"]) for late in told["overdue"]] == [("2025-08-01", "2025-08-01")]


def test_an_assessment_from_before_there_were_plans_gets_its_calendar_from_the_history(tmp_path: Path) -> None:
    told = one(**STOPPED, plans=stored(tmp_path, assessment(None)))
    assert keys(told) == ["follow.plan-without-calendar"]
    assert told["plan"]["origin"] == "made"
    assert told["decided_on"] == "2025-03-01"
    assert told["overdue"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "not valid JSON"),
        (b"", "is empty"),
        (b"[1]", "no assessment and no plan"),
        ({"resourceType": "Bundle"}, "no assessment and no plan"),
        (assessment(schema="99"), "newer than"),
        (assessment(schema="best"), "does not exist"),
        (assessment(plan=[1]), "no mapping"),
        (assessment(PLAN | {"decided_on": "soon"}), "'soon' is not a day"),
        (assessment(PLAN | {"monitoring": {"mri": 1}}), "no list of entries"),
        (assessment(PLAN | {"monitoring": [{"what": "mri", "windows": [{}]}]}), "without a day"),
        (assessment(PLAN | {"monitoring": [{"what": "mri", "windows": [{"from": "2026-01-01", "to": "2025-01-01"}]}]}),
         "ends on 2025-01-01 and begins on 2026-01-01"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_one_line_with_its_file(content: Any, why: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=why) as error:
        read_stored_file(tmp_path, content)
    assert str(tmp_path / "alone.json") in str(error.value)
    assert "\n" not in str(error.value)
    # in a folder the others are read all the same
    (tmp_path / "good.json").write_bytes(orjson.dumps(assessment()))
    found = read_stored(tmp_path)
    assert list(found.plans) == ["P1"]
    (unread,) = found.unread
    assert unread[0] == "alone.json"
    assert str(tmp_path) not in unread[1]


def test_an_empty_folder_and_no_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no stored plan"):
        read_stored(tmp_path)
    with pytest.raises(InputError):
        read_stored(tmp_path / "nothing.json")


def test_of_several_plans_of_a_person_the_last_decided_counts(tmp_path: Path) -> None:
    plans = stored(tmp_path, assessment(PLAN | {"decided_on": "2025-03-05"}), assessment())
    assert str(plans.plans["P1"].decided_on) == "2025-03-05"
    assert plans.older == ("P1",)


def test_a_plan_that_the_record_does_not_show_is_followed_and_said(tmp_path: Path) -> None:
    told = one(**REBIF, plans=stored(tmp_path, assessment()))
    assert told["change"] is None
    assert keys(told) == ["follow.plan-not-seen-taken"]
    assert told["status"] == "overdue"


def test_a_plan_and_a_record_that_differ_are_said(tmp_path: Path) -> None:
    switch = PLAN | {"kind": "switch-lower", "option": "switch-lower:glatiramer", "to": "glatiramer"}
    assert keys(one(**STOPPED, plans=stored(tmp_path, assessment(switch)))) == ["follow.plan-differs"]


def test_what_was_done_is_followed_where_something_else_was_planned(tmp_path: Path) -> None:
    switch = PLAN | {"kind": "switch-lower", "option": "switch-lower:glatiramer", "to": "glatiramer"}
    after = one(**STOPPED, plans=stored(tmp_path, assessment(switch)))
    assert after["plan"]["option"] == "discontinue:interferon-beta-1a-sc"
    # a change from before the plan was decided is not what was planned, and the plan stands
    before = one(**STOPPED, plans=stored(tmp_path, assessment(switch | {"decided_on": "2025-06-01"})))
    assert before["plan"]["option"] == "switch-lower:glatiramer"


def test_a_plan_to_carry_on_is_no_step_down_unless_the_record_shows_one(tmp_path: Path) -> None:
    on = PLAN | {"kind": "continue", "option": "continue:interferon-beta-1a-sc"}
    plans = stored(tmp_path, assessment(on))
    assert followed(person(**REBIF), plans=plans)["people"] == []
    assert "follow.plan-says-otherwise" in keys(one(**STOPPED, plans=plans))


def test_a_plan_that_was_decided_later_is_not_used(tmp_path: Path) -> None:
    plans = stored(tmp_path, assessment(PLAN | {"decided_on": "2026-03-02"}))
    assert "follow.plan-is-later" in keys(one(**STOPPED, plans=plans))


def test_a_drug_that_was_begun_after_the_plan_ends_it(tmp_path: Path) -> None:
    back = [*STOPPED["treatments"], {"therapy": "ocrelizumab", "from": "2025-10-01"}]
    told = followed(person(treatments=back), plans=stored(tmp_path, assessment()))
    assert told["people"] == []
    assert [problem["says"]["key"] for problem in told["problems"]] == ["problem.plan-over"]


def test_a_plan_of_nobody_in_the_panel_is_said(tmp_path: Path) -> None:
    told = followed(person(**STOPPED), plans=stored(tmp_path, assessment(person="P9")))
    assert [one["says"]["key"] for one in told["unread"]] == ["follow.plan-without-record"]


def test_a_stored_exit_from_natalizumab_to_a_strong_drug_is_followed(tmp_path: Path) -> None:
    exit_plan = {**PLAN, "option": "switch-lateral:ocrelizumab", "kind": "switch-lateral", "from": "natalizumab",
                 "to": "ocrelizumab", "decided_on": "2025-03-01"}  # fmt: skip
    taken = [{"therapy": "natalizumab", "from": "2019-05-01", "to": "2025-02-20"},
             {"therapy": "Ocrevus", "from": "2025-03-20"}]  # fmt: skip
    told = one(treatments=taken, plans=stored(tmp_path, assessment(exit_plan)))
    assert told["plan"]["option"] == "switch-lateral:ocrelizumab"
    assert told["status"] in ("triggered", "overdue")
    assert "follow.plan-not-seen-taken" not in keys(told)
