"""W1, the usual yardstick: one criterion and one score for a registry, from Parquet, with answers that are known.

    .venv/bin/python benchmarks/w1.py [PEOPLE ...]

Eligible is who is 55 or older, without a relapse in 5 years, without MRI activity in 3 years (unknown if there was no
scan), and on the present drug for 5 years; beside it the points of VIAADISC and the last EDSS. Both are documents laid
over the library. So that the answers can be equal, the limit on how old a scan may be is lifted to those 3 years, a
score counts however near to a relapse it lies, and the folder declares that everybody was observed for life. Then they
must be those that were published for the same seeded data (`KNOWN`).

Prints seconds, people a second, seconds of processor time, and the floor: every file read once.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

import stepdown
from stepdown.knowledge.library import Library, load

ON = date(2026, 1, 1)
KNOWN = {
    2_000: (164, 1_809, 27, 4012, 8124.0),
    100_000: (8_465, 90_321, 1_214, 202_242, 400_965.5),
    1_000_000: (85_833, 902_185, 11_982, 2_025_170, 3_997_862.0),
}
"""People who are eligible, who are not, and of whom it is unknown; the sum of points; the sum of EDSS."""
_DRUGS = {
    "interferon": "interferon-beta-1a", "glatiramer": "glatiramer-acetate", "dmf": "dimethyl-fumarate",
    "teriflunomide": "teriflunomide", "fingolimod": "fingolimod", "natalizumab": "natalizumab",
    "ocrelizumab": "ocrelizumab",
}  # fmt: skip
_WHY = "assumption: true\n    reasoning: {en: A criterion of a benchmark.}"
_GUIDELINE = f"""\
id: w1
title: {{en: "W1: quiet for years on the present drug"}}
kind: panel
question: de-escalate
in_force: {{from: "2026-01-01"}}
reviewed: "2026-11-22"
status: derived
taken_from: {{en: A benchmark.}}
evidence: [discoms-2023]
criteria:
  - id: age
    role: requires
    if: {{variable: age, at_least: 55}}
    why: {{en: "Aged 55 or older."}}
    {_WHY}
  - id: relapse
    role: requires
    if: {{variable: years_since_relapse, at_least: 5}}
    why: {{en: "No relapse in five years."}}
    {_WHY}
  - id: mri
    role: requires
    if:
      all:
        - {{variable: mri_activity_3y, at_most: 0}}
        - any:
            - {{variable: months_since_brain_mri, below: 36}}
            - {{variable: years_since_mri_activity, at_least: 3}}
    why: {{en: "No activity on scans in three years."}}
    {_WHY}
  - id: drug
    role: requires
    if:
      all:
        - not: {{variable: therapy, in: [none]}}
        - {{variable: time_on_therapy, at_least: 5}}
    why: {{en: "On the present drug for five years."}}
    {_WHY}
  - id: edss
    role: favours
    if: {{variable: edss_last, at_most: 10}}
    why: {{en: "Any score."}}
    {_WHY}
"""
_SCORE = """\
id: w1-points
title: {en: Points of W1}
applies_to: {any: [{variable: age, at_least: 0}, {variable: age, below: 0}]}
why: {en: A benchmark.}
items:
  - id: age
    bands:
      - {if: {variable: age, below: 45}, points: 2}
      - {if: {all: [{variable: age, at_least: 45}, {variable: age, below: 55}]}, points: 1}
      - {if: {variable: age, at_least: 55}, points: 0}
  - id: mri
    bands:
      - {if: {variable: mri_activity_1y, at_least: 1}, points: 2}
      - {if: {variable: mri_activity_1y, below: 1}, points: 0}
  - id: relapse
    bands:
      - {if: {variable: years_since_relapse, below: 4}, points: 2}
      - points: 1
        if: {all: [{variable: years_since_relapse, at_least: 4}, {variable: years_since_relapse, below: 9}]}
      - {if: {variable: years_since_relapse, at_least: 9}, points: 0}
groups: []
evidence: [viaadisc-2021]
"""
_LIFTED = """\
- id: mri-freshness-months
  title: {en: Months for which a brain MRI speaks for the present}
  value: 35
  unit: mo
  used_for: {en: "Lifted for a benchmark, in which three years are the limit."}
  assumption: true
  reasoning: {en: A benchmark.}
- id: relapse-to-baseline-days
  title: {en: Days after a relapse before an EDSS counts}
  value: 0
  unit: d
  used_for: {en: "Lifted for a benchmark, in which the last EDSS counts whenever it was scored."}
  assumption: true
  reasoning: {en: A benchmark.}
