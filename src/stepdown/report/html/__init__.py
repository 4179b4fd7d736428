"""The assessment as one page: no network, no script, one file that can be mailed, printed and kept.

Written with a small builder that escapes every text instead of a template language: the page has no author but this
package, and a text can only become markup through `markup.h`.
"""

from __future__ import annotations

from stepdown.report.fill import fill
from stepdown.report.html.answer import head, recommendation
from stepdown.report.html.document import document
from stepdown.report.html.markup import Child
from stepdown.report.html.numbers import options, over_time, pictures, preferences, spread
from stepdown.report.html.parts import Page
from stepdown.report.html.rest import changes, foot, guidelines, information, plan, sources
from stepdown.report.parts import Data
from stepdown.report.risks import emergency, frame
from stepdown.report.words import Words


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
    return document(page.tell("title", person=filled["person"]), words.language, content)


__all__ = ["html"]
