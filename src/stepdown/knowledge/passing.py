"""How a variable goes with time and with other variables, so that a state can be imagined on another day."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from stepdown.knowledge.grounds import Criterion


class Growth(BaseModel):
    """A number grows by the time that passes while `while` is met; `at_most` where it may as well stay as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    while_: Criterion = Field(alias="while")
    at_most: bool = False


class Window(BaseModel):
    """A variable that speaks of the events in the `months` before the index date, and fades as time passes.

    Attributes:
        months: how long; the name of a definition, or of a number that counts months; ever, where it is left out.
        tells: the number of events (`count`), that there was one (`some`) or that there was none (`none`).
        since: the variables that tell how long ago the last such event was, each for one sort of event.
        on: events count only when they came in the time that this variable tells, and not in its first months.
        settling: definitions of those first months, each with the criterion under which it holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    months: float | str | None = None
    tells: Literal["count", "some", "none"]
    since: tuple[str, ...] = ()
    on: str | None = None
    settling: dict[str, Criterion] = Field(default_factory=dict)
