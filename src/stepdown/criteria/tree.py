"""A criterion tree: `all`, `any` and `not` over leaves, checked against the dictionary of variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stepdown.errors import InputError
from stepdown.knowledge.library import Library

NUMBER_OPERATORS = ("at_least", "above", "at_most", "below")
OPERATORS = (*NUMBER_OPERATORS, "is", "in")


@dataclass(frozen=True)
class Leaf:
    """A test of one variable: `operator` is one of `OPERATORS`, `operand` a number, a truth or values."""

    variable: str
    operator: str
    operand: float | bool | frozenset[str]


@dataclass(frozen=True)
class Branch:
    """`all` or `any` of several criteria, or `not` of one."""

    operator: str
    parts: tuple[Node, ...]


Node = Leaf | Branch


def parse(written: Mapping[str, Any], library: Library, where: str) -> Node:
    """Give a criterion as written its meaning.

    Args:
        written: the tree as it stands in YAML.
        library: names, kinds and values of the variables.
        where: document and key, for errors.

    Raises:
        InputError: an operator, variable or value that does not exist, or an operand of the wrong kind.
    """
    if not isinstance(written, Mapping):
        raise InputError(f"a criterion is a mapping, not {written!r}", where, "write 'variable:' and an operator")
    keys = set(written)
    for operator in ("all", "any"):
        if keys == {operator}:
            parts = written[operator]
            if not isinstance(parts, list) or not parts:
                raise InputError(f"{operator!r} needs a list of criteria", where, "add at least one")
            return Branch(operator, tuple(parse(part, library, f"{where}.{operator}") for part in parts))
    if keys == {"not"}:
        return Branch("not", (parse(written["not"], library, f"{where}.not"),))
    return _leaf(written, library, where)


def _leaf(written: Mapping[str, Any], library: Library, where: str) -> Leaf:
    operators = [key for key in written if key in OPERATORS]
    if set(written) - {"variable", *OPERATORS} or "variable" not in written or len(operators) != 1:
        raise InputError(
            f"cannot read the criterion {dict(written)!r}",
            where,
            f"a leaf has a variable and one of {', '.join(OPERATORS)}",
        )
    name, operator = str(written["variable"]), operators[0]
    if name not in library.variables:
        raise InputError(f"no variable is called {name!r}", where, _nearest(name, library))
    kind, operand = library.variables[name].kind, written[operator]
    if kind == "number" and operator in NUMBER_OPERATORS and _is_number(operand):
        return Leaf(name, operator, float(operand))
    if kind == "truth" and operator == "is" and isinstance(operand, bool):
        return Leaf(name, operator, operand)
    if kind == "category" and operator in ("is", "in"):
        wanted = [operand] if operator == "is" else operand
        values = library.values(name)
        unknown = [value for value in wanted if value not in values] if isinstance(wanted, list) else [wanted]
        if unknown or not wanted:
            raise InputError(f"{name} has no value {unknown[0]!r}" if unknown else f"{name} needs values", where,
                             f"values are {', '.join(values)}")  # fmt: skip
        return Leaf(name, "in", frozenset(wanted))
    raise InputError(
        f"{name} is a {kind} and cannot be tested with {operator}: {operand!r}", where, "see docs/criteria.md"
    )


def _is_number(operand: Any) -> bool:
    return isinstance(operand, (int, float)) and not isinstance(operand, bool)


def _nearest(name: str, library: Library) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, library.variables, n=1)
    return f"did you mean {close[0]!r}?" if close else "see 'stepdown knowledge list variables'"


def leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf of a tree, left to right."""
    if isinstance(node, Leaf):
        yield node
    else:
        for part in node.parts:
            yield from leaves(part)


def variables(node: Node) -> tuple[str, ...]:
    """Names of the variables that a tree reads, each once, left to right."""
    return tuple(dict.fromkeys(leaf.variable for leaf in leaves(node)))
