"""What a screen found, for those who write it in a form of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl

from stepdown.cohort.summary import Summary


@dataclass(frozen=True, eq=False)
class Found:
    """What was found of everybody.

    Attributes:
        summary: what is told of everybody together.
        parts: Arrow files on this machine with one row a person, each small enough to be read at once.
        problems: what was not understood or not believed, as it is listed.
    """

    summary: Summary
    parts: Sequence[Path] = ()
    problems: pl.LazyFrame = field(default_factory=pl.LazyFrame)


class Writer(Protocol):
    """Writes what a screen found into a file."""

    def check(self, people: int) -> None:
        """Refuse, before any work, more people than the form holds.

        Raises:
            InputError: there are too many.
        """

    def write(self, found: Found) -> None:
        """Write it; called once everybody has been answered for."""
