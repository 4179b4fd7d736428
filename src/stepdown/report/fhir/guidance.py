"""The answer itself as a GuidanceResponse: what was advised and why, and what has to be found out first."""

from __future__ import annotations

from stepdown import __version__
from stepdown.report.fhir.parts import Papers, Resource, clean, concept, local, notes, standard
from stepdown.report.parts import Data


def guidance(papers: Papers, plan: Resource | None) -> None:
    """The GuidanceResponse; its result is the CarePlan where there is one."""
    filled, words = papers.filled, papers.words
    told = filled["recommendation"]
    emergencies = [flag for flag in filled["flags"] if flag["action"] == "emergency"]
    lines = [f"{flag['says']['text']} {words.tell('label.do')} {flag['do']['text']}" for flag in emergencies]
    lines.append(told["says"]["text"])
    lines.append(words.tell("fhir.next-dose", what=_next_dose(told, papers)))
    lines += [one["says"]["text"] for one in filled["information"]]
    content = {
        "requestIdentifier": {"system": "urn:stepdown:assessment", "value": papers.url("guidance")},
        "identifier": [{"system": "urn:stepdown:assessment", "value": f"{filled['person']}:{filled['on']}"}],
        "moduleUri": f"urn:stepdown:assess:{__version__}",
        "status": status(filled),
        "subject": papers.person,
        "occurrenceDateTime": papers.on,
        "performer": papers.device,
        "reasonCode": [_reason(one) for one in told["because"]],
        "note": notes([*lines, *(one["text"] for one in filled["limits"]), words.tell("label.foot")]),
        "outputParameters": _answer(papers),
        "result": plan,
        "dataRequirement": [_wanted(one, papers) for one in filled["information"]],
    }
    papers.add("GuidanceResponse", "guidance", content)


def status(filled: Data) -> str:
    """`data-required` where the advice hangs on facts, `data-requested` where more would help, else `success`."""
    if any(one["decisive"] for one in filled["information"]) and filled["recommendation"]["strength"] == "hold":
        return "data-required"
    return "data-requested" if filled["information"] else "success"


def _answer(papers: Papers) -> Resource:
    """The advice in codes, as Parameters: kind, option, strength, review, next dose, and the days it names."""
    filled, told = papers.filled, papers.filled["recommendation"]
    coded = {name: told[name] for name in ("kind", "strength", "review")} | {"next-dose": told["next_dose"]}
    dated = {"until": told["until"], "eligible-from": filled["eligible_from"], "in-force": filled["in_force"]}
    parameters = [
        *({"name": name, "valueCode": value} for name, value in coded.items() if value),
        *([{"name": "option", "valueString": told["option"]}] if told["option"] else []),
        *({"name": name, "valueDate": value} for name, value in dated.items() if value),
    ]
    return papers.add("Parameters", "answer", {"parameter": parameters})


def _next_dose(told: Data, papers: Papers) -> str:
    dose = "delay" if told["next_dose"] == "delay-until" and told["until"] is None else told["next_dose"]
    return papers.words.tell(f"next-dose.{dose}", until=told["until"])


def _reason(one: Data) -> Resource:
    """A reason with its sources; what was asked for and not found is told as not met."""
    found = [local("verdicts", one["verdict"]), *(local("evidence", name) for name in one["evidence"])]
    return concept(one["says"]["text"], *found)


def _wanted(one: Data, papers: Papers) -> Resource:
    """What to send: an Observation by the standard codes of the library, and by ours, which the reader understands."""
    variable, library = one["variable"], papers.words.library
    entries = {**library.codes["labs"].entries, **library.codes["measures"].entries}
    known = entries.get(variable.replace("_", "-"))
    ours = local("variables" if variable in library.variables else "codes", variable, clean(one["says"]["text"]))
    codes = [*(standard(known.codes) if known else []), ours]
    return {"type": "Observation", "subjectReference": papers.person, "codeFilter": [{"path": "code", "code": codes}]}
