"""The regions of the world in which a criterion is met, exactly: by cells between the numbers that it names.

Each variable is cut into cells: for a number, the cut points and the open spaces between them; for a category,
its values; for a truth, yes and no. A region gives each variable that matters the cells it may lie in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise, product

from stepdown.criteria.tree import Leaf, Node, leaves
from stepdown.knowledge.library import Library

Cell = float | bool | str
Region = frozenset[tuple[str, frozenset[Cell]]]
MOST = 500
"""Regions beyond which a criterion is not followed."""


class TooMany(Exception):
    """A criterion has more regions than are followed."""


def regions(node: Node, library: Library) -> set[Region]:
    """Regions in which a criterion is met; none when it can never be met. They may overlap.

    Raises:
        TooMany: there are more than `MOST`.
    """
    return _met(node, _cells(node, library), wanted=True)


def _cells(node: Node, library: Library) -> dict[str, frozenset[Cell]]:
    """All cells of each variable that a criterion names; a space between two numbers stands for itself."""
    cuts: dict[str, set[float]] = {}
    cells: dict[str, frozenset[Cell]] = {}
    for leaf in leaves(node):
        if isinstance(leaf.operand, bool):
            cells[leaf.variable] = frozenset({True, False})
        elif isinstance(leaf.operand, frozenset):
            cells[leaf.variable] = frozenset(library.values(leaf.variable))
        else:
            cuts.setdefault(leaf.variable, set()).add(leaf.operand)
    for name, found in cuts.items():
        at = sorted(found)
        between = [(low + high) / 2 for low, high in pairwise(at)]
        cells[name] = frozenset([*at, *between, at[0] - 1, at[-1] + 1])
    return cells


def _met(node: Node, cells: Mapping[str, frozenset[Cell]], wanted: bool) -> set[Region]:
    if isinstance(node, Leaf):
        inside = frozenset(cell for cell in cells[node.variable] if _holds(node, cell) is wanted)
        return {frozenset({(node.variable, inside)})} if inside else set()
    if node.operator == "not":
        return _met(node.parts[0], cells, not wanted)
    parts = [_met(part, cells, wanted) for part in node.parts]
    together = (node.operator == "all") is wanted
    if not together:
        return _few({region for part in parts for region in part})
    found = parts[0]
    for part in parts[1:]:
        found = _few({region for pair in product(found, part) for region in _join(*pair)})
    return found


def _few(found: set[Region]) -> set[Region]:
    if len(found) > MOST:
        raise TooMany
    return found


def _join(first: Region, second: Region) -> Iterator[Region]:
    """The region common to two, if there is any."""
    joined = dict(first)
    for name, cells in second:
        joined[name] = joined[name] & cells if name in joined else cells
        if not joined[name]:
            return
    yield frozenset(joined.items())


def _holds(leaf: Leaf, cell: Cell) -> bool:
    operand = leaf.operand
    if isinstance(operand, frozenset):
        return cell in operand
    if isinstance(operand, bool):
        return cell is operand
    assert isinstance(cell, (int, float))
    return {
        "at_least": cell >= operand,
        "above": cell > operand,
        "at_most": cell <= operand,
        "below": cell < operand,
    }[leaf.operator]
