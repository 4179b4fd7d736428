"""What goes with a drug besides the option rules: watching, tests before, leaving, arriving, pregnancy, vaccines.

A class says what its drugs share, a drug what is its own. Entries have ids: an entry of the drug stands in place of
the entry of its class with the same id, all others of both hold (`joined`). Where labels or guidelines of two places
differ there are two entries with their `where`; nothing is averaged. A figure stays in the unit of its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stepdown.knowledge.grounds import Criterion, Grounded, Text

Where = Literal["us", "eu", "uk", "de", "ch", "hk", "hu", "sg"]
"""The place whose label, law or guideline an entry repeats; none for what was measured or is assumed anywhere."""

SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
DAYS = {"h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 365.25 / 12, "a": 365.25}
"""Days in a unit of time (UCUM: the mean Julian month and year)."""


class Span(BaseModel):
    """A length of time: one `value`, or the range in which it lies; a bound that is left out is open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float | None = Field(default=None, ge=0)
    low: float | None = Field(default=None, ge=0)
    high: float | None = Field(default=None, ge=0)
    unit: Literal["h", "d", "wk", "mo", "a"]

    @model_validator(mode="after")
    def _says_something(self) -> Span:
        known = [part for part in (self.low, self.value, self.high) if part is not None]
        if not known:
            raise ValueError("a span needs a value or a bound")
        if known != sorted(known):
            raise ValueError("low, value and high must not fall")
        return self

    def days(self) -> tuple[float | None, float | None]:
        """The least and the greatest number of days; None where the bound is open."""
        only = self.low is None and self.high is None
        low, high = (self.value, self.value) if only else (self.low, self.high)
        length = DAYS[self.unit]
        return None if low is None else low * length, None if high is None else high * length


class Claim(Grounded):
    """One entry of `Care`: its id within the document, the place it speaks for, and what it says in a sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str = Field(pattern=SLUG)
    where: Where | None = None
    if_: Criterion | None = Field(default=None, alias="if")
    says: Text


class Action(Grounded):
    """What a result of watching leads to."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    does: Literal["stop", "consider-stopping", "hold", "re-evaluate", "repeat", "watch-closer", "protect"]
    if_: Criterion | None = Field(default=None, alias="if")
    where: Where | None = None
    says: Text


class Monitoring(Claim):
    """One thing to watch: how often, from when to when, and what a result leads to.

    `starts` is the clock (the first dose, or the last one), `after` the time on it before the first test, `at` single
    times on it, `every` the interval between tests, `until` the end on the clock. `until_after_last_dose` ends a watch
    that begins with treatment and outlasts it. Without an end it lasts while the drug is given. `seen_in` names the
    variables in which the record shows that it was done.
    """

    what: str = Field(pattern=SLUG)
    by: Literal["blood", "urine", "mri", "examination", "question"]
    seen_in: tuple[str, ...] = ()
    starts: Literal["first-dose", "last-dose"] = "first-dose"
    after: Span | None = None
    at: tuple[Span, ...] = ()
    every: Span | None = None
    until: Span | None = None
    until_after_last_dose: Span | None = None
    actions: tuple[Action, ...] = ()
    who: str | None = Field(default=None, pattern=SLUG)

    @model_validator(mode="after")
    def _can_fall_due(self) -> Monitoring:
        if self.every is not None and not max(part or 0.0 for part in self.every.days()) > 0:
            raise ValueError("every: a watch is repeated after a time above 0")
        begins, ends = (span.days()[0] if span else None for span in (self.after, self.until))
        if begins is not None and ends is not None and begins >= ends:
            raise ValueError("until: a watch ends after it begins")
        return self


class PreStart(Claim):
    """One thing to have before the first dose; older than `within` it is done again. `needs` must hold."""

    what: str = Field(pattern=SLUG)
    seen_in: tuple[str, ...] = ()
    within: Span | None = None
    needs: Criterion | None = None
    who: str | None = Field(default=None, pattern=SLUG)


class Return(Claim):
    """When cells, or what else the drug pushed down, come back after the last dose. `kind` says what `value` is."""

    of: Literal["b-cells", "lymphocytes", "igg", "drug-level"]
    in_: Span = Field(alias="in")
    kind: Literal["median", "about", "range", "modelled"]


class Gap(Claim):
    """How long a person may be without cover: `aim` for the time to the next drug, `most` not without a reason."""

    aim: Span | None = None
    most: Span | None = None


class Leaving(Grounded):
    """What leaving a drug means: whether disease comes back harder, when, and what is done about it."""

    rebound: Literal["measured", "label-warning", "not-seen", "assumed", "none-expected", "not-known"]
    peak: Span | None = None
    says: Text
    do: Text


