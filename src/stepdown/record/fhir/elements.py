"""Elements of a resource, read narrowly: a shape that FHIR R4 does not have is refused, never guessed at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from stepdown.record.codes import LOCAL_SYSTEM, Coding
from stepdown.record.dates import Span, read_date, shown
from stepdown.record.fhir.source import Json

UNIT_WEEKS = {"wk": 1.0, "d": 1 / 7, "h": 1 / 168, "mo": 52 / 12, "a": 52.0}
"""Weeks in a unit of time, as prescribed: six months are 26 weeks."""
_MILLIGRAMS = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001, "µg": 0.001}
_CERTAINTY = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"


class Refused(Exception):
    """A resource, or a part of one, that cannot be taken as a fact.

    Attributes:
        key: key of the sentence `problem.<key>`.
        details: what the sentence needs.
    """

    def __init__(self, key: str, **details: Any) -> None:
        super().__init__(key)
        self.key, self.details = key, details


class Concept(NamedTuple):
    """A CodeableConcept: its codings, its text and displays, and what ICD-10-GM says of its certainty."""

    codings: tuple[Coding, ...] = ()
    texts: tuple[str, ...] = ()
    certainty: str = ""

    @property
    def text(self) -> str:
        """All its words."""
        return " ; ".join(self.texts)

    @property
    def label(self) -> str:
        """How to name it: its text, else a code."""
        return self.texts[0] if self.texts else next((code for _, code in self.codings), "")

    @property
    def local(self) -> str:
        """Its code in the product's own system, empty where there is none."""
        return next((code for system, code in self.codings if system == LOCAL_SYSTEM), "")

    def code(self, system: str) -> str:
        """Its code in a system, empty where there is none."""
        return next((code for found, code in self.codings if found == system), "")


def obj(data: Json, key: str) -> Json | None:
    """An element that is an object."""
    value = data.get(key)
    if value is not None and not isinstance(value, dict):
        raise Refused("fhir-shape", element=key)
    return value


def objs(data: Json, key: str) -> list[Json]:
    """An element that is a list of objects."""
    if key not in data:
        return []
    value = data[key]
    if not isinstance(value, list):
        raise Refused("fhir-shape", element=key)
    for part in value:
        if not isinstance(part, dict):
            raise Refused("fhir-shape", element=key)
    return value


def text(data: Json, key: str) -> str:
    """An element that is text."""
    value = data.get(key, "")
    if not isinstance(value, str):
        raise Refused("fhir-shape", element=key)
    return value


def truth(data: Json, key: str) -> bool | None:
    """An element that is true or false."""
    value = data.get(key)
    if value is not None and not isinstance(value, bool):
        raise Refused("fhir-shape", element=key)
    return value


def concept(data: Json, key: str) -> Concept:
    """An element that is a CodeableConcept; an empty one where it is missing."""
    value = obj(data, key)
    return read_concept(value) if value else Concept()


def concepts(data: Json, key: str) -> list[Concept]:
    """An element that is a list of CodeableConcepts."""
    return [read_concept(value) for value in objs(data, key)]


def read_concept(value: Json) -> Concept:
    """A CodeableConcept; a code without a system is a word only."""
    return _written(orjson.dumps(value))


@lru_cache(maxsize=1 << 15)
def _written(said: bytes) -> Concept:
    """A CodeableConcept by its JSON: most of them are met over and over."""
    value = orjson.loads(said)
    codings: list[Coding] = []
    texts = {text(value, "text").strip(): None} if "text" in value else {}
    certainty = ""
    for coding in objs(value, "coding"):
        system, code = coding.get("system"), coding.get("code")
        if isinstance(system, str) and isinstance(code, str):
            codings.append((system, code))
        elif system is not None and code is not None:
            raise Refused("fhir-shape", element="coding")
        if "display" in coding:
            texts[text(coding, "display").strip()] = None
        if "extension" in coding:
            certainty = certainty or _certainty(coding)
    return Concept(tuple(codings), tuple(filter(None, texts)), certainty)