"""
_DATASET = "title: Made up for a benchmark\nsynthetic: true\nobserved: {from: birth}\n"
_STEP = 0.5
"""The yardstick scores 0.5, which no EDSS is, so all but nought are a step higher here, and it is taken off."""


def overlay(to: Path) -> Path:
    """Write the documents of W1."""
    for name, text in {"guidelines/w1": _GUIDELINE, "scores/w1": _SCORE, "definitions/w1": _LIFTED}.items():
        path = to / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return to


def generate(people: int, to: Path) -> int:
    """Write the seeded data of the yardstick as tables of a record; the number of rows."""
    rng, today = np.random.default_rng(20260101), np.datetime64(ON)
    number = np.arange(1, people + 1)

    def back(days: np.ndarray) -> np.ndarray:
        return today - days.astype("timedelta64[D]")

    age = rng.normal(50, 12, people).clip(18, 85)
    birth = back((age * 365.25).astype(int)).astype("datetime64[M]").astype("datetime64[D]")
    sex = rng.choice(["male", "female"], people, p=[0.28, 0.72])
    years, stopped = rng.uniform(0.5, 18, people), rng.random(people) < 0.15
    start = back((years * 365.25).astype(int))
    end = np.where(stopped, back(rng.integers(1, 180, people)), np.datetime64("NaT"))
    drug = pl.Series(rng.choice(list(_DRUGS), people)).replace_strict(_DRUGS)

    def events(often: float, over: float) -> tuple[np.ndarray, np.ndarray]:
        who = np.repeat(number, rng.poisson(often, people))
        return who, back((rng.random(len(who)) * over * 365.25).astype(int) + 1)

    who, on = events(1.2, 15)
    relapse = {"person_id": who, "on": on}
    who, on = events(5, 6)
    mri = {"person_id": who, "on": on, "new_t2": rng.poisson(0.12, len(who)), "gd_lesions": rng.poisson(0.05, len(who))}
    who, on = events(12, 8)
    half_points = rng.integers(0, 17, len(who))
    scores = {"person_id": who, "on": on, "edss": half_points / 2.0 + (half_points > 0) * _STEP}
    tables = {
        "person": {"person_id": number, "birth": birth, "sex": sex},
        "treatment": {"person_id": number, "on": start, "ended": end, "therapy": drug},
        "relapse": relapse, "mri": mri, "disability": scores,
    }  # fmt: skip
    to.mkdir(parents=True)
    (to / "dataset.yaml").write_text(_DATASET)
    rows = 0
    for name, columns in tables.items():
        frame = pl.DataFrame(columns).with_columns(pl.col("person_id").cast(pl.String))
        if name in ("relapse", "mri", "disability"):
            frame = frame.unique(["person_id", "on"], keep="first", maintain_order=True)
        frame.write_parquet(to / f"{name}.parquet")
        rows += frame.height
    return rows


def answers(folder: Path, library: Library) -> tuple[int, int, int, int, float]:
    """What W1 asks, by the screen: the numbers of `KNOWN`."""
    found = stepdown.screen(folder, ON, guidelines=["w1"], conclusions=True, library=library)
    assert found["score.w1-points.low"].equals(found["score.w1-points.high"])
    concluded = [found["guideline.w1"].eq(one).sum() for one in ("candidate", "not-candidate", "undetermined")]
    edss = found["edss_last.low"]
    return *concluded, int(found["score.w1-points.low"].sum()), round(edss.sum() - _STEP * (edss > 0).sum(), 1)


def floor(folder: Path) -> float:
    """Seconds to read every file once, on all cores."""
    start = time.perf_counter()
    for file in sorted(folder.glob("*.parquet")):
        pl.read_parquet(file)
    return time.perf_counter() - start


def processor_time() -> float:
    """Seconds of processor time so far of this process and of those that have ended."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Run the sizes asked for, 2,000 and 100,000 by default."""
    with tempfile.TemporaryDirectory() as place:
        library = load([str(overlay(Path(place) / "library"))])
        for people in [int(one) for one in sys.argv[1:]] or [2_000, 100_000]:
            folder = Path(place) / str(people)
            rows = generate(people, folder)
            start, before = time.perf_counter(), processor_time()
            found = answers(folder, library)
            taken, busy = time.perf_counter() - start, processor_time() - before
            same = {None: "not known", found: "the known answers"}.get(KNOWN.get(people), f"NOT {KNOWN.get(people)}")
            print(
                f"{people:>9,} people {rows:>11,} rows {taken:7.2f} s {people / taken:>9,.0f} people a second "
                f"{busy:6.1f} s of processors, floor {floor(folder):.2f} s; {found}: {same}",
                flush=True,
            )


if __name__ == "__main__":
    main()
