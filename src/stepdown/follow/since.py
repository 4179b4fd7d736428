"""What is otherwise than on the day of the decision, beyond the noise of measuring."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from stepdown.criteria.values import Interval, Possible, Value
from stepdown.follow.standing import Standing
from stepdown.knowledge.library import Library

NOISE = "noise-"
"""Beginning of the ids of definitions that hold what a variable moves by chance."""
_TREATMENT = frozenset({"treatment", "dose", "appointment"})


@dataclass(frozen=True)
class Changed:
    """A variable of which something else is known.

    Attributes:
        variable: its id.
        before, after: its values.
        direction: `up` or `down` for a number, None otherwise.
        sources: where the later value stands.
    """

    variable: str
    before: Value
    after: Value
    direction: str | None
    sources: tuple[str, ...]


def changed(then: Standing, now: Standing) -> list[Changed]:
    """The variables that changed, in the order of the dictionary.

    A number has changed where every value that it may have now lies further from every value it may have had than
    chance explains; a number of which the library says no such amount is left out, and so is what time alone moves.
    Of a truth or a category only what is known on both days counts. What is known newly is no change.
    """
    library = now.person.library
    return [one for name in library.documents["variables"] if (one := _compared(name, then, now)) is not None]


def _compared(name: str, then: Standing, now: Standing) -> Changed | None:
    library = now.person.library
    variable = library.variables[name]
    if _TREATMENT & set(variable.tables) or variable.grows is not None or variable.window is not None:
        return None
    # of what goes stale the last values are compared, if there is a new one
    asked = f"{name}_last" if variable.freshness else name
    before, after = then.value(asked), now.value(asked)
    direction = None
    if isinstance(before, Interval) and isinstance(after, Interval):
        direction = _moved(name, before, after, library)
    if direction is None and not _otherwise(before, after):
        return None
    named = now.person.sources.get(asked) or now.person.sources.get(name, ())
    sources = dict.fromkeys(one.source for one in now.sight.dated(named) if one.last > then.on)
    return Changed(name, before, after, direction, tuple(sources))


def _moved(name: str, before: Interval, after: Interval, library: Library) -> str | None:
    bounds = (before.low, before.high, after.low, after.high)
    if None in bounds:
        return None
    low, high, new_low, new_high = (float(bound) for bound in bounds if bound is not None)
    for direction, apart, base in (("up", new_low - high, high), ("down", low - new_high, low)):
        amount = noise(name, base, library)
        if amount is not None and apart > 0 and apart >= amount - 1e-9:
            return direction
    return None


def noise(name: str, base: float, library: Library) -> float | None:
    """How far a variable moves by chance from a value; None where nobody says.

    The EDSS by the steps that count as worsening, a questionnaire by its smallest change that matters, else the
    definition `noise-<variable>`: an amount in its unit, or a share of the value where its unit is `1` and the
    variable has another.
    """
    if name == "edss":
        steps, edges = library.definitions["edss-steps"].value, library.definitions["edss-step-baselines"].value
        assert isinstance(steps, tuple)
        assert isinstance(edges, tuple)
        return steps[bisect_left(edges, base)]
    for amount in _important(name, library):
        return amount
    definition = library.definitions.get(NOISE + name.replace("_", "-"))
    if definition is None or isinstance(definition.value, tuple):
        return None
    shares = definition.unit == "1" and library.variables[name].unit != "1"
    return definition.value * abs(base) if shares else definition.value


def _important(name: str, library: Library) -> Iterator[float]:
    for instrument in library.instruments.values():
        if instrument.variable == name and instrument.minimal_important_change is not None:
            yield instrument.minimal_important_change


def _otherwise(before: Value, after: Value) -> bool:
    if isinstance(before, Possible) and isinstance(after, Possible):
        return before.known and after.known and before.possible != after.possible
    return isinstance(before, bool) and isinstance(after, bool) and before is not after
