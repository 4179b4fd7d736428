"""The truth tables hold for every reading of a criterion, and the documentation is written from them."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.criteria.compile import compile_tree
from stepdown.criteria.explain import explain
from stepdown.criteria.tree import OPERATORS, parse
from stepdown.knowledge.library import load
from tests.spec.document import PAGE, page
from tests.spec.tables import VERDICTS, frame_of, tables, value_of, verdicts_of

CASES = [pytest.param(case, id=f"{table.name}-{row}") for table in tables() for row, case in enumerate(table.cases)]


@pytest.mark.parametrize("case", CASES)
def test_every_reading_gives_the_verdict_of_the_table(case: dict[str, Any]) -> None:
    library = load()
    node = parse(case["if"], library, "spec")
    values = {name: value_of(name, given, library) for name, given in case["given"].items()}
    assert VERDICTS[explain(node, values).truth] == case["then"]
    assert VERDICTS[verdicts_of([node], [values], library)[0][0]] == case["then"]
    assert VERDICTS[frame_of(values).select(compile_tree(node, library)).item()] == case["then"]


def test_the_documentation_is_written_from_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.spec.document"


def test_every_operator_has_a_table() -> None:
    written = {key for table in tables() for case in table.cases for key in case["if"]} - {"variable"}
    assert written == {*OPERATORS, "all", "any", "not"}
    for table in tables():
        assert {case["then"] for case in table.cases} == {"met", "not-met", "unknown"}
