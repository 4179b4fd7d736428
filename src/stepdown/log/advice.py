"""Reads an assessment as `stepdown assess --format json` writes it, as far as the log needs it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stepdown.errors import InputError
from stepdown.knowledge.schema import OptionKind
from stepdown.log.body import Advised, Code, Held, Knowledge, OptionId, Stance, Verdict

READS = "1"
"""Version of the schema of assessments that is read."""


class _Read(BaseModel):
    """Part of an assessment; what the log does not need is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Advised(Advised):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Knowledge(Knowledge):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Option(_Read):
    """An option of the person and how it stands."""

    id: OptionId
    kind: OptionKind
    stance: Stance


class _Finding(_Read):
    criterion: Code
    verdict: Verdict


class _Guideline(_Read):
    id: Code
    applies: Verdict
    conclusion: Literal["candidate", "not-candidate", "undetermined"]
    findings: tuple[_Finding, ...]

    def held(self) -> Held:
        """The criteria by verdict."""
        by = {v: tuple(f.criterion for f in self.findings if f.verdict == v) for v in ("met", "not-met", "unknown")}
        return Held(
            id=self.id, applies=self.applies, conclusion=self.conclusion,
            met=by["met"], not_met=by["not-met"], unknown=by["unknown"],
        )  # fmt: skip


class _Flag(_Read):
    id: Code


class Advice(_Read):
    """What an assessment advised, and on what grounds.

    Attributes:
        person: whom it is about; goes into the personal part only.
        on: the day of the assessment.
    """

    person: str = Field(min_length=1)
    on: date
    in_force: date | None
    knowledge: _Knowledge
    draws: int
    seed: int
    recommendation: _Advised
    options: tuple[Option, ...]
    guidelines: tuple[_Guideline, ...]
    flags: tuple[_Flag, ...]


def read_advice(content: bytes, where: str) -> tuple[Advice, dict[str, Any]]:
    """An assessment, and all of it as plain data.

    Raises:
        InputError: not JSON, not an assessment, or one of another version.
    """
    mend = "give what 'stepdown assess --format json' writes"
    try:
        data = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise InputError("is not JSON", where, mend) from None
    if not isinstance(data, dict) or "schema" not in data or "recommendation" not in data:
        raise InputError("is not an assessment", where, mend)
    if data["schema"] != READS:
        told = str(data["schema"])[:20]
        raise InputError(
            f"is an assessment of schema {told!r}, and this release reads {READS!r}", where, "assess again, or update"
        )
    try:
        return Advice.model_validate(data), data
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise InputError(f"is not an assessment: {place} is missing or not as written by us", where, mend) from None
