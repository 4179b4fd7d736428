"""Every risk once more, by a slow and plain second computation that shares nothing with the first but random numbers.

It reads the shipped draws and the documents itself, goes draw by draw, adds up the hazard in small steps of time, and
finds by bisection where stopping and the milder drugs meet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import NormalDist, pvariance
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

import stepdown
from stepdown.assess import assess, evaluate
from stepdown.decision.forecasting import forecaster
from stepdown.decision.options import options_for
from stepdown.guideline.compiled import compiled
from stepdown.guideline.verdicts import hold
from stepdown.knowledge.library import load
from stepdown.prognosis.chance import uniform
from stepdown.record.read import read
from tests.people import FOLDER, index_date
from tests.states import state_of

SHIPPED = Path(stepdown.__file__).parent
NAMES = ("relapse", "mri-activity", "disability-worsening", "serious-infection")
YEARS = (0.5, 2.0, 5.0)
DRAWS, SEED = 60, 7
STEPS = 4000
NORMAL = NormalDist()
Row = dict[str, float]


@cache
def documents(folder: str) -> dict[str, dict[str, Any]]:
    """Every document of a folder of the library by id, as plain data."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((SHIPPED / "knowledge" / "library" / folder).rglob("*.yaml")):
        read_ = yaml.safe_load(path.read_text())
        found |= {one["id"]: one for one in (read_ if isinstance(read_, list) else [read_])}
    return found


@cache
def draws_of(outcome: str) -> tuple[Row, ...]:
    """The draws that a run uses: the first of a shuffle that seed and outcome decide."""
    frame = pl.read_parquet(SHIPPED / "evidence" / "draws" / f"{outcome}.parquet")
    order = np.random.default_rng([SEED, NAMES.index(outcome)]).permutation(frame.height)
    return tuple(frame.row(int(place), named=True) for place in order[:DRAWS])


def standard(name: str) -> list[float]:
    """Standard normal numbers of a name."""
    return [NORMAL.inv_cdf(u) for u in uniform(SEED, name, DRAWS).tolist()]


def cut(center: float, spread: float, low: float, high: float, u: float) -> float:
    """A normal number between two bounds."""
    below, above = (NORMAL.cdf((bound - center) / spread) for bound in (low, high))
    return center + spread * NORMAL.inv_cdf(below + u * (above - below))


def poisson(mean: float, low: float, u: float) -> float:
    """A count of at least `low`."""
    mass = [math.exp(-mean) * mean**n / math.factorial(n) if n >= low else 0.0 for n in range(40)]
    total = 0.0
    for n, one in enumerate(mass):
        total += one / sum(mass)
        if u < total:
            return float(n)
    return math.nan


@dataclass(frozen=True)
class Person:
    """A person as told: numbers as (low, high), truths and categories as what is possible."""

    therapy: str
    class_: str
    told: dict[str, Any]

    def value(self, variable: str, wanted: tuple[str, ...], draw: int) -> float:
        """What the models read of a variable in one draw."""
        known, u = self.told[variable], float(uniform(SEED, f"input:{variable}", DRAWS)[draw])
        if isinstance(known, tuple):
            return self._number(variable, known, u)
        if known is None:
            return float(u < self._unknown(variable)["center"])
        if isinstance(known, bool):
            return float(known)
        if len(known) == 1:
            return float(known[0] in wanted)
        shares: dict[str, float] = self._unknown(variable)["shares"]
        mass = sum(shares.get(name, 0.0) for name in known)
        return float(u < sum(shares[name] for name in known if name in wanted) / mass)

    def _number(self, variable: str, known: tuple[float, float], u: float) -> float:
        low, high = known
        if low == high:
            return low
        belief = self._unknown(variable)
        low, high = max(low, belief.get("at_least", -math.inf)), min(high, belief.get("at_most", math.inf))
        if belief["distribution"] == "poisson":
            return poisson(belief["center"], low, u)
        if belief["distribution"] == "log-normal":
            first = math.log(low) if low > 0 else -math.inf
            return math.exp(cut(math.log(belief["center"]), belief["spread"], first, math.log(high), u))
        return cut(belief["center"], belief["spread"], low, high, u)

    def _unknown(self, variable: str) -> dict[str, Any]:
        mine = [one for one in documents("unknowns").values() if one["variable"] == variable]
        special = [one for one in mine if self.class_ in one.get("classes", [])]
        return (special or [one for one in mine if not one.get("classes")])[0]

    def gone(self, draw: int) -> float:
        """Months since the last dose: whole ones; anywhere in the usual interval where it is not known."""
        regimens = documents("therapies")[self.therapy]["regimens"]
        if all(one["setting"] == "home" and one["route"] == "oral" for one in regimens):
            return 0.0
        low, high = map(float, self.told["months_since_last_dose"])
        if low == high:
            return float(math.floor(low))
        own = self.told["present_interval_weeks"][1]
        weeks = max(one.get("interval_weeks", 0) for one in regimens)
        usual: float = max(weeks, 0 if math.isinf(own) else own) * 7 / (365.25 / 12)
        first = 0 if math.isinf(low) else math.floor(low)
        last = math.ceil(min(high, max(usual, first)))
        return first + float(uniform(SEED, "input:months_since_last_dose", DRAWS)[draw]) * (last - first)


