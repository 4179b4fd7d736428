"""Spark says what the slow, obvious reference says, of random people held against random guidelines."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson
import pytest
from both import on_spark
from hypothesis import HealthCheck, given, settings

from stepdown.cohort.answer import Options
from stepdown.knowledge.library import load
from tests.reference.generated import Case, cases, differences, write

pytestmark = pytest.mark.usefixtures("spark")
TOGETHER = ("find_out", "flags", "emergency")
"""Columns in which the shipped guidelines and flags stand beside those that were drawn."""


def _overlay(case: Case, to: Path) -> Path:
    """The guidelines and flags of a case as documents."""
    for folder, documents in (("guidelines", case.guidelines), ("flags", case.flags)):
        (to / folder).mkdir(parents=True)
        for one in documents:
            said = one.model_dump(mode="json", exclude_unset=True, by_alias=True)
            (to / folder / f"{one.id}.yaml").write_bytes(orjson.dumps(said))
    return to


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(cases())
def test_spark_says_what_the_reference_says(case: Case) -> None:
    with tempfile.TemporaryDirectory() as place:
        library = load([_overlay(case, Path(place) / "overlay")])
        folder = write(case, Path(place) / "tables", "parquet")
        found = on_spark(str(folder), Options(case.on), library, Path(place), 2)
        ours = [one for one in differences(case, found.rows) if one[1] not in TOGETHER]
        assert ours == []
        assert found.rows.height == len(case.folder["person"])
