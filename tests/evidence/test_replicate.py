"""Observed against predicted: the arithmetic, the file of groups, and what is said of both."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stepdown.cli import run
from stepdown.errors import InputError
from stepdown.evidence.draws import Posterior, load
from stepdown.evidence.replicate import (
    Group,
    Replication,
    group_of,
    groups,
    prior_draws,
    read_entries,
    replicate,
    replicate_entries,
    tally,
)
from stepdown.knowledge.library import load as library

ENTRY = """
- {id: mine, study: OURS, n: 131, age: 63, age_sd: null, female: 0.83, course: rrms,
   class: {interferon: 0.6, glatiramer: 0.3, fumarate: 0.1}, therapy: null, option: discontinue,
   interval_weeks: null, from_interval_weeks: null, dose_mg: null,
   years_since_relapse: 5, years_since_mri_activity: 3, years_on_therapy: null, edss: null, igg: null,
   comorbidities: null, b_cells: null, outcome: relapse,
   horizon_years: 2, events: 3, person_years: null, used_in_fit: true, quality: high, in_evidence: 'yes',
   derived: false, note: ''}
"""


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return load(library(), "relapse")


def certain(posterior: Posterior, rate: float, size: int = 20_000) -> dict[str, np.ndarray]:
    """Draws that all say the same: nothing differs between studies, and nothing but the drug matters."""
    names = [*posterior.columns]
    return {name: np.full(size, np.log(rate) if name.startswith("baseline:") else 0.0) for name in names} | {
        f"{name}:{drug}": np.ones(size) for name in ("lag", "ramp") for drug in posterior.inputs.classes
    }


def plain(**told: object) -> Group:
    covariates = {"age": (45.0, None), "quiet": (3.0, None), "edss": (None, None), "stable": (0.0, None)}
    group = Group(
        "g", "g", "continue", {"s1p": 1.0}, {}, covariates, 20, 200, None, 2.0, 0.0, False, "1"
    )  # fmt: skip
    return replace(group, **told)  # type: ignore[arg-type]


def but(group: Group, **told: tuple[float | None, float | None]) -> Group:
    """The same group with other covariates."""
    return replace(group, covariates={**group.covariates, **told})


def test_without_any_doubt_only_chance_is_left(posterior: Posterior) -> None:
    columns = certain(posterior, 0.05)
    (people,) = replicate(columns, posterior.inputs, [plain()])
    risk = 1 - np.exp(-0.1)
    assert people.mean == pytest.approx(risk)
    half = 1.96 * np.sqrt(risk * (1 - risk) / 200)
    assert people.high == pytest.approx(risk + half, abs=0.006)
    (time,) = replicate(columns, posterior.inputs, [plain(n=None, person_years=400.0, unit="1/a")])
    assert time.mean == pytest.approx(0.05)
    assert time.expected == pytest.approx(20)


def test_age_quiet_and_immortal_time_act(posterior: Posterior) -> None:
    columns = certain(posterior, 0.05) | {"age": np.full(20_000, -0.4), "quiet": np.full(20_000, -0.7)}
    timed = plain(n=None, person_years=400.0, unit="1/a")
    older, quieter = but(timed, age=(65.0, None)), but(timed, quiet=(7.0, None))
    told = [r.mean for r in replicate(columns, posterior.inputs, [timed, older, quieter])]
    assert told == pytest.approx([0.05, 0.05 * np.exp(-0.8), 0.05 * np.exp(-0.7 * np.log(2))])
    (late,) = replicate(columns, posterior.inputs, [plain(immortal_years=1.0)])
    assert late.mean == pytest.approx(1 - np.exp(-0.05))


def test_who_was_chosen_for_being_stable_relapses_less(posterior: Posterior) -> None:
    columns = certain(posterior, 0.05) | {"stable": np.full(20_000, -1.0)}
    timed = plain(n=None, person_years=400.0, unit="1/a")
    asked = [timed, but(timed, stable=(1.0, None)), but(timed, stable=(None, None), quiet=(1.0, None))]
    told = [r.mean for r in replicate(columns, posterior.inputs, asked)]
    # where nobody says how a group was chosen, one quiet year of the two that such studies ask for counts half
    assert told == pytest.approx([0.05, 0.05 * np.exp(-1), 0.05 * np.exp(-0.5)])


def test_a_floor_is_a_condition_of_entry_and_not_a_mean(posterior: Posterior) -> None:
    columns = certain(posterior, 0.05) | {"quiet": np.full(20_000, -1.0)}
    timed = plain(n=None, person_years=400.0, unit="1/a")
    at, above = replicate(columns, posterior.inputs, [but(timed, quiet=q) for q in ((5.0, None), (None, 5.0))])
    assert above.mean is not None
    assert at.mean is not None
    assert above.mean < at.mean


def test_what_the_model_lacks_has_no_number_and_a_reason(posterior: Posterior) -> None:
    (found,) = replicate(posterior.columns, posterior.inputs, [plain(option="extend-interval")])
    assert (found.mean, found.inside) == (None, None)
    assert found.why == "no effect of extend-interval from s1p"


def test_predictions_of_groups_drawn_from_the_model_hold(posterior: Posterior) -> None:
    """The interval is of a new study: of groups that the model makes up, about 95 of 100 lie within."""
    random = np.random.default_rng(5)
    hits = []
    for index in range(150):
        draw = {name: values[random.integers(len(values))][None] for name, values in posterior.columns.items()}
        (made,) = replicate(draw, posterior.inputs, [plain(events=0)], seed=1000 + index)
        assert made.high is not None
        seen = round(made.high * 200)
        (held,) = replicate(posterior.columns, posterior.inputs, [plain(events=seen)], seed=index)
        hits.append(bool(held.inside))
    assert 0.88 <= np.mean(hits) <= 1


def test_priors_alone_predict_more_widely_than_the_fit(posterior: Posterior) -> None:
    def width(columns: dict[str, np.ndarray]) -> float:
        found = replicate(columns, posterior.inputs, groups(posterior.inputs))
        return float(np.mean([(r.high or 0) - (r.low or 0) for r in found if r.unit == "1"]))

    assert width(prior_draws(posterior.inputs, 4000)) > 1.2 * width(dict(posterior.columns))


def test_the_tally_counts() -> None:
    rows = [Replication(str(i), "s", False, "1", 0.1 * i, i, 2.0, 0.2, 0.05, 0.25) for i in range(4)]
    found = tally(rows, bands=2)
    assert (found.groups, found.inside, found.observed) == (4, 2, 6)
    assert found.ratio == pytest.approx(0.75)
    assert found.typical == pytest.approx(np.exp(np.mean(np.log(np.array([0.5, 1.5, 2.5, 3.5]) / 2.5))))


def test_the_entry_of_the_format_is_read(posterior: Posterior, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(ENTRY, encoding="utf-8")
    (entry,) = read_entries(tmp_path / "c.yaml")
    group = group_of(entry, library(), posterior.inputs)
    assert (group.n, group.years, group.covariates["quiet"], group.used_in_fit) == (131, 2.0, (3.0, None), True)
    (found,) = replicate_entries(posterior, library(), [entry])
    assert found.inside


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("age: 63", "aeg: 63", "aeg"),
        ("horizon_years: 2", "horizon_years: null", "n and horizon_years"),
        ("events: 3", "events: 300", "more events than people"),
        ("option: discontinue", "option: stop", "option is one of"),
        ("outcome: relapse", "outcome: happiness", "outcome"),
        ("events: 3", "events: -1", "events"),
    ],
)
def test_a_wrong_entry_is_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    (tmp_path / "c.yaml").write_text(ENTRY.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_entries(tmp_path / "c.yaml")


@pytest.mark.parametrize(("named", "classes"), [("platform", 4), ("unknown", 8), ("s1p", 1)])
def test_words_for_mixtures(posterior: Posterior, tmp_path: Path, named: str, classes: int) -> None:
    text = ENTRY.replace("{interferon: 0.6, glatiramer: 0.3, fumarate: 0.1}", named)
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    (entry,) = read_entries(tmp_path / "c.yaml")
    assert len(group_of(entry, library(), posterior.inputs).classes) == classes


def test_the_command_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.yaml").write_text(ENTRY, encoding="utf-8")
    assert run(["evidence", "replicate", "--cohorts", str(tmp_path / "c.yaml"), "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["id"] == "mine"
    assert found["observed"] == pytest.approx(3 / 131)
    assert found["predicted"]["low"] <= found["predicted"]["mean"] <= found["predicted"]["high"]
    assert found["inside"] is True


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list"], "worst R-hat"),
        (["show", "age"], "tremlett-2008"),
        (["forest", "discontinue:natalizumab"], "jouvenot"),
        (["replicate"], "Groups not used"),
    ],
)
def test_the_commands_answer(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", *arguments]) == 0
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["forest", "discontinue:natalizumabb"], "did you mean 'discontinue:natalizumab'"),
        (["list", "--outcome", "joy"], "no synthesis of 'joy'"),
        (["replicate", "--cohorts", "/nowhere.yaml"], "nowhere.yaml"),
        (["list", "--draws", "/nowhere"], "there are no draws"),
        (["fit", "--samples", "0"], "samples"),
    ],
)
def test_a_wrong_call_is_one_line(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