def slope(belief: dict[str, Any], value: float) -> float:
    """A value on the scale of its modifier."""
    at = belief.get("at", 0.0)
    found: dict[str, float] = {
        "linear": (value - at) / belief.get("per", 1.0),
        "log1p": math.log1p(value) - math.log1p(at) if value > -1 else math.nan,
        "ramp": min(max(value / at, 0.0), 1.0) if at else math.nan,
        "is": value,
    }
    return found[belief["scale"]]


def log_rate(person: Person, outcome: str, draw: int) -> float:
    """The logarithm of the rate a year while carrying on."""
    row = draws_of(outcome)[draw]
    total = 0.0
    for belief in documents("parameters").values():
        if belief["outcome"] != outcome or belief["kind"] not in ("modifier", "between") or "variable" not in belief:
            continue
        classes = belief.get("classes")
        if classes and person.class_ not in classes:
            continue
        name = f"{belief['of']}:{person.class_}" if classes else belief["of"]
        value = person.value(belief["variable"], tuple(belief.get("values", ())), draw)
        total += row[name] * slope(belief, value)
    total = min(total, row.get("cap", math.inf))
    new = row["tau"] * standard(f"setting:{outcome}")[draw]
    if outcome == "serious-infection":
        return row["background"] + row["untreated-ms"] + drug(outcome, person.class_, draw) + new + total
    return row[f"baseline:{person.class_}"] + new + total


def unlike(outcome: str, name: str, draw: int) -> float:
    """How far one effect departs in a new setting."""
    return draws_of(outcome)[draw]["tau-effect"] * standard(f"effect:{outcome}:{name}")[draw]


def drug(outcome: str, class_: str, draw: int) -> float:
    """What a drug does to the rate of serious infection of the untreated, in a new setting."""
    return draws_of(outcome)[draw][f"drug:{class_}"] + unlike(outcome, f"drug:{class_}", draw)


def stretch(person: Person, option: Any) -> float:
    """How far a longer interval goes against the one that was studied."""
    if option.kind != "extend-interval":
        return 1.0
    usual = next(one["interval_weeks"] for one in documents("therapies")[person.therapy]["regimens"])
    studied = documents("definitions")[f"studied-interval-ratio-{person.class_}"]["value"]
    return math.log(option.interval_weeks / usual) / math.log(studied)


def plain_effect(person: Person, outcome: str, option: Any, draw: int) -> float:
    """The logarithm of the hazard ratio of one option when complete, before the order of the options."""
    row, origin = draws_of(outcome)[draw], person.class_
    goal = documents("therapies")[option.therapy]["class"]
    if option.kind == "continue":
        return 0.0
    if outcome == "serious-infection":
        mine = drug(outcome, origin, draw)
        if option.kind.startswith("switch"):
            return max(drug(outcome, goal, draw), 0.0) - mine
        if option.kind == "discontinue":
            return -max(mine, 0.0)
        return max(min(row[f"{option.kind}:{origin}"] * stretch(person, option), 0.0), -max(mine, 0.0))
    if option.kind.startswith("switch"):
        name = f"switch:{origin}>{goal}"
        found = row[f"leaving:{origin}"] + row[f"drug:{goal}"] - row[f"drug:{origin}"]
    else:
        name = f"{option.kind}:{origin}"
        found = row[name]
    return (found + unlike(outcome, name, draw)) * stretch(person, option)


ORDERED = ("switch-lower", "extend-interval", "reduce-dose", "discontinue")


