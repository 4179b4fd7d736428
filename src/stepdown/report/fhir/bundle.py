"""An assessment with its plan as one FHIR R4 Bundle (collection)."""

from __future__ import annotations

from typing import Any

import orjson

from stepdown.report.fhir.care_plan import care_plan
from stepdown.report.fhir.guidance import guidance
from stepdown.report.fhir.parts import Papers
from stepdown.report.fhir.risk import flags, risks
from stepdown.report.fill import fill
from stepdown.report.words import Words


def to_fhir(data: dict[str, Any], words: Words) -> bytes:
    """An assessment as UTF-8 JSON: the same bytes for the same assessment.

    GuidanceResponse (the advice), DetectedIssues (flags), RiskAssessments (one an option) and, where there is a plan,
    a CarePlan with Goals and ServiceRequests. The person stands in it by id alone. All references lead to entries.
    """
    papers = Papers(fill(data, words), words)
    flags(papers)
    risks(papers)
    guidance(papers, care_plan(papers))
    url = papers.url("bundle")
    bundle = {
        "resourceType": "Bundle",
        "id": url.rpartition(":")[2],
        "meta": {"tag": [papers.tag]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": url},
        "type": "collection",
        "timestamp": f"{papers.on}T00:00:00Z",
        "entry": papers.entries,
    }
    return orjson.dumps(bundle, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