class Arriving(Claim):
    """What coming from other drugs means for the first dose: the `gap` and what must have `recovered` (`needs`).

    `from_class` is empty in the entry for every class that no other entry names.
    """

    from_class: tuple[str, ...] = ()
    from_therapy: tuple[str, ...] = ()
    gap: Span | None = None
    recovered: tuple[str, ...] = ()
    needs: Criterion | None = None


class Contraception(Claim):
    """How long contraception goes on after the last dose; `who` it concerns."""

    after_last_dose: Span | None = None
    who: Literal["women", "men", "both"] = "women"


class Advice(Claim):
    """The advice of one place or source for pregnancy or breastfeeding; `wait` is the time after a dose."""

    stance: Literal["compatible", "probably-compatible", "avoid", "contraindicated", "by-plan", "not-read"]
    wait: Span | None = None


class Washout(Claim):
    """A way to be rid of a drug faster, and how long it takes with and without."""

    takes: Span
    without: Span | None = None


class Vaccine(Claim):
    """When to vaccinate: before the first dose, and between or after doses."""

    kind: Literal["live", "non-live", "varicella", "any"]
    before_start: Span | None = None
    after_dose: Span | None = None
    before_next_dose: Span | None = None
    after_stopping: Span | None = None


class Prophylaxis(Claim):
    """A medicine that goes with the drug, and until when."""

    what: str = Field(pattern=SLUG)
    until_after_last_dose: Span | None = None


class MissedDose(Claim):
    """From how long a break on the first-dose watch, a new titration or a new clock is needed.

    `from_day` and `to_day` are the days of treatment in which the break begins.
    """

    from_day: float | None = None
    to_day: float | None = None
    missed: Span | None = None
    does: Literal["first-dose-watch", "new-titration", "carry-on", "new-clock"]


class Burden(Claim):
    """What a treatment costs a person in a year, where it does not follow from the regimen.

    It speaks of one `year` of treatment (for a course therapy also of those after it, until another entry does) and,
    if named, of one `regimen` only.
    """

    year: int = Field(ge=1)
    regimen: str | None = None
    infusions: float | None = None
    injections: float | None = None
    tablet_days: float | None = None
    visits: float | None = None


class Care(BaseModel):
    """What a drug or its class says besides regimens and rules; `gaps` say why a key stays empty."""

    monitoring: tuple[Monitoring, ...] = ()
    before_start: tuple[PreStart, ...] = ()
    leaving: Leaving | None = None
    gap: tuple[Gap, ...] = ()
    returns: tuple[Return, ...] = ()
    arriving: tuple[Arriving, ...] = ()
    contraception: tuple[Contraception, ...] = ()
    pregnancy: tuple[Advice, ...] = ()
    breastfeeding: tuple[Advice, ...] = ()
    washout: tuple[Washout, ...] = ()
    vaccines: tuple[Vaccine, ...] = ()
    prophylaxis: tuple[Prophylaxis, ...] = ()
    missed_doses: tuple[MissedDose, ...] = ()
    burden: tuple[Burden, ...] = ()
    gaps: dict[str, Text] = {}

    @model_validator(mode="after")
    def _gaps_are_gaps(self) -> Care:
        for name in self.gaps:
            if name not in CARE:
                raise ValueError(f"gaps: {name!r} is none of {', '.join(CARE)}")
            if getattr(self, name):
                raise ValueError(f"gaps: {name!r} is said to be missing, and stands in the same document")
        return self


CARE = tuple(name for name in Care.model_fields if name != "gaps")
"""The keys of `Care` that hold knowledge."""

C = TypeVar("C", bound=Claim)


def joined(own: Care, shared: Care) -> Care:
    """What holds for a drug: its own, and what its class says where the drug does not say it otherwise.

    Args:
        own: what the drug says.
        shared: what its class says.
    """
    together: dict[str, object] = {"leaving": own.leaving or shared.leaving}
    for name in CARE:
        if name != "leaving":
            together[name] = _entries(getattr(own, name), getattr(shared, name))
    gaps = {name: why for name, why in (shared.gaps | own.gaps).items() if not together[name]}
    return Care.model_construct(**together, gaps=gaps)  # type: ignore[arg-type]


def _entries(own: Sequence[C], shared: Sequence[C]) -> tuple[C, ...]:
    """The entries of the drug, then those of its class whose ids the drug does not use."""
    ids = {entry.id for entry in own}
    return (*own, *(entry for entry in shared if entry.id not in ids))
