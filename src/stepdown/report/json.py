"""The assessment as JSON: texts filled, keys sorted, the same bytes for the same answer."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from stepdown.report.fill import fill
from stepdown.report.words import Words

SCHEMA = Path(__file__).parent / "schema" / "assessment.schema.json"
PLAN = SCHEMA.with_name("plan.schema.json")


def to_json(data: dict[str, Any], words: Words) -> bytes:
    """An assessment as UTF-8 JSON that ends in a new line; it obeys `assessment_schema`."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(fill(data, words), option=options)


@lru_cache(maxsize=1)
def assessment_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an assessment, with that of its plan bundled in."""
    schema: dict[str, Any] = orjson.loads(SCHEMA.read_bytes())
    schema["$defs"]["plan"] = plan_schema()
    return schema


@lru_cache(maxsize=1)
def plan_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a plan, which also stands alone."""
    schema: dict[str, Any] = orjson.loads(PLAN.read_bytes())
    return schema
