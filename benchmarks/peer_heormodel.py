"""The usual benchmark of decision packages, against heormodel 0.7.4 (MIT) in one run, as a ratio.

Both weigh 4 options over 40 yearly cycles with 10,000 draws. heormodel evaluates a five-state cohort model a draw and
option; Stepdown gives, for one person, the risks of its four outcomes (five states with "none of them") at 40 yearly
horizons and ranks the options. The work is of one size and not of one kind: no answer is compared, only time.

    python -m venv build/heormodel && build/heormodel/bin/pip install heormodel==0.7.4
    .venv/bin/python benchmarks/peer_heormodel.py
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

DRAWS, YEARS, RUNS = 10_000, 40, 5
PEER = Path(__file__).parents[1] / "build" / "heormodel" / "bin" / "python"
OPTIONS = ("continue", "extend-interval", "switch-lower", "discontinue")

THEIRS = """
import sys, time
import numpy as np, pandas as pd
from heormodel.models.markov import CohortSpec, MarkovModel
draws, years, runs = map(int, sys.argv[1:])
names = ["continue", "extend-interval", "switch-lower", "discontinue"]
ratio = dict(zip(names, (1.0, 1.1, 1.8, 2.2)))
cost, effect = np.array([1.0, 2.0, 3.0, 4.0, 0.0]), np.array([0.9, 0.7, 0.5, 0.6, 0.0])

def model(p, option):
    r = ratio[option]
    a, b, c, d = p["a"] * r, p["b"] * r, p["c"], p["d"]
    t = np.array([
        [1 - a - b - c - d, a, b, c, d],
        [0.6 - b - d, 0.4, b, 0.0, d],
        [0.0, 0.0, 1 - c - d, c, d],
        [0.5 - d, 0.0, 0.0, 0.5, d],
        [0.0, 0.0, 0.0, 0.0, 1.0],
    ])
    return CohortSpec(t, cost, effect)

rng = np.random.default_rng(0)
frame = pd.DataFrame({n: rng.uniform(0.01, 0.05, draws) for n in "abcd"})
states = ["quiet", "relapse", "worse", "infected", "dead"]
engine = MarkovModel(states=states, interventions=names, transitions_and_rewards=model, n_cycles=years)
took = []
for _ in range(runs):
    start = time.perf_counter()
    engine.evaluate(frame)
    took.append(time.perf_counter() - start)
print(sorted(took)[runs // 2])
"""


def ours() -> float:
    """Median seconds of a forecast and comparison, warm."""
    from datetime import date

    import numpy as np

    from stepdown.decision.burdens import burdens
    from stepdown.decision.compare import compare
    from stepdown.decision.options import options_for
    from stepdown.decision.preferences import Preferences
    from stepdown.guideline.compiled import compiled
    from stepdown.guideline.verdicts import hold
    from stepdown.knowledge.library import load
    from stepdown.prognosis.model import models
    from stepdown.prognosis.person import People
    from stepdown.prognosis.predict import predict
    from stepdown.record.chart import read_chart
    from stepdown.report.examples import FOLDER
    from stepdown.state.derive import derive

    library = load()
    record = read_chart(FOLDER / "long-quiet-ocrelizumab" / "chart.yaml", library)
    state = derive(record, date(2026, 3, 1), library, False)
    verdicts, found = hold(state, compiled(library)), models(library, DRAWS, 0)
    every = options_for("ocrelizumab", library)
    options = tuple(next(option for option in every if option.kind == kind) for kind in OPTIONS)
    horizons = tuple(float(year) for year in range(1, YEARS + 1))
    stances = np.full((1, len(options)), 3, np.int8)
    cost = burdens(options, np.array([[26.0, 26.0]]), 2.0, library)
    took = []
    for _ in range(RUNS + 1):
        for model in found.by_outcome.values():
            model.times.clear()  # nothing kept from the run before
        start = time.perf_counter()
        people = People(state, np.array([0]), "anti-cd20", DRAWS, 0)
        forecast = predict(people, "ocrelizumab", options, verdicts, library, found, horizons)
        compare(forecast, stances, cost, Preferences(), library, 0)
        took.append(time.perf_counter() - start)
    return sorted(took[1:])[RUNS // 2]


def main() -> None:
    if not PEER.is_file():
        raise SystemExit(f"no {PEER}: see the head of this file")
    asked = [str(PEER), "-c", THEIRS, str(DRAWS), str(YEARS), str(RUNS)]
    theirs = float(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
    mine = ours()
    print(
        f"4 options, {YEARS} years, {DRAWS:,} draws: heormodel {theirs:.2f} s, Stepdown {mine:.3f} s, "
        f"ratio {theirs / mine:.0f}"
    )


if __name__ == "__main__":
    main()
