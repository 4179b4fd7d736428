"""What all documents and claims rest on: an id and a title, prose by language, and a ground for every claim."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _has_english(text: dict[str, str]) -> dict[str, str]:
    if not text.get("en", "").strip():
        raise ValueError("prose is a mapping by language, and English ('en: ...') is always there")
    return text


Text = Annotated[dict[str, str], AfterValidator(_has_english)]
"""Prose by language; English is always there."""

Criterion = dict[str, Any]
"""A criterion tree as written; `criteria.tree` gives it its meaning."""


class Document(BaseModel):
    """What all documents share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(?:[-_.][a-z0-9]+)*$")
    title: Text


class Grounded(BaseModel):
    """A claim: it names its sources, or says that it is an assumption and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    evidence: tuple[str, ...] = ()
    assumption: bool = False
    reasoning: Text | None = None

    @model_validator(mode="after")
    def _has_ground(self) -> Grounded:
        if not self.evidence and not self.assumption:
            raise ValueError("name the evidence, or mark it as an assumption with its reasoning")
        if self.assumption and not self.reasoning:
            raise ValueError("an assumption needs its reasoning")
        return self
