"""Files of published groups: the format, what is refused, and the commands that read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stepdown.cli import run
from stepdown.errors import InputError
from stepdown.evidence.cohorts import read
from stepdown.evidence.groups import Classes, Group
from stepdown.knowledge.library import load as library

MINE: dict[str, Any] = {
    "id": "mine", "study": "OURS", "n": 131, "age": 63, "age_sd": None, "female": 0.83, "course": "rrms",
    "class": {"interferon": 0.6, "glatiramer": 0.3, "fumarate": 0.1}, "therapy": None, "option": "discontinue",
    "interval_weeks": None, "from_interval_weeks": None, "dose_mg": None, "years_since_relapse": 5,
    "years_since_mri_activity": 3, "years_on_therapy": None, "edss": None, "igg": None, "comorbidities": None,
    "b_cells": None, "outcome": "relapse", "horizon_years": 2, "events": 3, "person_years": None, "used_in_fit": True,
    "quality": "high", "in_evidence": "yes", "derived": False, "note": "",
}  # fmt: skip


def written(tmp_path: Path, *entries: Any) -> Path:
    """A file of entries; JSON is YAML."""
    path = tmp_path / "c.yaml"
    path.write_text(json.dumps(list(entries) or [MINE], indent=1), encoding="utf-8")
    return path


def only(tmp_path: Path, **changes: Any) -> Group:
    (group,) = read(written(tmp_path, changed(**changes)), library())
    return group


def changed(**changes: Any) -> dict[str, Any]:
    """The entry with other values; `class_` for the key that is a word of Python."""
    return MINE | {key.rstrip("_"): value for key, value in changes.items()}


def test_the_entry_of_the_format_is_read(tmp_path: Path) -> None:
    group = only(tmp_path)
    assert (group.n, group.size, group.years, group.unit, group.used_in_fit) == (131, 131, 2.0, "1", True)
    assert group.covariates["quiet"] == (3.0, None)
    assert group.covariates["progressive"] == (0.0, None)
    assert group.classes.shares == pytest.approx({"interferon": 0.6, "glatiramer": 0.3, "fumarate": 0.1})


@pytest.mark.parametrize(
    ("named", "classes", "known"),
    [("platform", 5, False), ("unknown", 11, False), (None, 11, False), ("s1p", 1, True)],
)
def test_words_for_mixtures(tmp_path: Path, named: str | None, classes: int, known: bool) -> None:
    group = only(tmp_path, class_=named)
    assert (len(group.classes.shares), group.classes.known) == (classes, known)


@pytest.mark.parametrize(
    ("course", "share"),
    [("spms", 1.0), ({"rrms": 0.44, "ppms": 0.56}, 0.56), (None, None), ("mixed", None)],
)
def test_the_course_is_a_share_with_progressive_disease(tmp_path: Path, course: Any, share: float | None) -> None:
    assert only(tmp_path, course=course).covariates["progressive"] == (share, None)


def test_person_years_are_read_with_or_without_a_follow_up(tmp_path: Path) -> None:
    group = only(tmp_path, person_years=262)
    assert (group.n, group.size, group.unit, group.years) == (None, 262, "1/a", 2.0)
    assert only(tmp_path, person_years=262, horizon_years=None).years == 2.0
    bare = only(tmp_path, person_years=262, horizon_years=None, n=None)
    assert bare.years == library().number("follow-up-not-given")


def test_a_drug_says_its_class_and_is_known_by_brand(tmp_path: Path) -> None:
    group = only(tmp_path, class_=None, therapy="Kesimpta")
    assert (group.therapy, group.classes) == ("ofatumumab", Classes({"anti-cd20": 1.0}))


@pytest.mark.parametrize(
    ("option", "to", "known"),
    [("switch-lower:fumarate", 1, True), ("switch-lower:ofatumumab", 1, True), ("switch-lower", 5, False),
     ("switch-lateral", 11, False)],
)  # fmt: skip
def test_a_switch_to_a_drug_a_class_or_something_unknown(tmp_path: Path, option: str, to: int, known: bool) -> None:
    group = only(tmp_path, option=option)
    assert (len(group.to.shares), group.to.known) == (to, known)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"dose_mg": 600, "therapy": "ocrelizumab", "option": "reduce-dose"}, "600 mg is no lower dose of ocrelizumab"),
        ({"dose_mg": 300, "therapy": "ocrelizumab", "option": "reduce-dose"}, ""),
        ({"interval_weeks": 24, "from_interval_weeks": 26, "option": "extend-interval"}, "the interval is no longer"),
        ({"interval_weeks": 52, "from_interval_weeks": 26, "option": "extend-interval"}, ""),
    ],
)
def test_a_change_that_is_none_is_refused_with_its_reason(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    group = only(tmp_path, **{"class": "anti-cd20"} | changes)
    assert group.why.startswith(why)
    assert bool(why) == bool(group.why)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"aeg": 63}, "mine: no field is called 'aeg'"),
        ({"age": -63}, "age should be greater than 0"),
        ({"n": -131}, "n should be greater than 0"),
        ({"female": 83}, "female should be less than or equal to 1"),
        ({"horizon_years": None}, "n and horizon_years"),
        ({"horizon_years": 0}, "horizon_years should be greater than 0"),
        ({"horizon_years": 60}, "horizon_years should be less than or equal to 50"),
        ({"person_years": -3}, "person_years should be greater than 0"),
        ({"events": 300}, "more events than people"),
        ({"events": -1}, "events should be greater than or equal to 0"),
        ({"events": 2.5}, "events should be a valid integer"),
        ({"option": "stop"}, "option is one of"),
        ({"option": "discontinue:fumarate"}, "only a switch names"),
        ({"option": "switch-lower:aspirin"}, "no drug is called 'aspirin'"),
        ({"option": None}, "option should be a valid string"),
        ({"outcome": "happiness"}, "outcome is one of 'relapse'"),
        ({"therapy": "ocrelizumb"}, "did you mean 'ocrelizumab'"),
        ({"therapy": "ocrelizumab"}, "ocrelizumab is no drug of that class"),
        ({"course": "rsms"}, "no course is called 'rsms'"),
        ({"class": "statins"}, "no class is called 'statins'"),
        ({"class": {"interferon": 0.6}}, "shares of class do not sum to one"),
    ],
)
def test_a_wrong_entry_is_one_line_with_its_place(
    tmp_path: Path, changes: dict[str, Any], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, changed(**changes))
    with pytest.raises(InputError, match=r"c\.yaml:[0-9]") as error:
        read(path, library())
    assert told in str(error.value)
    assert run(["evidence", "replicate", "--cohorts", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_field_that_is_left_out_or_an_entry_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="option is missing"):
        read(written(tmp_path, {key: value for key, value in MINE.items() if key != "option"}), library())
    with pytest.raises(InputError, match="should be a valid dictionary"):
        read(written(tmp_path, 3), library())
    (tmp_path / "d.yaml").write_text("id: mine", encoding="utf-8")
    with pytest.raises(InputError, match="is not a list of groups"):
        read(tmp_path / "d.yaml", library())


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'mine' is given twice"):
        read(written(tmp_path, MINE, MINE), library())


def test_the_command_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", "replicate", "--cohorts", str(written(tmp_path)), "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["id"], found["why"], found["inside"]) == ("mine", None, True)
    assert found["observed"] == pytest.approx(3 / 131)
    assert found["predicted"]["low"] <= found["predicted"]["mean"] <= found["predicted"]["high"]


def test_an_outcome_narrows_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, MINE, changed(id="other", outcome="serious-infection"))

    def told(*more: str) -> list[str]:
        assert run(["evidence", "replicate", "--cohorts", str(path), "--format", "json", *more]) == 0
        return [found["id"] for found in json.loads(capsys.readouterr().out)]

    assert told() == ["mine", "other"]
    assert told("--outcome", "relapse") == ["mine"]
    assert run(["evidence", "replicate", "--cohorts", str(path), "--outcome", "joy"]) == 2
    assert "joy" in capsys.readouterr().err
