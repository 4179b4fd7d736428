from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepdown.criteria import regions as module
from stepdown.criteria.explain import explain
from stepdown.criteria.regions import Cell, TooMany, regions
from stepdown.criteria.tree import Branch, parse, variables
from stepdown.criteria.values import Interval, Possible, Value
from stepdown.knowledge.library import load
from tests.criteria.trees import CATEGORIES, CUTS, NUMBERS, TRUTHS, criteria

LIBRARY = load()
GRID = sorted({*CUTS, *(cut + 0.25 for cut in CUTS), *(cut - 0.25 for cut in CUTS)})


def world(cells: Mapping[str, Cell]) -> dict[str, Value]:
    """A person of whom everything is known."""
    known: dict[str, Value] = {}
    for name, cell in cells.items():
        if isinstance(cell, bool):
            known[name] = cell
        elif isinstance(cell, str):
            known[name] = Possible(frozenset({cell}), LIBRARY.values(name))
        else:
            known[name] = Interval(cell, cell)
    return known


worlds = st.fixed_dictionaries(
    {name: st.sampled_from(GRID) for name in NUMBERS}
    | {name: st.sampled_from(LIBRARY.values(name)) for name in CATEGORIES}
    | {name: st.booleans() for name in TRUTHS}
)


@given(criteria(LIBRARY))
def test_every_region_holds_a_person_who_meets_the_criterion(written: dict[str, object]) -> None:
    node = parse(written, LIBRARY, "")
    for region in regions(node, LIBRARY):
        one = {name: next(iter(cells)) for name, cells in region}
        # a variable that the region leaves free may take any of its values
        free = dict.fromkeys(NUMBERS, 0.0) | {name: LIBRARY.values(name)[0] for name in CATEGORIES}
        rest = free | dict.fromkeys(TRUTHS, False)
        assert explain(node, world({name: rest[name] for name in variables(node)} | one)).truth is True


@given(criteria(LIBRARY), worlds)
def test_who_meets_a_criterion_or_not_lies_in_some_region(written: dict[str, object], cells: dict[str, Cell]) -> None:
    node = parse(written, LIBRARY, "")
    met = explain(node, world(cells)).truth
    assert regions(node if met else Branch("not", (node,)), LIBRARY)


def test_a_criterion_with_too_many_regions_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    pairs = [{"any": [{"variable": a, "is": True}, {"variable": b, "is": True}]}
             for a, b in (("hbsag", "hiv"), ("pregnant", "obesity"))]  # fmt: skip
    assert len(regions(parse(pairs[0], LIBRARY, ""), LIBRARY)) == 2
    with pytest.raises(TooMany):
        regions(parse({"all": pairs}, LIBRARY, ""), LIBRARY)