def effects(person: Person, outcome: str, options: tuple[Any, ...]) -> list[list[float]]:
    """The effects of all options in all draws, in order for relapse and MRI activity."""
    found = [[plain_effect(person, outcome, option, draw) for draw in range(DRAWS)] for option in options]
    if outcome not in ("relapse", "mri-activity"):
        return found
    for number, option in enumerate(options):
        if option.kind in ORDERED:
            found[number] = [max(value, 0.0) for value in found[number]]
    kinds = [option.kind for option in options]
    stop, milder = kinds.index("discontinue"), [n for n, kind in enumerate(kinds) if kind == "switch-lower"]
    weight = {number: 1 / pvariance(found[number]) for number in (stop, *milder)}
    for draw in range(DRAWS):
        values = {number: found[number][draw] for number in (stop, *milder)}
        found[stop][draw] = meeting(values, weight, stop)
        for number in milder:
            found[number][draw] = min(values[number], found[stop][draw])
    return found


def meeting(values: dict[int, float], weight: dict[int, float], stop: int) -> float:
    """Where stopping ends up if all move as little as they can: the least weighted sum of squares, by bisection."""

    def downhill(at: float) -> float:
        above = sum(weight[n] * (value - at) for n, value in values.items() if n != stop and value > at)
        return weight[stop] * (values[stop] - at) + above

    low, high = values[stop], max(values.values())
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if downhill(middle) > 0 else (low, middle)
    return low


def lasting(person: Person, outcome: str, option: Any, effect: float, draw: int, years: float) -> float:
    """Years of the hazard of carrying on that an option amounts to, summed in small steps."""
    if option.kind not in ("discontinue", "switch-lower", "switch-lateral"):
        return math.exp(effect) * years
    row = draws_of(outcome)[draw]

    def part(name: str) -> float:
        own = f"{name}:{person.therapy}"
        return row[own if own in row else f"{name}:{person.class_}"]

    at, heights = [part("lag"), part("lag") + part("ramp")], [0.0, effect]
    if option.kind == "discontinue" and f"peak:{person.class_}" in row:
        at, heights = [*at, at[-1] + part("decay")], [0.0, effect + part("peak"), effect]
    months = person.gone(draw) + np.linspace(0.0, 12 * years, STEPS + 1)
    hazard = np.exp(np.interp(months, at, heights))
    return float((hazard[1:] + hazard[:-1]).sum() / 2 * years / STEPS)


def by_hand(person: Person, options: tuple[Any, ...]) -> np.ndarray:
    """Every risk of every option, outcome, horizon and draw."""
    found = np.empty((len(options), len(NAMES), len(YEARS), DRAWS))
    for place, outcome in enumerate(NAMES):
        complete = effects(person, outcome, options)
        for draw in range(DRAWS):
            rate = math.exp(log_rate(person, outcome, draw))
            for number, option in enumerate(options):
                for at, years in enumerate(YEARS):
                    amount = lasting(person, outcome, option, complete[number][draw], draw, years)
                    found[number, place, at, draw] = 1 - math.exp(-rate * amount)
    return found


def told_of(data: dict[str, Any]) -> dict[str, Any]:
    """The state of an assessment in JSON, read back."""
    found: dict[str, Any] = {}
    for name, one in data["state"].items():
        if one["kind"] == "number":
            found[name] = (
                -math.inf if one["low"] is None else one["low"],
                math.inf if one["high"] is None else one["high"],
            )
        else:
            found[name] = one["truth"] if one["kind"] == "truth" else one["values"]
    return found


def compared(
    person: Person, options: tuple[Any, ...], risks: np.ndarray, silent: Callable[[str, str, float], bool]
) -> Iterator[str]:
    """Where the shipped risks are not those by hand, or there is a number where none may be."""
    wanted = by_hand(person, options)
    for number, option in enumerate(options):
        for place, outcome in enumerate(NAMES):
            for at, years in enumerate(YEARS):
                seen, mine = risks[number, place, at], wanted[number, place, at]
                if silent(option.kind, outcome, years):
                    if not np.isnan(seen).all():
                        yield f"{option.id} {outcome} {years}: a number where there is none"
                elif not np.allclose(seen, mine, rtol=2e-4, atol=1e-9):
                    yield f"{option.id} {outcome} {years}: {seen[:3]} and by hand {mine[:3]}"


LEAVING = ("discontinue", "switch-lower", "switch-lateral")


