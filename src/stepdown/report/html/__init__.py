"""The assessment as one page: no network, no script, one file that can be mailed, printed and kept.

Written with a small builder that escapes every text instead of a template language: the page has no author but this
package, and a text can only become markup through `markup.h`.
"""

from __future__ import annotations

from pathlib import Path

from stepdown.report.charts.palette import dark_rules
from stepdown.report.fill import fill
from stepdown.report.html.answer import head, recommendation
from stepdown.report.html.markup import Child, Element, h
from stepdown.report.html.numbers import options, over_time, pictures, preferences, spread
from stepdown.report.html.parts import Page
from stepdown.report.html.rest import changes, foot, guidelines, information, plan, sources
from stepdown.report.parts import Data
from stepdown.report.risks import emergency, frame
from stepdown.report.words import Words

STYLE = Path(__file__).parent / "page.css"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def html(assessment: Data, words: Words) -> str:
    """An assessment as a page of HTML; in an emergency nothing is weighed that would draw the eye from it."""
    filled = fill(assessment, words)
    page = Page(filled, words, frame(filled))
    calm = not emergency(filled)
    content: list[Child] = [head(page), recommendation(page)]
    if calm:
        content += [options(page), pictures(page), over_time(page), spread(page)]
    content.append(information(page))
    if calm:
        content += [changes(page), preferences(page), guidelines(page), plan(page)]
    content += [sources(page), foot(page)]
    style = STYLE.read_text(encoding="utf-8").replace("/* charts on a dark ground */", dark_rules())
    top = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", http_equiv="Content-Security-Policy", content=POLICY),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="referrer", content="no-referrer"),
        h("title", page.tell("title", person=filled["person"])),
        h("style", Element(style)),
    )
    return f"<!doctype html>\n{h('html', top, h('body', h('main', content)), lang=words.language)}\n"


__all__ = ["html"]
