"""Numbers from documents: counts, ratios and the digest."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from stepdown.errors import InputError
from stepdown.evidence.inputs import Inputs, Prior, inputs
from stepdown.knowledge.library import load


@pytest.fixture(scope="module")
def relapse() -> Inputs:
    return inputs(load(), "relapse")


def arm(found: Inputs, name: str) -> tuple[int, int | None, float | None, float]:
    one = next(a for a in found.arms if a.id == name)
    return one.count.events, one.count.n, one.count.person_years, one.years


def test_counts_are_those_of_the_studies(relapse: Inputs) -> None:
    assert arm(relapse, "relapse-jouvenot-stopped") == (41, 154, None, 5.1)
    assert arm(relapse, "relapse-mcfaul") == (5, None, 680.0, 5.0)
    # 31.5% of 54 people
    assert arm(relapse, "relapse-bigaut-fingolimod") == (17, 54, None, 1.0)
    # the middle of 97.6% and 97.9% free of relapse among 249
    assert arm(relapse, "relapse-nova-4")[0] == 6


def test_an_interval_of_a_rate_becomes_events_and_time(relapse: Inputs) -> None:
    events, _, time, _ = arm(relapse, "relapse-zhu-ocrelizumab")
    assert time is not None
    assert events / time == pytest.approx(0.06)
    # 0.04 to 0.08 a year: the interval that so many events would give
    assert math.exp(2 * 1.96 / math.sqrt(events)) == pytest.approx(0.08 / 0.04, rel=0.02)


def test_an_interval_of_a_risk_becomes_an_effective_number(relapse: Inputs) -> None:
    events, n, _, _ = arm(relapse, "relapse-danish-deescalation")
    assert n is not None
    assert n < 333
    risk = events / n
    assert 2 * 1.96 * math.sqrt(risk * (1 - risk) / n) == pytest.approx(0.44 - 0.31, rel=0.02)


def test_ratios_and_their_errors(relapse: Inputs) -> None:
    found = {c.id: c for c in relapse.contrasts}
    stop = found["relapse-stop-anti-cd20-jouvenot"]
    assert stop.value == pytest.approx(math.log(1.1))
    assert stop.se == pytest.approx(math.log(4.8 / 0.3) / 3.92, rel=1e-3)
    assert found["relapse-age-tremlett"].value == pytest.approx(math.log(0.83))
    assert found["relapse-mri-bsteh"].value == pytest.approx(-math.log(0.46))
    p = found["relapse-age-coerver"]
    assert p.value is not None
    assert p.se is not None
    assert math.erfc(abs(p.value / p.se) / math.sqrt(2)) == pytest.approx(0.106, abs=1e-6)


def test_how_an_arm_was_selected_is_read(relapse: Inputs) -> None:
    stable = {arm.study for arm in relapse.fitted if arm.stable}
    assert stable == {"jouvenot-2024", "discoms-2023", "dotms-2025", "nova-2022", "mcfaul-2021"}
    assert [(prior.name, prior.kind) for prior in relapse.slopes] == [
        ("age", "modifier"), ("quiet", "modifier"), ("stable", "between"),
    ]  # fmt: skip


def test_a_person_is_read_on_the_scale_of_the_modifier(relapse: Inputs) -> None:
    quiet = np.array([0.0, 1.0, 3.0])
    assert relapse.prior("age").read(65.0) == 2
    assert relapse.prior("quiet").read(quiet) == pytest.approx(np.log1p(quiet) - np.log(4))
    assert relapse.prior("stable").read(quiet).tolist() == [0, 0.5, 1]
    step = Prior("x", "modifier", "normal", 0, 1, None, 2.0, scale="step")
    assert step.read(quiet).tolist() == [0, 0, 1]


def test_what_nothing_is_believed_of_is_told(relapse: Inputs) -> None:
    with pytest.raises(InputError, match="nothing is believed of 'edss-unknown'"):
        relapse.prior("edss-unknown")


OVERLAY = """
- id: relapse-mcfaul
  title: {en: "%s"}
  outcome: relapse
  estimate: mcfaul-2021/relapse-rate
  counts:
    horizon_years: 5
    derived: {en: "The mean follow-up."}
  option: discontinue
  classes: {interferon: 0.6, glatiramer: 0.4}
  age: {mean: %s, sd: 6.2}
  quiet_years: {mean: 11}
  selection: [stable]
  role: %s
  quality: moderate
  why: {en: "Other words."}
"""


def overlaid(folder: Path, title: str, age: float, role: str) -> Inputs:
    (folder / "arms").mkdir(parents=True)
    (folder / "arms" / "mine.yaml").write_text(OVERLAY % (title, age, role), encoding="utf-8")
    return inputs(load([folder]), "relapse")


def test_the_digest_is_of_the_numbers_and_not_of_the_prose(relapse: Inputs, tmp_path: Path) -> None:
    assert overlaid(tmp_path / "a", "Other words", 60.6, "fit").digest == relapse.digest
    assert overlaid(tmp_path / "b", "Kaiser", 61.6, "fit").digest != relapse.digest
    assert overlaid(tmp_path / "c", "Kaiser", 60.6, "replicate").digest != relapse.digest


def test_an_outcome_without_documents_is_told() -> None:
    with pytest.raises(InputError, match="no synthesis of 'joy'"):
        inputs(load(), "joy")
