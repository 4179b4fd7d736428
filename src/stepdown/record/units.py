"""Units of laboratory values: whatever unit the record gives becomes the unit of the test, in decimal.

Metric units over a volume (`mg/dL`, `10*9/L`, `/uL`) are powers of ten and are worked out here; anything else
is left to ucumvert and pint, which take half a second to load.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import LabEntry

_POWERS = {"": 0, "k": 3, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}
_METRIC = re.compile(
    r"(?:(?:10[*^](?P<ten>\d{1,2}))|(?P<prefix>[kmunpf]?)(?P<base>g|mol|U|\[IU\]))?/(?P<over>[dcmunpf]?)L\Z"
)
_SPACE = re.compile(r"\s+")
_REMARK = re.compile(r"\{[^{}]*\}")
_ARBITRARY = re.compile(r"\[[^\]]*\]")
_LONG_NUMBER = re.compile(r"\d{4}")
_LONGEST = 40
_MICRO = str.maketrans({"µ": "u", "μ": "u"})


def unitless(unit: str | None) -> bool:
    """Whether a test is a plain number, such as an index."""
    return unit in (None, "1")


def convert(value: float | Decimal | str, unit: str | None, test: str, library: Library, where: str = "") -> float:
    """Give a laboratory value in the unit of its test.

    Args:
        value: the number as written.
        unit: the unit as written, UCUM or a spelling of `codes/units.yaml`; `None` where there is none.
        test: id of the test in `codes/labs.yaml`.
        library: the tests with their units, and the spellings.
        where: file and line, or resource, for the message.

    Raises:
        InputError: no unit where the test needs one, a unit nobody knows, or one that measures something else.
    """
    number = _decimal(value, test, where)
    wanted = lab_entry(test, library).unit
    if unit is None or not unit.strip():
        if unitless(wanted):
            return float(number)
        raise InputError(f"{test} {number} has no unit", where, f"give its unit, such as {wanted}")
    for meaning in meanings(unit, library):
        factor = _factor(meaning, wanted or "1")
        if factor is not None:
            return float(number * factor)
    expected = "a plain number" if unitless(wanted) else f"{wanted} or a unit that converts to it"
    raise InputError(f"the unit {unit[:_LONGEST]!r} does not measure {test}", where, f"expected {expected}")


def lab_entry(test: str, library: Library) -> LabEntry:
    """The entry of a test in the list of laboratory tests."""
    return library.codes["labs"].entries[test]


def meanings(unit: str, library: Library) -> tuple[str, ...]:
    """The UCUM units that a spelling may mean; text that the list does not have stands for itself.

    What UCUM puts in braces (`{cells}/uL`, `{index}`) is a remark and not a part of the unit.
    """
    aliases: dict[str, tuple[str, ...]] | None = library.cache.get("units.aliases")
    if aliases is None:
        aliases = library.cache["units.aliases"] = _aliases(library)
    plain = _plain(unit)
    return aliases.get(plain) or (_REMARK.sub("", plain) or "1",)


def _aliases(library: Library) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, entry in library.codes["units"].entries.items():
        for name in (key, *entry.names):
            plain = _plain(name)
            found[plain] = (*found.get(plain, ()), entry.unit or key)
    return found


def _plain(unit: str) -> str:
    return _SPACE.sub("", unit).translate(_MICRO)


def _decimal(value: float | Decimal | str, test: str, where: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not math.isfinite(float(number)):
        raise InputError(f"{test} {value!s:.40} is not a finite number", where, "leave it out where it is unknown")
    return number


@lru_cache(maxsize=512)
def _factor(unit: str, wanted: str) -> Decimal | None:
    """What a value in `unit` is multiplied by to be in `wanted`; `None` where they measure different things."""
    if unit == wanted:
        return Decimal(1)
    one, other = _METRIC.match(unit), _METRIC.match(wanted)
    if one and other:
        if one["base"] != other["base"]:
            return None
        return Decimal(1).scaleb(_power(one) - _power(other))
    return _ucum_factor(unit, wanted)


def _power(unit: re.Match[str]) -> int:
    return int(unit["ten"] or 0) + _POWERS[unit["prefix"] or ""] - _POWERS[unit["over"]]


def _ucum_factor(unit: str, wanted: str) -> Decimal | None:
    """The factor by ucumvert and pint, to twelve digits, which takes the binary noise off powers of ten."""
    if sorted(_ARBITRARY.findall(unit)) != sorted(_ARBITRARY.findall(wanted)):  # pint takes [IU] for a plain number
        return None
    if len(unit) > _LONGEST or _LONG_NUMBER.search(unit):  # a power of ten with a thousand digits takes all memory
        return None
    registry = _registry()
    try:
        factor = registry.from_ucum(unit).to(registry.from_ucum(wanted)).magnitude
    except Exception:  # the parser, its grammar and pint each raise their own kinds for text that is no unit
        return None
    return Decimal(f"{factor:.12g}")


@lru_cache(maxsize=1)
def _registry() -> Any:
    from ucumvert import PintUcumRegistry  # loaded here: most records never need it

    return PintUcumRegistry()
