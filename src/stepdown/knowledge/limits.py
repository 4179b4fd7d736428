"""Where the prognosis gives no number: outside what was studied, with the sentence that says so."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from stepdown.knowledge.grounds import Criterion, Document, Grounded, Text
from stepdown.knowledge.quantities import Outcome


class Limit(Document, Grounded):
    """A limit of the evidence: the risks that it speaks of have no number, and `says` is the reason.

    An empty selector speaks of all. `from_*` is the drug that a person is on, `to_*` the one taken afterwards.
    `beyond_years` spares shorter horizons. Where `if` is unknown for a person the limit holds, unless `unknown` says
    otherwise. With `uncounted` the outcome is none of this person's, and options are compared without it; else an
    option without a number is not ranked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    outcomes: tuple[Outcome, ...] = ()
    kinds: tuple[str, ...] = ()
    from_class: tuple[str, ...] = ()
    from_therapy: tuple[str, ...] = ()
    to_class: tuple[str, ...] = ()
    to_therapy: tuple[str, ...] = ()
    beyond_years: float | None = Field(default=None, gt=0)
    if_: Criterion | None = Field(default=None, alias="if")
    unknown: Literal["holds", "ignore"] = "holds"
    uncounted: bool = False
    says: Text
