"""Writes docs/criteria.md from the truth tables: `python -m tests.spec.document`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.spec.tables import Table, tables

PAGE = Path(__file__).parents[2] / "docs" / "criteria.md"

HEAD = """# Criteria

<!-- Written from tests/spec/*.yaml by `python -m tests.spec.document`; change those. -->

A criterion is a condition on the state of a person, written in YAML wherever the library needs one: to whom a guideline
applies, what it requires, when a flag is raised, when a rule speaks of an option.

A *leaf* tests one variable. `stepdown knowledge list variables` names them all.

| operator | for | met when the value is |
|---|---|---|
| `at_least: 55` | numbers | 55 or more |
| `above: 55` | numbers | more than 55 |
| `at_most: 55` | numbers | 55 or less |
| `below: 55` | numbers | less than 55 |
| `is: rrms`, `is: true` | categories, truths | that one |
| `in: [rrms, cis]` | categories | one of those |

A *branch* joins criteria: `all: [...]`, `any: [...]`, `not: ...`. They may be nested.

    any:
      - {variable: age, at_least: 60}
      - all:
          - {variable: age, at_least: 55}
          - not: {variable: therapy_class, in: [natalizumab, s1p]}

What is known of a variable is a range, not a guess: an interval of numbers, the set of values still possible, or yes,
no or unknown. So a criterion has three outcomes: **met**, **not met**, **unknown**. Refining never reverses: whoever
narrows what is known may turn unknown into met or not met, never met into not met.

A variable that goes stale has two companions: `igg` is unknown once the last value is too old, `igg_last` is the last
value however old, and `igg_last_months` its age. Test `igg` for what must hold now, and `igg_last` for what once
abnormal stays so until it is repeated.

Every row below is a test that all readings of a criterion must pass: the one that explains a single person, the program
that is compiled for millions, and the expression for tables.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(section(table) for table in tables())


def section(table: Table) -> str:
    """One truth table as Markdown."""
    title = f"`{table.title}`" if table.title.islower() else table.title
    rows = [_row(case) for case in table.cases]
    return "\n".join(
        [f"\n## {title}\n", table.text, "", "| criterion | known | verdict | |", "|---|---|---|---|", *rows, ""]
    )


def _row(case: dict[str, Any]) -> str:
    verdict, note = case["then"].replace("-", " "), case.get("note", "")
    return f"| `{_criterion(case['if'])}` | {_given(case['given'])} | {verdict} | {note} |"


def _criterion(node: dict[str, Any]) -> str:
    for branch in ("all", "any"):
        if branch in node:
            return f"{branch}: [{', '.join(_criterion(part) for part in node[branch])}]"
    if "not" in node:
        return f"not: {{{_criterion(node['not'])}}}"
    operator = next(name for name in node if name != "variable")
    return f"{node['variable']} {operator}: {_plain(node[operator])}"


def _given(given: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in given.items())


def _value(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and value and isinstance(value[0], str):
        return " or ".join(value)
    if isinstance(value, list):
        low, high = value
        return f"at most {high}" if low is None else f"at least {low}" if high is None else f"{low} to {high}"
    return str(value)


def _plain(operand: Any) -> str:
    if isinstance(operand, bool):
        return str(operand).lower()
    return f"[{', '.join(operand)}]" if isinstance(operand, list) else str(operand)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
