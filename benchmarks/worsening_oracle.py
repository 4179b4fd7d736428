"""Hold confirmed worsening, PIRA and RAW against a published implementation, person by person.

    python benchmarks/worsening_oracle.py

The oracle is pymsprog 1.0.7 (Montobbio 2024) on its own toy data, on people simulated by msclinical 0.1.0, and on
irregular people made here. It runs in an environment of its own under the user's cache directory, because it needs
old libraries; its data never enter this repository.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from stepdown.knowledge.library import load
from stepdown.record.record import Record, RecordBuilder
from stepdown.state.arrays import months_since, today
from stepdown.state.disability import WORSENING, worsening
from stepdown.state.events import prepare

REQUIREMENTS = ("pymsprog==1.0.7", "msclinical==0.1.0", "numpy<2", "pandas<3")
EPOCH = date(1970, 1, 1)

ORACLE = r'''
import json, sys
import pandas as pd
from msclinical.edssplus.core import Rules, component_events
from msclinical.sim.core import Model, simulate
from pymsprog import MSprog, load_toy_data

def days(column):
    return (pd.to_datetime(column) - pd.Timestamp("1970-01-01")).dt.days

request = json.load(sys.stdin)
cohorts = {}
for name, cohort in request["cohorts"].items():
    cohorts[name] = (pd.DataFrame(cohort["visits"], columns=["id", "date", "EDSS"]),
                     pd.DataFrame(cohort["relapses"], columns=["id", "date"]))
visits, relapses = load_toy_data()
cohorts["toy data of pymsprog"] = (
    pd.DataFrame({"id": visits["id"].astype(str), "date": days(visits["date"]), "EDSS": visits["EDSS"].astype(float)}),
    pd.DataFrame({"id": relapses["id"].astype(str), "date": days(relapses["date"])}))
made = simulate(Model(**request["model"]))
cohorts["simulated by msclinical"] = (
    pd.DataFrame({"id": made["visits"]["patient"], "date": days(made["visits"]["date"]), 
                  "EDSS": made["visits"]["edss"]}),
    pd.DataFrame({"id": made["relapses"]["patient"], "date": days(made["relapses"]["date"])}))
SAME_STEPS = ((0.0, 1.5), (5.0, 1.0), (10.0, 0.5))
SECOND = {
    "as shipped": Rules(),
    "with the step of 0.5 from 5.5": Rules(edss_steps=SAME_STEPS),
    "and a week of tolerance": Rules(edss_steps=SAME_STEPS, confirm_days=77),
    "and no baseline after improvement": Rules(edss_steps=SAME_STEPS, confirm_days=77, rove_on_improvement=False),
}

def second_opinion(visits):
    parts = [(str(i), part.rename(columns={"EDSS": "edss"})) for i, part in visits.groupby("id")]
    for _, part in parts:
        part["date"] = pd.to_datetime(part["date"], unit="D")
    return {
        title: [[i, (pd.Timestamp(e["onset_date"]) - pd.Timestamp("1970-01-01")).days, "CDW"] for i, part in parts
                for e in component_events(part, "edss", rules) if e["status"] == "confirmed"]
        for title, rules in (SECOND.items() if request["second"] else ())}

answer = {}
for name, (visits, relapses) in cohorts.items():
    events = {}
    for weeks in (12, 24):
        result = MSprog(visits, "id", "EDSS", "date", "edss", relapse=relapses, event="multiple", RAW_PIRA=True,
                        baseline="roving", conf_days=weeks * 7, conf_tol_days=[7, 730], relapse_to_bl=30,
                        relapse_to_conf=30, relapse_assoc=90, date_format="day", include_dates=True, verbose=0)[1]
        found = result[result["event_type"] == "CDW"] if "event_type" in result else result.iloc[:0]
        events[str(weeks)] = [[str(r["id"]), int(r["date"]), r["CDW_type"]] for _, r in found.iterrows()]
    answer[name] = {
        "visits": [[str(i), int(d), float(e)] for i, d, e in visits[["id", "date", "EDSS"]].itertuples(index=False)],
        "relapses": [[str(i), int(d)] for i, d in relapses[["id", "date"]].itertuples(index=False)],
        "events": events, "second": second_opinion(visits)}
json.dump(answer, sys.stdout)
'''  # fmt: skip


class OracleMissing(RuntimeError):
    """The environment of the oracle cannot be made: no network, or no wheel for this machine."""


def interpreter() -> Path:
    """The Python of the oracle's environment, made on first use and kept in the user's cache directory."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stepdown"
    home = cache / f"worsening-oracle-{sha256(repr((REQUIREMENTS, sys.version)).encode()).hexdigest()[:12]}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (home / "complete").exists():
        venv.create(home, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise OracleMissing(f"cannot install {', '.join(REQUIREMENTS)}: {done.stderr.strip()[-500:]}")
        (home / "complete").touch()
    return python


@dataclass(frozen=True)
class Cohort:
    """Visits (person, day, EDSS), relapses (person, day), and the worsening that the oracle found in them.

    `events` by weeks; `second`: what msclinical finds at 12 weeks, as shipped and with its rules drawn near to ours.
    """

    visits: list[tuple[str, int, float]]
    relapses: list[tuple[str, int]]
    events: dict[str, list[tuple[str, int, str]]]
    second: dict[str, list[tuple[str, int, str]]]


def irregular(people: int, seed: int) -> dict[str, Any]:
    """People with uneven visits, many relapses, and now and then two ratings on one day."""
    random = np.random.default_rng(seed)
    visits: list[list[Any]] = []
    relapses: list[list[Any]] = []
    for index in range(people):
        person, edss = f"i{index:04d}", float(random.choice([0, 1, 1.5, 2, 3, 4, 4.5, 5, 5.5, 6]))
        steps = random.choice([20, 60, 77, 84, 90, 160, 168, 182, 365, 800], int(random.integers(1, 16)))
        days = 20000 + np.cumsum(steps) - steps.sum()
        relapses += [[person, int(days[0]) + int(when)] for when in random.integers(-150, 2500, random.poisson(2.0))]
        if random.random() < 0.15:
            relapses.append([person, int(days[0]) - int(random.integers(31, 85))])
        for day in days.tolist():
            visits.append([person, day, edss])
            if random.random() < 0.01:
                visits.append([person, day, min(10.0, edss + 0.5 if edss else 1.0)])
            edss = float(np.clip(edss + random.choice([-1, -0.5, 0, 0, 0, 0.5, 1, 1.5]), 0, 9.5))
            edss = 0.0 if edss == 0.5 else edss
    return {"visits": visits, "relapses": relapses}


def ask(people: int = 120, seed: int = 7, second: bool = False) -> dict[str, Cohort]:
    """Run the oracle on its toy data, on simulated people and on irregular ones."""
    request = {
        "cohorts": {"irregular": irregular(2 * people, seed)},
        "model": {"n_per_arm": people // 2, "years": 5.0, "visit_months": 3, "rating_noise_p": 0.25, "seed": seed},
        "second": second,
    }
    command = [str(interpreter()), "-W", "ignore", "-c", ORACLE]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the oracle failed: {done.stderr.strip()[-2000:]}")
    answer = json.loads(done.stdout)
    return {
        name: Cohort(
            [(person, day, edss) for person, day, edss in part["visits"]],
            [(person, day) for person, day in part["relapses"]],
            *(
                {key: [(person, day, kind) for person, day, kind in found] for key, found in part[which].items()}
                for which in ("events", "second")
            ),
        )
        for name, part in answer.items()
    }


def record(cohort: Cohort, observed: bool = True, blur: int = 0) -> Record:
    """A cohort as a record; `blur` hides the day of visits and relapses by up to so many days on either side."""
    builder = RecordBuilder()
    start = EPOCH + timedelta(days=min(day for _, day, _ in cohort.visits) - 400)
    for person in sorted({person for person, _, _ in cohort.visits}):
        builder.add("person", person_id=person)
        if observed:
            span = {"from": start, "from_latest": start, "to": None, "to_latest": None}
            builder.add("observed", person_id=person, domain="relapse", status="final", source="span", **span)
    for number, (person, day, edss) in enumerate(cohort.visits):
        dates = {"on": EPOCH + timedelta(days=day - blur), "on_latest": EPOCH + timedelta(days=day + blur)}
        builder.add("disability", person_id=person, edss=edss, status="final", source=f"visit/{number}", **dates)
    for number, (person, day) in enumerate(cohort.relapses):
        dates = {"on": EPOCH + timedelta(days=day - blur), "on_latest": EPOCH + timedelta(days=day + blur)}
        builder.add("relapse", person_id=person, status="final", source=f"relapse/{number}", **dates)
    return builder.build()


@dataclass(frozen=True)
class Comparison:
    """One person and one variable: what the oracle says, and the bounds given here (years; infinite is never)."""

    cohort: str
    person: str
    variable: str
    oracle: float
    low: float
    high: float
    cause: str

    @property
    def equal(self) -> bool:
        """The same event on the same day, or none in both."""
        return self.oracle == self.high

    @property
    def inside(self) -> bool:
        """Whether the oracle's answer lies within the bounds."""
        return self.low <= self.oracle <= self.high


def compare(name: str, cohort: Cohort, observed: bool = True, blur: int = 0) -> list[Comparison]:
    """Hold every variable of every person against the oracle."""
    on = EPOCH + timedelta(days=max(day for _, day, _ in cohort.visits) + 30)
    events = prepare(record(cohort, observed, blur), on, load(), explain=False)
    bounds = worsening(events)
    found = []
    for row, person in enumerate(events.people["person_id"].to_list()):
        for variable, (low, high) in bounds.items():
            weeks = "12" if variable == WORSENING[0] else "24"
            kind = {WORSENING[2]: "PIRA", WORSENING[3]: "RAW"}.get(variable)
            days = [day for who, day, what in cohort.events[weeks] if who == person and kind in (None, what)]
            last = np.array(days[-1:], dtype=np.int64)
            oracle = float(months_since(last, today(events))[0] / 12) if days else np.inf
            found.append(Comparison(name, person, variable, oracle, low[row], high[row], cause(cohort, person)))
    return found


def cause(cohort: Cohort, person: str) -> str:
    """Why the answers for a person may differ: the two things that are treated otherwise on purpose."""
    days = sorted(day for who, day, _ in cohort.visits if who == person)
    if len(set(days)) < len(days):
        return "two ratings on one day: the oracle keeps the last in the file, here both stay possible"
    if any(30 < days[0] - day <= 180 for who, day in cohort.relapses if who == person):
        return "a relapse more than 30 days before the first visit: the oracle forgets it, here it counts for 90 days"
    return "unexplained"


def steady(cohort: Cohort) -> Cohort:
    """The people whose EDSS never falls by a step, seen at least every 600 days and once a day, without relapses."""
    kept = set()
    for person in {person for person, _, _ in cohort.visits}:
        days, scores = zip(*sorted((day, edss) for who, day, edss in cohort.visits if who == person), strict=True)
        gaps = np.diff(days, prepend=days[0] - 1)
        best = np.maximum.accumulate(scores)
        falls = best - np.array(scores) >= np.where(best > 5, 0.5, 1.0)
        if (gaps > 0).all() and (gaps < 600).all() and not falls.any():
            kept.add(person)
    return Cohort([visit for visit in cohort.visits if visit[0] in kept], [], cohort.events, cohort.second)


def print_second(cohort: Cohort) -> None:
    """Why msclinical differs at 12 weeks: draw the rules nearer step by step and count the people who still differ."""
    *near, last = cohort.second
    alone = Cohort(cohort.visits, [], cohort.events, cohort.second)
    steps = [(title, cohort, title) for title in near]
    steps += [("and relapses ignored here, too", alone, near[-1])]
    steps += [("and only people who never improve and are seen every 600 days", steady(cohort), last)]
    for title, ours, theirs in steps:
        on = EPOCH + timedelta(days=max(day for _, day, _ in cohort.visits) + 30)
        events = prepare(record(ours), on, load(), explain=False)
        high = worsening(events)[WORSENING[0]][1]
        last_day = {person: day for person, day, _ in cohort.second[theirs]}
        days = [last_day.get(person) for person in events.people["person_id"].to_list()]
        theirs_in_years = [
            np.inf if day is None else months_since(np.array([day]), today(events))[0] / 12 for day in days
        ]
        differ = int((high != np.array(theirs_in_years)).sum())
        print(f"  msclinical, {title}: {differ} of {len(days)} people differ")


def main() -> None:
    """Print agreement and every difference with its cause."""
    for name, cohort in ask(people=300, second=True).items():
        compared = compare(name, cohort)
        people = len({one.person for one in compared})
        print(f"\n{name}: {people} people, {len(cohort.visits)} visits, {len(cohort.relapses)} relapses")
        for variable in WORSENING:
            part = [one for one in compared if one.variable == variable]
            equal, events = sum(one.equal for one in part), sum(np.isfinite(one.oracle) for one in part)
            print(f"  {variable:28} {equal}/{len(part)} equal; the oracle finds an event in {events}")
        differ = [one for one in compared if not one.equal]
        for reason, times in Counter(one.cause for one in differ).most_common():
            print(f"  {times} differ: {reason}")
        for one in differ:
            print(f"    {one.person} {one.variable}: oracle {one.oracle:.2f}, here [{one.low:.2f}, {one.high:.2f}]")
        print_second(cohort)
        for label, observed, blur in (("relapses not observed", False, 0), ("days known to 31 days", True, 15)):
            bounds = [one for one in compare(name, cohort, observed, blur) if one.cause == "unexplained"]
            inside, sure = sum(one.inside for one in bounds), sum(np.isfinite(one.high) for one in bounds)
            print(
                f"  {label}: the oracle lies within the bounds in {inside}/{len(bounds)}, {sure} of them certain events"
            )


if __name__ == "__main__":
    main()
