"""The shipped people, read and assessed once for all tests."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import stepdown
from stepdown.assess import assess
from stepdown.knowledge.library import load
from stepdown.knowledge.yamlfile import parse
from stepdown.record.read import read

FOLDER = Path(stepdown.__file__).parent / "examples"


def examples() -> list[str]:
    """Names of the shipped people."""
    return sorted(path.parent.name for path in FOLDER.glob("*/about.yaml"))


def index_date(example: str) -> date:
    """The day on which an example is assessed."""
    return date.fromisoformat(parse((FOLDER / example / "about.yaml").read_bytes(), example).data["on"])


@cache
def assessed(example: str, form: str = "chart.yaml") -> dict[str, Any]:
    """The assessment of a shipped person; texts as key and arguments."""
    record = read(FOLDER / example / form, load())
    return assess(record, index_date(example), library=load()).data
