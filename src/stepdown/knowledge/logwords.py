"""The closed lists that the decision log writes with: why something was decided, and in which role.

They claim nothing of medicine, so they name no evidence; a site adds its own in an overlay.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stepdown.knowledge.grounds import Document, Text

Outcome = Literal["followed", "varied", "overridden"]
"""What became of an advice: the option that was advised, another option of the same kind, or another kind."""
OUTCOMES: tuple[Outcome, ...] = ("followed", "varied", "overridden")


class Reason(Document):
    """A coded reason for a decision.

    `goes_with` says after which outcomes it can be given. A reason that names a criterion is written with it, such as
    `disagrees-with-criterion:panel-2025/age`. One that `needs_note` says nothing without free text.
    """

    means: Text
    goes_with: tuple[Outcome, ...] = Field(default=OUTCOMES, min_length=1)
    names_criterion: bool = False
    needs_note: bool = False


class Role(Document):
    """In which role somebody took part in a decision; never a name."""

    means: Text
