"""What goes with a drug, as `knowledge show` prints it."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from stepdown.knowledge.library import load
from stepdown.report.knowledge import show_document


def printed(name: str) -> str:
    out = StringIO()
    show_document(load(), name, Console(file=out, width=200))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "therapies/siponimod",
            [
                "Contraception\n  us (United States) after last dose: 10 days\n    Until ten days after the last dose.",
                "[label-us-siponimod]",
                "does: hold; when lymphocytes below 0.2 10*9/L",
                "  hu (Hungary, from the class) stance: contraindicated",
                "Leaving\n    rebound: label-warning\n",
                "assumption: ",
            ],
        ),
        ("classes/alemtuzumab", ["every: 1 month; until after last dose: 48 months", "Returns\n  Not known: When"]),
        ("guidelines/kknms-2022", ["silent: It says when low IgG is no reason to act"]),
    ],
)
def test_it_is_told_key_by_key_with_its_figures_and_grounds(name: str, lines: list[str]) -> None:
    text = "\n".join(line.rstrip() for line in printed(name).splitlines())
    for line in lines:
        assert line in text, line
