"""A whole document: no network, no script, its style within."""

from __future__ import annotations

from pathlib import Path

from stepdown.report.charts.palette import dark_rules
from stepdown.report.html.markup import Child, Element, h

_HERE = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def document(title: str, language: str, content: Child, *styles: str) -> str:
    """A page with its style and content; `styles` names more sheets of style beside the common one."""
    sheets = [(_HERE / f"{name}.css").read_text(encoding="utf-8") for name in ("page", *styles)]
    style = "".join(sheets).replace("/* charts on a dark ground */", dark_rules())
    top = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", http_equiv="Content-Security-Policy", content=POLICY),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="referrer", content="no-referrer"),
        h("title", title),
        h("style", Element(style)),
    )
    return f"<!doctype html>\n{h('html', top, h('body', h('main', content)), lang=language)}\n"
