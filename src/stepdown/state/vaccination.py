"""Vaccinations: which are on record, and how long ago."""

from __future__ import annotations

from stepdown.state.answers import Answers
from stepdown.state.coded import category_bits, has
from stepdown.state.events import Events
from stepdown.state.spans import covers_life, explain_with, months_since, rows_of, span_sources

CATEGORIES = ("influenza", "pneumococcal", "zoster", "live")
MONTHS = {"months_since_influenza_vaccine": "influenza", "months_since_live_vaccine": "live"}
ON_RECORD = {"pneumococcal_vaccine": "pneumococcal", "zoster_vaccine": "zoster"}


def derive(events: Events) -> Answers:
    """One row a person: months since influenza and live vaccines; pneumococcal and zoster on record."""
    answers, rows = Answers(events), rows_of(events, "vaccination")
    bits = category_bits(events, "vaccination", "vaccine", "vaccines", CATEGORIES)
    known = {category: has(bits, CATEGORIES, category) for category in CATEGORIES}
    for name, category in MONTHS.items():
        given = known[category]
        bounds = months_since(events, rows, "vaccination", rows.happened & given, given)
        answers.number(name, *bounds, category)
    whole_life = covers_life(events, "vaccination")
    for name, category in ON_RECORD.items():
        given = known[category]
        answers.truth(name, rows.any(rows.happened & given), whole_life & ~rows.any(given), category)
    if events.explain:
        spans = span_sources(events, "vaccination")
        for category, given in known.items():
            answers.source(category, *explain_with(events, rows, given))
            answers.source(category, *spans)
    return answers
