"""Where one person stands: the central variables, each worked out as docs/state.md says it, from a list of events.

A number is `(low, high)` with infinities where it is unbounded, a category the set of what is possible, a truth `True`,
`False` or `None`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, pairwise
from math import inf

from tests.reference.days import BEFORE, Day
from tests.reference.events import Event, Person
from tests.reference.treatment import treatment

Bounds = tuple[float, float]
Value = Bounds | frozenset[str] | bool | None
OPEN: Bounds = (-inf, inf)


def state_of(person: Person) -> dict[str, Value]:
    """Every variable that the reference covers."""
    found: dict[str, Value] = {"age": _age(person), "sex": _sex(person)}
    found |= _relapses(person)
    found |= _scans(person)
    found["years_quiet"] = _lesser(found["years_since_relapse"], found["years_since_mri_activity"])
    found |= _edss(person)
    for test in ("igg", "lymphocytes"):
        found |= _laboratory(person, test)
    found |= _infections(person)
    return found | treatment(person)


def _age(person: Person) -> Bounds:
    latest = person.day(person.row, "birth_latest", inf)
    return (0.0 if latest == inf else person.months(latest) / 12, person.months(person.born(BEFORE)) / 12)


def _sex(person: Person) -> frozenset[str]:
    values = person.library.values("sex")
    return frozenset({person.row["sex"]} if person.row["sex"] in values else values)


def _lesser(one: Value, other: Value) -> Bounds:
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return min(one[0], other[0]), min(one[1], other[1])


def _ago(person: Person, domain: str, sure: Iterable[Event], perhaps: Iterable[Event]) -> Bounds:
    """Months since the last event of a kind: what surely happened bounds it above, what may have, below."""
    since = person.since(domain)
    low = 0.0 if since is None else person.months(max([since, *(one.last for one in perhaps)]))
    return low, person.months(max((one.first for one in sure), default=BEFORE))


def _years(months: Bounds) -> Bounds:
    return months[0] / 12, months[1] / 12


def _count(person: Person, domain: str, months: int, sure: Iterable[Event], perhaps: Iterable[Event]) -> Bounds:
    """How many in a window: what surely lies inside, and what may, where somebody watched all the time."""
    opens = person.opens(months)
    low = sum(one.first > opens for one in sure)
    high = sum(one.last > opens for one in perhaps)
    return float(low), float(high) if person.covers(domain, months) else inf


def _truth(yes: bool, no: bool) -> bool | None:
    return True if yes else False if no else None


# relapses


def _relapses(person: Person) -> dict[str, Value]:
    entries = person["relapse"]
    happened = [one for one in entries if one.happened]
    life = person.covers_life("relapse")
    found: dict[str, Value] = {
        "years_since_relapse": _years(_ago(person, "relapse", happened, entries)),
        "never_relapsed": _truth(life and not entries, bool(happened)),
    }
    gap = person.number("relapse-separation-days")
    for name, months in (("relapses_1y", 12), ("relapses_2y", 24), ("relapses_5y", 60)):
        opens = person.opens(months)
        low = most_apart([one for one in happened if one.first > opens], gap)
        high = fewest_stretches([one for one in entries if one.last > opens], gap)
        found[name] = float(low), float(high) if person.covers("relapse", months) else inf
    found["suspected_relapse"] = _new_symptoms(person, entries)
    return found


def most_apart(entries: Sequence[Event], gap: float) -> int:
    """The most entries that surely begin so many days apart: every choice is tried."""

    def apart(chosen: Sequence[Event]) -> bool:
        row = sorted(chosen, key=lambda one: one.last)
        return all(later.first - earlier.last >= gap for earlier, later in pairwise(row))

    return max(size for size in range(len(entries) + 1) if any(apart(some) for some in combinations(entries, size)))


def fewest_stretches(entries: Sequence[Event], gap: float) -> int:
    """The fewest stretches of `gap` days that hold all entries whose day is known to within one, and one each else."""
    narrow = [one for one in entries if one.last - one.first < gap]
    starts = sorted({one.first for one in narrow})

    def hold(chosen: Sequence[Day]) -> bool:
        return all(any(start <= one.first and one.last < start + gap for start in chosen) for one in narrow)

    needed = min(size for size in range(len(starts) + 1) if any(hold(some) for some in combinations(starts, size)))
    return needed + len(entries) - len(narrow)


def _new_symptoms(person: Person, entries: list[Event]) -> bool | None:
    recent = person.today - person.number("new-symptom-days")
    unsettled = min(recent, person.today - person.number("unsettled-symptom-days"))
    yes = any(
        one.certain and one["status"] in ("suspected", "active")
        and one.first >= (unsettled if one["status"] == "suspected" else recent)
        for one in entries
    )  # fmt: skip
    unclear = any(one.suspected or (one["status"] == "active" and one.last >= recent) for one in entries)
    since = person.since("relapse")
    return _truth(yes, since is not None and since <= recent and not unclear)


# scans


def _shows(scan: Event) -> bool:
    return (scan["new_t2"] or 0) > 0 or (scan["gd_lesions"] or 0) > 0 or scan["stable"] is False


def _harmless(scan: Event) -> bool:
    return not _shows(scan) and (scan["new_t2"] == 0 or scan["stable"] is True)


def _quiet(scan: Event) -> bool:
    return scan.happened and scan.first > BEFORE and _harmless(scan)


def _brain(scan: Event) -> bool:
    return scan.happened and scan["region"] in (None, "brain", "both")


def _scans(person: Person) -> dict[str, Value]:
    scans = person["mri"]
    active = [one for one in scans if one.happened and _shows(one)]
    perhaps = [one for one in scans if not _harmless(one)]
    quiet = _quiet_since(person, scans)
    counts: dict[str, Value] = {}
    for years in (1, 2, 3):
        low, high = _count(person, "mri", 12 * years, active, perhaps)
        proven = quiet is not None and quiet <= person.opens(12 * years)
        counts[f"mri_activity_{years}y"] = low, 0.0 if proven else high
    brain = [one for one in scans if _brain(one)]
    newest = max((one.last for one in brain), default=BEFORE)
    return {
        "years_since_mri_activity": (
            0.0 if quiet is None else person.months(quiet) / 12,
            person.months(max((one.first for one in active), default=BEFORE)) / 12,
        ),
        **counts,
        "mri_activity": _last_active(scans, active, perhaps),
        "months_since_brain_mri": (
            0.0 if newest == BEFORE else person.months(newest),
            person.months(max((one.first for one in brain), default=BEFORE)),
        ),
    }


def _last_active(scans: list[Event], active: list[Event], perhaps: list[Event]) -> bool | None:
    begun = max((one.first for one in active), default=BEFORE)
    others = max((one.last for one in scans if one not in active and (_brain(one) or one in perhaps)), default=BEFORE)
    calm = max((one.first for one in scans if _quiet(one) and _brain(one)), default=BEFORE)
    disturbed = max((one.last for one in perhaps), default=BEFORE)
    return _truth(BEFORE < begun >= others, BEFORE < calm > disturbed)


def _quiet_since(person: Person, scans: list[Event]) -> Day | None:
    """Since when a chain of quiet brain scans speaks for the time up to today."""
    row = sorted(
        (one for one in scans if _brain(one) and one.first > BEFORE), key=lambda s: (s.first, s.last, _quiet(s))
    )
    tolerance = person.number("mri-comparison-tolerance-days")
    begin: Day | None = None
    before: Event | None = None
    for scan in row:
        compared = scan["compared_on"].toordinal() if scan["compared_on"] else None
        start = compared if compared is not None else min(before.last, scan.last) if before else scan.last
        reaches = before is not None and (compared is None or compared <= before.first + tolerance)
        joins = before is not None and _quiet(before) and _quiet(scan) and reaches and begin is not None
        begin = None if not _quiet(scan) else min(begin, start) if joins and begin is not None else start
        before = scan
    disturbed = max((one.last for one in scans if not _harmless(one)), default=BEFORE)
    if disturbed > BEFORE:
        begin = disturbed if begin is None else max(begin, disturbed)
    speaks = max((one.first for one in row if _quiet(one) or (one.happened and _shows(one))), default=BEFORE)
    return begin if speaks >= person.opens(person.number("mri-freshness-months")) else None


# disability


def _edss(person: Person) -> dict[str, Value]:
    """The last EDSS: one scored in or near a relapse counts only where there is no other."""
    scores = [one for one in person["disability"] if one["edss"] is not None]
    relapses = [(one.first, one.last, one.happened) for one in person["relapse"]]
    relapses += [(one.first, one.last, one.certain) for one in person["disability"] if one["during_relapse"]]
    reach = person.number("relapse-to-baseline-days") - 1

    def clear(score: Event) -> bool:
        near = any(last >= score.first - reach and first <= score.last for first, last, _ in relapses)
        return not near and not score["during_relapse"]

    def disturbed(score: Event) -> bool:
        inside = any(sure and first >= score.last - reach and last <= score.first for first, last, sure in relapses)
        return inside or bool(score["during_relapse"])

    settled = [one for one in scores if one.certain and clear(one)]
    none_other = all(disturbed(one) for one in scores)
    basis = settled + ([one for one in scores if one.certain] if none_other else [])
    newest = max((one.first for one in basis), default=BEFORE)
    candidates = [one for one in scores if one.last >= newest and not (disturbed(one) and settled)]
    return _stale(person, "edss", any(one.certain for one in scores), newest, candidates,
                  lambda one: (one["edss"], one["edss"]))  # fmt: skip


def _stale(
    person: Person, name: str, known: bool, newest: Day, candidates: list[Event], value: Callable[[Event], Bounds]
) -> dict[str, Value]:
    """The last value, its age, and the value itself while it is surely fresh."""
    if not known or not candidates:
        return {name: OPEN, f"{name}_last": OPEN, f"{name}_last_months": OPEN}
    freshness = person.library.variables[name].freshness
    assert freshness is not None
    last = min(value(one)[0] for one in candidates), max(value(one)[1] for one in candidates)
    months = person.months(max(one.last for one in candidates)), person.months(newest)
    return {name: last if months[1] <= freshness.months else OPEN, f"{name}_last": last, f"{name}_last_months": months}


# laboratory


def _laboratory(person: Person, test: str) -> dict[str, Value]:
    results = [one for one in person["lab"] if one["test"] == test]
    certain = [one for one in results if one.certain]
    newest = max((one.first for one in certain), default=BEFORE)
    return _stale(person, test, bool(certain), newest, [one for one in results if one.last >= newest], _measured)


def _measured(result: Event) -> Bounds:
    """A limit bounds from one side; what cannot be read may be anything."""
    value = result["value"]
    if value is None:
        return OPEN
    return 0.0 if result["below_limit"] else value, inf if result["above_limit"] else value


# infections


def _infections(person: Person) -> dict[str, Value]:
    entries, codes = person["infection"], person.library.codes["infections"].entries
    happened = [one for one in entries if one.happened]

    def of(one: Event, category: str) -> bool:
        return one["kind"] in codes and category in codes[one["kind"]].category

    def serious(one: Event) -> bool:
        by_nature = of(one, "serious-by-nature") and one["serious"] is not False
        return bool(one["serious"]) or (one["hospital_days"] or 0) > 0 or by_nature

    found: dict[str, Value] = {}
    for years in (1, 2):
        surely, perhaps = [one for one in happened if serious(one)], [
            one for one in entries if serious(one) or one["serious"] is not False
        ]  # fmt: skip
        found[f"serious_infections_{years}y"] = _count(person, "infection", 12 * years, surely, perhaps)
        found[f"infections_{years}y"] = _count(person, "infection", 12 * years, happened, entries)
    urinary = [one for one in entries if of(one, "urinary")]
    found["urinary_infections_1y"] = _count(person, "infection", 12, [one for one in urinary if one.happened], urinary)
    year, many = found["infections_1y"], person.number("recurrent-infections")
    assert isinstance(year, tuple)
    found["recurrent_infections"] = _truth(year[0] >= many, year[1] < many)
    return found
