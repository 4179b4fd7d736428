"""Errors that a person can act on: what is wrong, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class InputError(Exception):
    """The call or the input is wrong; the command line prints it on one line and exits with status 2.

    Args:
        what: what is wrong, in plain words, without patient data beyond the value itself.
        where: file, row or resource, as precise as is known; empty for the call itself.
        mend: what the person can do about it.
    """

    def __init__(self, what: str, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"; {self.mend}" if self.mend else ""
        return f"{place}{self.what}{advice}".replace("\n", " ")


@dataclass(frozen=True)
class Problem:
    """Something in a record that was not understood or not believed, kept and told rather than dropped.

    Attributes:
        source: where it stands, such as `Observation/123` or `chart.yaml:labs[2]`.
        key: key of the sentence in the words catalogue, `problem.<key>`.
        args: what the sentence needs (plain strings and numbers).
        person_id: the person it concerns, empty where it concerns the whole input.
    """

    source: str
    key: str
    args: dict[str, Any] = field(default_factory=dict)
    person_id: str = ""
