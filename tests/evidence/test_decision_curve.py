"""Net benefit of stepping down: by hand, against the definition of Vickers and Elkin, and on made-up people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stepdown.cli import run
from stepdown.errors import InputError
from stepdown.evidence.decision_curve import ALL, MODEL, NONE, SCORE, decision_curves, thresholds
from stepdown.knowledge.library import load as library

OUTCOME = np.array([0, 0, 0, 0, 1, 0, 1, 0, 0, 1.0])
RISK = np.array([0.05, 0.1, 0.1, 0.2, 0.15, 0.3, 0.4, 0.5, 0.25, 0.6])


def by_hand(threshold: float) -> float:
    """Counted one person after the other, as the definition says."""
    gain = 0.0
    for outcome, risk in zip(OUTCOME, RISK, strict=True):
        if risk < threshold:
            gain += -(1 - threshold) / threshold if outcome else 1.0
    return gain / len(OUTCOME)


def test_by_hand() -> None:
    asked = np.array([0.05, 0.12, 0.2, 0.45])
    found = decision_curves(OUTCOME, RISK, asked)
    assert found.strategies == (ALL, NONE, MODEL)
    assert found.net_benefit[2] == pytest.approx([by_hand(t) for t in asked])
    # at 20%: stepped down are 4 people (of 0.05, 0.1, 0.1, 0.15), one of them with the event: 3/10 - 1/10 * 4
    assert found.net_benefit[2, 2] == pytest.approx(-0.1)
    assert found.stepped_down[2, 2] == pytest.approx(0.4)
    assert found.net_benefit[0, 2] == pytest.approx(0.7 - 0.3 * 4)
    assert (found.net_benefit[1] == 0).all()
    assert (found.n, found.events) == (10, 3)


def test_it_is_the_mirror_of_the_net_benefit_of_vickers_and_elkin() -> None:
    """What keeping on those at risk gains over keeping on all, times (1 - t) / t."""
    for t in (0.1, 0.2, 0.35):
        kept = np.greater_equal(RISK, t)
        odds = t / (1 - t)

        def standard(treated: np.ndarray, odds: float = odds) -> float:
            return float((OUTCOME[treated] == 1).sum() - (OUTCOME[treated] == 0).sum() * odds) / len(OUTCOME)

        gained = standard(kept) - standard(np.ones(len(OUTCOME), bool))
        found = decision_curves(OUTCOME, RISK, np.array([t]))
        assert found.net_benefit[2, 0] == pytest.approx(gained / odds)


@pytest.fixture(scope="module")
def people() -> tuple[np.ndarray, np.ndarray]:
    """True risks and outcomes of many people."""
    random = np.random.default_rng(3)
    risk = random.beta(1.2, 4, 40_000)
    return risk, (random.random(40_000) < risk).astype(float)


def test_a_perfect_a_true_a_useless_and_a_wrong_model(people: tuple[np.ndarray, np.ndarray]) -> None:
    risk, outcome = people
    asked = np.arange(2, 61) / 100
    true = decision_curves(outcome, risk, asked)
    best_of_both = np.maximum(true.net_benefit[0], 0)
    perfect = decision_curves(outcome, outcome, asked).net_benefit[2]
    assert perfect == pytest.approx(np.full(59, 1 - outcome.mean()))
    assert (true.net_benefit[2] > best_of_both - 0.002).all()
    assert (true.net_benefit[2] < perfect).all()
    useless = decision_curves(outcome, np.full(len(risk), outcome.mean()), asked).net_benefit[2]
    assert useless == pytest.approx(np.where(asked > outcome.mean(), true.net_benefit[0], 0))
    # risks told three times too low: it steps people down whom that harms
    wrong = decision_curves(outcome, risk / 3, asked).net_benefit[2]
    assert (wrong < true.net_benefit[2] + 1e-9).all()
    assert wrong[asked == 0.1] < -0.1  # worse than stepping nobody down


def test_the_interval_is_that_of_other_people_like_these(people: tuple[np.ndarray, np.ndarray]) -> None:
    risk, outcome = people
    asked = np.array([0.15])
    parts = [slice(i, i + 200) for i in range(0, 40_000, 200)]
    found = [decision_curves(outcome[part], risk[part], asked) for part in parts]
    truth = decision_curves(outcome, risk, asked).net_benefit[2, 0]
    assert np.mean([one.low[2, 0] <= truth <= one.high[2, 0] for one in found]) > 0.9
    assert np.mean([one.low[2, 0] <= truth <= one.high[2, 0] for one in found]) < 0.99


def test_who_has_no_score_carries_on() -> None:
    score = np.where(RISK < 0.12, RISK, np.nan)
    found = decision_curves(OUTCOME, RISK, np.array([0.5]), score)
    assert found.strategies == (ALL, NONE, MODEL, SCORE)
    assert found.stepped_down[3, 0] == pytest.approx(0.3)


def test_the_thresholds_are_of_the_library() -> None:
    asked = thresholds(library())
    assert (asked[0], asked[-1], len(asked)) == (0.02, 0.6, 59)


@pytest.mark.parametrize(
    ("outcome", "risk", "asked", "told"),
    [
        ([0.5], [0.1], [0.2], "outcome is not 0 or 1"),
        ([1.0], [1.1], [0.2], "predicted is no probability"),
        ([1.0], [np.nan], [0.2], "predicted is no probability"),
        ([1.0], [0.1], [0.0], "a threshold is not between"),
        ([1.0], [0.1, 0.2], [0.2], "columns differ"),
        ([], [], [0.2], "there is nobody"),
    ],
)
def test_what_cannot_be_is_refused(outcome: list[float], risk: list[float], asked: list[float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        decision_curves(np.array(outcome), np.array(risk), np.array(asked))


CSV = "id,outcome,predicted,score_risk\n" + "".join(
    f"p{i},{int(o)},{r},{'' if i == 3 else 0.07}\n" for i, (o, r) in enumerate(zip(OUTCOME, RISK, strict=True))
)


def test_the_command_tells_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, svg = tmp_path / "c.csv", tmp_path / "c.svg"
    file.write_text(CSV, encoding="utf-8")
    assert run(["evidence", "decision-curve", str(file), "--svg", str(svg)]) == 0
    told = capsys.readouterr().out
    assert "10 people, 3 with the event" in told
    assert "by the score" in told
    assert "<title>Net benefit of stepping down</title>" in svg.read_text(encoding="utf-8")
    assert run(["evidence", "decision-curve", str(file), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    (one,) = [row for row in rows if row["strategy"] == "model" and row["threshold"] == 0.2]
    assert one["net_benefit"]["mean"] == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("predicted", "risk", "lacks the column 'predicted'"),
        ("score_risk", "points", "unknown column 'points'"),
        ("p4,1", "p4,2", "c.csv:6: outcome is '2'"),
        ("p4,1", "p4,", "c.csv:6: outcome is 'nothing'"),
        ("0.15", "15", "c.csv:6: predicted is '15'"),
        ("0.15", "nan", "c.csv:6: predicted is 'nan'"),
        ("0.15", "low", "c.csv:6: predicted is 'low'"),
        ("0.07", "7", "score_risk is '7'"),
        ("p4", "p3", "c.csv:6: gives an id for the second time"),
    ],
)
def test_a_wrong_file_is_one_line(
    tmp_path: Path, old: str, new: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.csv").write_text(CSV.replace(old, new, 1), encoding="utf-8")
    assert run(["evidence", "decision-curve", str(tmp_path / "c.csv")]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_a_file_without_people_or_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.csv").write_text("id,outcome,predicted\n", encoding="utf-8")
    assert run(["evidence", "decision-curve", str(tmp_path / "c.csv")]) == 2
    assert "has no people" in capsys.readouterr().err
    assert run(["evidence", "decision-curve", str(tmp_path / "d.csv")]) == 2
    assert "d.csv" in capsys.readouterr().err
