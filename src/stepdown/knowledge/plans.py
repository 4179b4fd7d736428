"""What a plan needs besides the care of each drug: steps of a change, watches, triggers and ready-made rescues.

An empty selector speaks of every option. `from_*` is the drug that a person is on, `to_*` the one taken afterwards
(the same one where nothing else is begun).
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from stepdown.knowledge.care import SLUG, Span, Where
from stepdown.knowledge.grounds import Criterion, Document, Grounded, Text

Phase = Literal["before", "last-dose", "gap", "first-dose", "titration", "after", "stop-doing"]
PHASES: tuple[Phase, ...] = ("before", "last-dose", "gap", "first-dose", "titration", "after", "stop-doing")
"""The phases of a change, in their order."""
Who = Literal[
    "neurologist", "ms-nurse", "pharmacist", "family-doctor", "person", "laboratory", "radiology",
    "dermatology", "ophthalmology", "immunology", "hepatology", "obstetrics",
]  # fmt: skip
Clock = Literal["decision", "last-dose", "first-dose", "next-dose"]
"""What time is counted from: the day of the decision, the last dose of the present drug, the first one of the next
drug, or the next dose of the drug that goes on."""
Urgency = Literal["today", "days", "two-weeks", "next-visit"]
TriggerTopic = Literal[
    "relapse", "new-lesions", "worsening", "counts", "immunoglobulins", "infection", "pml", "hepatitis-b", "liver",
    "pregnancy", "wish", "autoimmunity",
]  # fmt: skip


class Selected(Document, Grounded):
    """A document that speaks of some options, and of some people (`if`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kinds: tuple[str, ...] = ()
    from_class: tuple[str, ...] = ()
    from_therapy: tuple[str, ...] = ()
    not_from_class: tuple[str, ...] = ()
    to_class: tuple[str, ...] = ()
    to_therapy: tuple[str, ...] = ()
    if_: Criterion | None = Field(default=None, alias="if")
    where: Where | None = None
    says: Text


class Step(Selected):
    """One thing to do in a change that no drug document says.

    It is done where `needs` holds and everything of `seen_in` is known and not older than `within`. `after` and
    `until` are times on the `clock`. `if_not` is what follows where it is not done. `unknown` says whether a person of
    whom `if` is unknown gets it.
    """

    phase: Phase
    what: str = Field(pattern=SLUG)
    who: Who
    seen_in: tuple[str, ...] = ()
    needs: Criterion | None = None
    within: Span | str | None = None
    clock: Clock = "decision"
    after: Span | str | None = None
    until: Span | str | None = None
    if_not: Text | None = None
    unknown: Literal["tell", "skip"] = "tell"


class Watch(Selected):
    """One thing to watch in a calendar, besides what the drug documents watch.

    Times are a length, or the id of a definition (one number or two). `at` are single times on the `clock`, each done
    between its bounds and overdue after `latest`; `every` the interval, counted from `after` or from the last time it
    was done; `until` the end on the clock. `before_each_dose` is the time before every dose that is planned.
    """

    what: str = Field(pattern=SLUG)
    by: Literal["clinic", "mri", "blood", "urine", "examination", "question"]
    who: Who
    seen_in: tuple[str, ...] = ()
    done_in: tuple[str, ...] = ()
    clock: Clock = "decision"
    after: Span | str | None = None
    at: tuple[Span | str, ...] = ()
    latest: Span | str | None = None
    every: Span | str | None = None
    until: Span | str | None = None
    before_each_dose: Span | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Watch:
        if not self.at and self.every is None and self.until is None and self.before_each_dose is None:
            raise ValueError("a watch says when: at, every, before each dose, or until when one asks for it")
        return self


class Trigger(Selected):
    """What would bring treatment back, or change it: what to do, how soon, and whether the rescue is told with it.

    `if` says for whom it is told; `needs` when the record shows that it has happened, for the follow-up.
    """

    topic: TriggerTopic
    urgency: Urgency
    do: Text
    step_up: bool = False
    rescue: bool = False
    needs: Criterion | None = None


class Rescue(Selected):
    """What to start again and how, by the drug that was left, agreed before the change; lowest `order` first."""

    therapy: str | None = None
    order: int = Field(default=1, ge=1)
    check_first: tuple[Text, ...] = Field(min_length=1)
    works_after: Text
