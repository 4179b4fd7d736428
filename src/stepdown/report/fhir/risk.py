"""The predicted risks of every option as RiskAssessments, and the flags as DetectedIssues.

`qualitativeRisk` says how likely an outcome is, not how sure one is of it: "low" there would be read as a low risk.
So the certainty of the evidence stands in `rationale`, in the sentence with the number.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from stepdown.report.fhir.parts import UCUM, Papers, Resource, clean, concept, local, narrative
from stepdown.report.frequency import HUNDRED, count, others
from stepdown.report.parts import Data
from stepdown.state.calendar import add_months, day_number

SEVERITY = {"emergency": "high", "blocks": "moderate", "reason": "moderate", "inform": "low"}


def risks(papers: Papers) -> None:
    """One RiskAssessment for each option that has numbers, or reasons why it has none."""
    for option in papers.filled["options"]:
        predictions = [*_numbers(option, papers), *_none(option, papers)]
        if predictions:
            title = papers.words.tell("fhir.risks", option=option["id"])
            known = papers.filled["knowledge"]
            method = papers.words.tell("fhir.method", version=known["version"], draws=papers.filled["draws"])
            content = {
                "text": narrative([title, *(f"{one['outcome']['text']}: {one['rationale']}" for one in predictions)]),
                "status": "preliminary",
                "method": concept(method),
                "code": concept(title, local("options", option["id"])),
                "subject": papers.person,
                "occurrenceDateTime": papers.on,
                "performer": papers.device,
                "prediction": predictions,
            }
            papers.add("RiskAssessment", f"risk:{option['id']}", content)


def _numbers(option: Data, papers: Papers) -> list[Resource]:
    """The outcomes with a number: a range in percent, and mean, certainty and sources in words."""
    found = []
    for outcome, horizons in (option["risk"] or {}).items():
        for years, risk in horizons.items():
            if risk is None:
                continue
            rationale = papers.words.tell(
                "fhir.rationale",
                certainty=papers.words.tell(f"fhir.certainty.{risk['certainty']}"),
                sources=risk["evidence"],
                with_it=count(risk["mean"], HUNDRED),
                without=others(count(risk["mean"], HUNDRED), HUNDRED),
                **{name: f"{_percent(risk[name])}" for name in ("mean", "low", "high")},
            )
            span = {"low": _percentage(risk["low"]), "high": _percentage(risk["high"])}
            told = {"probabilityRange": span, "rationale": rationale}
            found.append(_prediction(outcome, float(years), papers) | told)
    return found


def _none(option: Data, papers: Papers) -> list[Resource]:
    """The outcomes without a number, each with the reason: not measured is not zero."""
    return [
        _prediction(one["outcome"], one["years"], papers)
        | {"rationale": clean(papers.words.tell("fhir.no-number", why=one["says"]["text"]))}
        for one in option.get("no_number") or ()
    ]


def _prediction(outcome: str, years: float, papers: Papers) -> Resource:
    """What is predicted, and the time it may happen in."""
    title = papers.words.tell("fhir.outcome", outcome=outcome, years=years)
    on = date.fromisoformat(papers.on)
    start = np.array([day_number(on)])
    days = int(add_months(start, np.array([round(years * 12)]))[0] - start[0])
    period = {"start": papers.on, "end": (on + timedelta(days=days)).isoformat()}
    return {"outcome": concept(title, local("outcomes", outcome)), "whenPeriod": period}


def _percentage(share: float) -> Resource:
    return {"value": _percent(share), "unit": "%", "system": UCUM, "code": "%"}


def _percent(share: float) -> float:
    """A share of 0 to 1 in percent with one decimal."""
    return round(share * HUNDRED, 1)


def flags(papers: Papers) -> None:
    """Every flag as a DetectedIssue, an emergency with high severity; what to do about it is the mitigation."""
    for flag in papers.filled["flags"]:
        said, do = flag["says"]["text"], flag["do"]["text"]
        content = {
            "text": narrative([said, do]),
            "status": "preliminary",
            "code": concept(papers.words.tell(f"flags/{flag['id']}.title"), local("flags", flag["id"])),
            "severity": SEVERITY[flag["action"]],
            "patient": papers.person,
            "identifiedDateTime": papers.on,
            "author": papers.device,
            "evidence": [{"code": [{"coding": [local("evidence", name)]} for name in flag["evidence"]]}],
            "detail": clean(said),
            "mitigation": [{"action": concept(do), "author": papers.device}],
        }
        papers.add("DetectedIssue", f"flag:{flag['id']}", content)