@pytest.mark.parametrize(
    ("example", "therapy", "class_", "silent"),
    [
        ("long-quiet-ocrelizumab", "ocrelizumab", "anti-cd20", lambda kind, _, years: kind in LEAVING and years > 2),
        ("fingolimod-wants-to-stop", "fingolimod", "s1p", lambda *_: False),
    ],
)
def test_shipped_people_by_hand(
    example: str, therapy: str, class_: str, silent: Callable[[str, str, float], bool]
) -> None:
    library = load()
    record, on = read(FOLDER / example / "chart.yaml", library), index_date(example)
    asked: dict[str, Any] = {"horizon_years": YEARS, "draws": DRAWS, "seed": SEED}
    data = assess(record, on, library=library, **asked).data
    numbers = evaluate(record, on, library, explain=True, **asked).decisions.numbers_of(0)
    assert numbers is not None
    forecast, person = numbers.part.forecast, Person(therapy, class_, told_of(data))
    assert list(compared(person, forecast.options, forecast.risks[0], silent)) == []
    wanted = by_hand(person, forecast.options)
    for number, option in enumerate(forecast.options):
        told = next((one["risk"] for one in data["options"] if one["id"] == option.id), None)
        if told is None:
            continue
        for place, outcome in enumerate(NAMES):
            for at, years in enumerate(YEARS):
                shown = told[outcome][f"{years:g}"]
                assert (shown is None) == silent(option.kind, outcome, years)
                if shown is not None:
                    mine = wanted[number, place, at]
                    ends = np.quantile(mine, (0.025, 0.975)).tolist()
                    assert [shown[name] for name in ("mean", "low", "high")] == pytest.approx(
                        [float(mine.mean()), *ends], rel=1e-3
                    )
                    base = wanted[0, place, at]
                    if option.kind != "continue":
                        apart = shown["versus_continue"]["mean"]
                        assert apart == pytest.approx(float((mine - base).mean()), rel=1e-2, abs=1e-6)


UNKNOWN = {
    "edss": (None, None), "igg": (None, 8.0), "comorbidity_count": (1.0, None), "serious_infections_2y": (None, None),
    "time_on_class": (None, None), "months_since_last_dose": (None, None), "years_quiet": (3.0, None),
    "present_interval_weeks": (None, None),
}  # fmt: skip


@pytest.mark.parametrize(
    ("therapy", "class_", "more", "silent"),
    [
        # no infection is told where there may be PML, while the drug goes on or after it
        ("natalizumab", "natalizumab", {"jcv_positive": False}, lambda *_: False),
        ("natalizumab", "natalizumab", {}, lambda _, outcome, __: outcome == "serious-infection"),
        (
            "ofatumumab", "anti-cd20", {"months_since_last_dose": (0.0, 120.0)},
            lambda kind, _, years: kind in LEAVING and years > 2,
        ),
        (
            "rituximab", "anti-cd20",
            {"months_since_last_dose": (2.5, 40.0), "present_interval_weeks": (52.0, 52.0)},
            lambda kind, _, years: kind in LEAVING and years > 2,
        ),
    ],
)  # fmt: skip
def test_someone_of_whom_little_is_known_by_hand(
    therapy: str, class_: str, more: dict[str, Any], silent: Callable[[str, str, float], bool]
) -> None:
    library = load()
    given: dict[str, Any] = {
        "therapy": therapy, "therapy_class": class_, "age": 51.0, "course": {"rrms", "cis"}, "pregnant": False,
        "never_relapsed": False, **UNKNOWN, **more,
    }  # fmt: skip
    state, options = state_of(library, given), options_for(therapy, library)
    made = forecaster(library, YEARS, DRAWS, SEED)
    verdicts = hold(state, compiled(library))
    forecast = made(state, verdicts, therapy, np.array([0]), options, np.array([False]))
    told: dict[str, Any] = {
        name: tuple(sign if end is None else end for sign, end in zip((-math.inf, math.inf), pair, strict=True))
        for name, pair in (UNKNOWN | {name: one for name, one in more.items() if name in UNKNOWN}).items()
    }
    told |= {"age": (51.0, 51.0), "course": ["rrms", "cis"], "sex": ["female", "male", "other"]}
    told |= {"mri_activity": None, "obesity": None}
    assert list(compared(Person(therapy, class_, told), options, forecast.risks[0], silent)) == []
