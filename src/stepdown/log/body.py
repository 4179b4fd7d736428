"""What an entry says of a decision or an erasure: nothing personal, only codes, days and numbers of the engine.

Every text has a narrow form, so that no name, birth date or free text can slip in with an assessment.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from stepdown.errors import InputError
from stepdown.knowledge.logwords import Outcome
from stepdown.knowledge.schema import OptionKind

Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-_.][a-z0-9]+)*$", max_length=80)]
"""Id of a document, a criterion, a reason or a role."""
OptionId = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-_.:][a-z0-9]+)*$", max_length=120)]
ReasonCode = Annotated[str, Field(pattern=r"^[a-z0-9][-_.a-z0-9]*(?::[-_.a-z0-9]+/[-_.a-z0-9]+)?$", max_length=200)]
"""A reason, with `:guideline/criterion` where it names one."""
Version = Annotated[str, Field(pattern=r"^[0-9][0-9a-z.+-]{0,30}$")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Kind = OptionKind | Literal["hold-pending"]
HOLD = "hold-pending"
Stance = Literal["barred", "not-advised", "undetermined", "reasonable", "favoured"]
Verdict = Literal["met", "not-met", "unknown"]


class Part(BaseModel):
    """Part of an entry; it takes nothing that is not named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Knowledge(Part):
    """Which knowledge advised; overlays are in the digest, and their paths are nobody's business."""

    version: Version
    digest: Digest


class Advised(Part):
    """What was advised. The day until which a dose waits is the person's own, and is not here."""

    kind: Kind
    option: OptionId | None
    strength: Literal["clear", "leaning", "balanced", "hold"] | None
    review: Literal["step-up", "urgent"] | None
    next_dose: Literal["give", "delay-until", "withhold", "do-not-interrupt", "none"]


class Held(Part):
    """A guideline that the person was held against, and its criteria by verdict."""

    id: Code
    applies: Verdict
    conclusion: Literal["candidate", "not-candidate", "undetermined"]
    met: tuple[Code, ...]
    not_met: tuple[Code, ...]
    unknown: tuple[Code, ...]


class Decided(Part):
    """What was decided, how it stood in the assessment, and what became of the advice."""

    kind: Kind
    option: OptionId | None
    stance: Stance | None
    outcome: Outcome


class Decision(Part):
    """An entry about a decision.

    Attributes:
        engine: version of Stepdown that wrote the entry.
        options: stance by option.
        flags: ids of the flags that were raised.
    """

    act: Literal["decision"] = "decision"
    engine: Version
    recorded_on: date
    assessed_on: date
    decided_on: date
    in_force: date | None
    knowledge: Knowledge
    draws: int
    seed: int
    advised: Advised
    options: dict[OptionId, Stance]
    guidelines: tuple[Held, ...]
    flags: tuple[Code, ...]
    decided: Decided
    reasons: tuple[ReasonCode, ...] = Field(min_length=1)
    roles: tuple[Code, ...] = Field(min_length=1)


class Erasure(Part):
    """An entry about an erasure: how many entries lost what was personal, and not which or whose."""

    act: Literal["erasure"] = "erasure"
    recorded_on: date
    erased: int = Field(gt=0)


Body = Annotated[Decision | Erasure, Field(discriminator="act")]
_BODY: TypeAdapter[Decision | Erasure] = TypeAdapter(Body)


def canonical(body: Decision | Erasure) -> str:
    """A body as the one JSON text that stands for it: keys sorted, no blanks, no floats."""
    return orjson.dumps(body.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS).decode()


def parsed(text: str, number: int) -> Decision | Erasure:
    """A body from its JSON text.

    Raises:
        InputError: it is not one, which never happens to a log that is whole.
    """
    try:
        return _BODY.validate_json(text)
    except (ValidationError, UnicodeEncodeError):
        raise InputError(
            f"entry {number} cannot be read", "", "'stepdown log verify' tells whether it was changed"
        ) from None
