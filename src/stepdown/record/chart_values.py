"""One value of a chart and where it stands: what every reader of charts works with."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NoReturn

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.yamlfile import Located, Path_
from stepdown.record.codes import Recogniser
from stepdown.record.dates import Span, shown
from stepdown.record.record import RecordBuilder

Row = dict[str, Any]
_LISTED = 12


@dataclass
class Chart:
    """What the readers of one chart share.

    Attributes:
        located: the values with their lines.
        where: the file as the person named it, for messages.
        name: the file's name alone, for sources.
        library: drugs, tests, lists and variables.
        recogniser: finds drugs and concepts by their names.
        builder: collects the rows.
        today: no event lies after this day.
        person_id: the person, once read.
        born: first and last possible day of birth, once read.
        died: first and last possible day of death, once read.
    """

    located: Located
    where: str
    name: str
    library: Library
    recogniser: Recogniser
    builder: RecordBuilder
    today: date
    person_id: str = ""
    born: Span = field(default_factory=Span)
    died: Span = field(default_factory=Span)


@dataclass(frozen=True)
class At:
    """A value of a chart and its path, such as `("labs", 2, "value")`."""

    chart: Chart
    path: Path_
    value: Any

    def child(self, key: str | int) -> At:
        """The value under a key, or at an index."""
        return replace(self, path=(*self.path, key), value=self.value[key])

    @property
    def name(self) -> str:
        """The path as text: `labs[2].value`."""
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return text.removeprefix(".")

    @property
    def source(self) -> str:
        """Where the value stands, for the record: `chart.yaml:labs[2]`."""
        return f"{self.chart.name}:{self.name}"

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.chart.where}:{self.chart.located.line(self.path)}"

    def fail(self, what: str, mend: str = "") -> NoReturn:
        """Refuse the value.

        Raises:
            InputError: always; names file, line and path.
        """
        raise InputError(f"{self.name or 'the chart'}: {what}", self.where, mend)

    def fail_unknown(self, kind: str, word: str, options: Iterable[str], names: Iterable[str] = ()) -> NoReturn:
        """Refuse a word that is none of `options` nor of their other `names`, and tell the nearest of all.

        Raises:
            InputError: always.
        """
        known = sorted(set(options))
        near = difflib.get_close_matches(word.lower(), sorted({*known, *names}), n=3, cutoff=0.6)
        if near:
            mend = f"did you mean {' or '.join(map(repr, near))}?"
        elif len(known) <= _LISTED:
            mend = f"known are {', '.join(known)}"
        else:
            mend = f"known are {', '.join(known[:_LISTED])} and {len(known) - _LISTED} more"
        self.fail(f"{kind} {shown(word)} is not known", mend)

    def mapping(self, keys: Iterable[str], hint: str) -> dict[str, Any]:
        """The value as a mapping that has no other keys than these."""
        if not isinstance(self.value, dict):
            self.fail(f"{shown(self.value)} is not a mapping", f"write {hint}")
        for key in self.value:
            if key not in keys:
                self.child(key).fail_unknown("the key", key, keys)
        return self.value

    def given(self) -> Iterable[At]:
        """The children of a mapping whose value is given; an empty one or `unknown` counts as not given.

        An end is not among them: without an end a treatment goes on, so an unknown end must not look like none.
        """
        return (self.child(key) for key, value in self.value.items() if not _missing(key, value))


_ENDS = ("to", "until")
NOT_SAID = ("", "unknown", "?")


def _missing(key: str, value: Any) -> bool:
    if isinstance(value, str) and key not in _ENDS:
        return value.strip().lower() in NOT_SAID
    return value is None