def _certainty(coding: Json) -> str:
    """Whether a diagnosis in ICD-10-GM is excluded (A), suspected (V) or past (Z)."""
    found = (part for part in objs(coding, "extension") if part.get("url") == _CERTAINTY)
    return next((text(obj(part, "valueCoding") or {}, "code") for part in found), "")


def day(value: Any) -> Span:
    """A FHIR date or dateTime: the first and last day that it may mean.

    Raises:
        Refused: not a date.
    """
    try:
        if not isinstance(value, str):
            raise ValueError
        return _read_date(value)
    except ValueError:
        raise Refused("fhir-date", date=shown(value)) from None


_read_date = lru_cache(maxsize=1 << 16)(read_date)


def period(value: Json) -> tuple[Span | None, Span | None]:
    """The start and the end of a Period, each None where it is open."""
    start = day(value["start"]) if "start" in value else None
    end = day(value["end"]) if "end" in value else None
    if start and end and start.first and end.last and start.first > end.last:
        raise Refused("end-before-start", start=value["start"], end=value["end"])
    return start, end


@lru_cache(maxsize=4096)
def _choices(keys: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The elements that are a choice of one, by the names of all elements: few resources have others than another."""
    return tuple(key for key in keys if key.startswith(name) and len(key) > len(name))


def when(data: Json, name: str, born: Span = Span()) -> Span | None:  # noqa: B008
    """A choice of dates (`effective[x]`, `onset[x]`): day, period or age; None where it is missing.

    Raises:
        Refused: a kind of date that is not read, such as a Timing or text.
    """
    keys = _choices(tuple(data), name)
    if not keys:
        return None
    kind = keys[0][len(name) :]
    value = data[keys[0]]
    if len(keys) > 1:
        raise Refused("fhir-shape", element=f"{name}[x]")
    if kind in ("DateTime", "Instant", "Date"):
        return day(value)
    if kind == "Period" and isinstance(value, dict):
        start, end = period(value)
        last = end or start
        return Span(start.first if start else None, last.last if last else None)
    if kind == "Age" and isinstance(value, dict):
        return _aged(value, born)
    raise Refused("fhir-date-kind", element=keys[0])


def _aged(age: Json, born: Span) -> Span:
    """The year of life that an age in years means."""
    years = age.get("value")
    if age.get("code", age.get("unit")) not in ("a", "years", "year") or not isinstance(years, (int, float)):
        raise Refused("fhir-date-kind", element="Age")
    if not born.first or not born.last or not 0 <= years <= 130:
        return Span()
    return Span(_add_years(born.first, int(years)), _add_years(born.last, int(years) + 1) - timedelta(days=1))


def _add_years(start: date, years: int) -> date:
    try:
        return start.replace(year=start.year + years)
    except ValueError:  # 29 February counts as 1 March
        return date(start.year + years, 3, 1)


def number(value: Any, element: str) -> float:
    """A number; text and true are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused("fhir-shape", element=element)
    return float(value)


def milligrams(quantity: Json | None) -> float | None:
    """A quantity of a drug in mg; None where it is measured in something else (mL, tablets)."""
    if not quantity or "value" not in quantity or quantity.get("comparator"):
        return None
    factor = _MILLIGRAMS.get(str(quantity.get("code") or quantity.get("unit") or ""))
    return number(quantity["value"], "doseQuantity") * factor if factor else None


def interval_weeks(dosages: Sequence[Json]) -> float | None:
    """Weeks from dose to dose, where all instructions agree."""
    found = set()
    for dosage in dosages:
        repeat = obj(obj(dosage, "timing") or {}, "repeat") or {}
        unit = UNIT_WEEKS.get(text(repeat, "periodUnit"))
        if unit and "period" in repeat:
            times = number(repeat.get("frequency", 1), "frequency")
            if times > 0:
                found.add(round(number(repeat["period"], "period") * unit / times, 6))
    return found.pop() if len(found) == 1 else None
