"""An assessment written by hand, so that the reports can be tested apart from the rooms before them."""

from __future__ import annotations

import copy
from typing import Any

from stepdown.knowledge.library import Library, load
from stepdown.report.words import Words

Told = dict[str, Any]

PROSE = {
    "flags/low-igg-infection.title": "Low IgG with infection",
    "flags/pml.title": "Suspected PML",
    "flags/low-igg-infection.says": "IgG is low and there was a serious infection.",
    "flags/low-igg-infection.do": "Refer to immunology and ask about replacement before the next dose.",
    "flags/pml.says": "A new symptom on this drug: PML is suspected until it is excluded.",
    "flags/pml.do": "No dose, no switch and no steroid until MRI with diffusion and CSF JC-virus PCR are back.",
    "guidelines/panel.title": "Panel view on quiet disease",
    "guidelines/panel/quiet.why": "No relapse and no MRI activity for five years",
    "guidelines/panel/age.why": "At least 55 years old",
    "guidelines/panel/infections.why": "Serious infections under treatment",
    "guidelines/trial.title": "Entry criteria of a trial",
    "guidelines/trial/cord.why": "A spinal cord MRI in the last two years",
    "rules/no-evidence.says": "No study has looked at stopping after quiet years on this drug.",
    "rules/rebound.says": "Stopping may be followed by rebound.",
    "scores/points.title": "A score",
    "scores/points.why": "Valid for interferon only.",
}
"""Prose that a library would hold."""


class MadeUpWords(Words):
    """English words over the shipped library and the prose above."""

    def _library_prose(self, key: str) -> str | None:
        return PROSE.get(key) or super()._library_prose(key)


def words(language: str = "en") -> Words:
    """The words that the made-up assessment needs."""
    return MadeUpWords(load(), language)


def text(key: str, **arguments: Any) -> Told:
    return {"key": key, "args": arguments}


def number(low: float | None, high: float | None = None, unit: str = "a", *sources: str) -> Told:
    return {"kind": "number", "low": low, "high": high, "unit": unit, "from": list(sources)}


def exactly(value: float, unit: str = "a", *sources: str) -> Told:
    return number(value, value, unit, *sources)


def category(*values: str) -> Told:
    return {"kind": "category", "values": list(values), "from": []}


def unknown(name: str, library: Library) -> Told:
    """What the state says of a variable of which nothing is known."""
    variable = library.variables[name]
    if variable.kind == "number":
        return number(None, None, variable.unit or "1")
    if variable.kind == "category":
        return category(*library.values(name))
    return {"kind": "truth", "truth": None, "from": []}


KNOWN = {
    "age": exactly(59.97, "a", "Patient/A1"),
    "sex": category("female"),
    "course": category("rrms"),
    "disease_duration": number(22.2, 23.2),
    "therapy": category("ocrelizumab"),
    "time_on_therapy": exactly(7.99),
    "months_since_last_dose": exactly(5.5, "mo"),
    "weeks_to_next_dose": exactly(13 / 7, "wk"),
    "years_since_relapse": number(8.3, None, "a", "chart.yaml:relapses[1]"),
    "years_since_mri_activity": number(7.3, None),
    "edss": exactly(3.5, "1"),
    "igg": exactly(4.9, "g/L", "Observation/7"),
}


def finding(criterion: str, role: str, verdict: str, *variables: str) -> Told:
    guideline = "trial" if criterion == "cord" else "panel"
    return {
        "criterion": criterion, "role": role, "verdict": verdict,
        "says": text(f"guidelines/{guideline}/{criterion}.why"), "from": ["Observation/7"],
        "variables": list(variables), "evidence": ["made-up-2025"], "assumption": False,
    }  # fmt: skip


def rule(name: str, effect: str, **more: Any) -> Told:
    told = {"rule": f"rules/{name}", "effect": effect, "verdict": "met", "says": text(f"rules/{name}.says")}
    return told | {"from": [], "ask": [], "evidence": [], "assumption": True} | more


def option(identifier: str, stance: str, **lists: list[Told]) -> Told:
    kind, therapy, *amount = identifier.split(":")
    weeks = float(amount[0][:-1]) if amount and amount[0].endswith("w") else None
    told: Told = {"id": identifier, "kind": kind, "therapy": therapy, "interval_weeks": weeks, "dose_mg": None}
    told |= {"stance": stance, "bars": [], "cautions": [], "checks": [], "with": []}
    return (
        told
        | dict.fromkeys(("risk", "burden", "net_benefit", "share_ranked_first"))
        | {
            "no_number": [],
            "curves": {},
            "decomposition": {},
        }
        | lists
    )


def flag(name: str, action: str, *blocks: str) -> Told:
    return {
        "id": name, "topic": "infection", "action": action, "blocks": list(blocks),
        "says": text(f"flags/{name}.says"), "do": text(f"flags/{name}.do"), "from": ["Condition/3"],
        "variables": ["igg"], "evidence": [], "assumption": True,
    }  # fmt: skip


def reason(key: str, speaks_for: bool) -> Told:
    return {
        "says": text(key), "verdict": "met", "for": speaks_for, "from": [], "evidence": [], "assumption": True,
    }  # fmt: skip


def assessment(**changed: Any) -> Told:
    """The assessment of a woman of 59, quiet for years on ocrelizumab; `changed` replaces top-level parts."""
    library = load()
    told: Told = {
        "schema": "1", "person": "A1", "on": "2026-03-01", "in_force": "2026-11-01",
        "knowledge": {"version": "2026.11", "digest": "sha256:" + "0" * 64, "overlays": []},
        "state": {name: KNOWN.get(name) or unknown(name, library) for name in library.variables},
        "scores": {"points": {"applies": "not-met", "why": text("scores/points.why"), "low": None, "high": None,
                              "group": None, "risk": None}},
        "guidelines": [
            {"id": "panel", "kind": "panel", "question": "de-escalate", "applies": "met", "conclusion": "candidate",
             "findings": [finding("quiet", "requires", "met", "years_since_relapse"),
                          finding("age", "favours", "met", "age"),
                          finding("infections", "excludes", "not-met", "igg")], "to_find_out": []},
            {"id": "trial", "kind": "trial-population", "question": "discontinue", "applies": "met",
             "conclusion": "undetermined", "to_find_out": ["months_since_cord_mri"],
             "findings": [finding("cord", "requires", "unknown", "months_since_cord_mri")]},
        ],
        "flags": [flag("low-igg-infection", "reason")],
        "options": [
            option("continue:ocrelizumab", "reasonable", cautions=[rule("no-evidence", "caution")]),
            option("extend-interval:ocrelizumab:52w", "reasonable"),
            option("switch-lower:teriflunomide", "undetermined", checks=[rule("no-evidence", "check")]),
            option("switch-lower:glatiramer", "undetermined", checks=[rule("no-evidence", "check")]),
            option("discontinue:ocrelizumab", "not-advised", bars=[rule("rebound", "not-advised")]),
        ],
        "recommendation": {
            "kind": "extend-interval", "option": "extend-interval:ocrelizumab:52w", "strength": None, "review": None,
            "next_dose": "delay-until", "until": "2026-09-14",
            "says": text("recommendation.guideline-extend-interval", present="ocrelizumab", therapy="ocrelizumab",
                         interval_weeks=52.0, dose_mg=None),
            "because": [reason("guidelines/panel/quiet.why", True), reason("rules/rebound.says", False)],
        },
        "information": [{"variable": "months_since_cord_mri", "decisive": True, "value": None, "for": ["trial"],
                         "says": text("information.decisive", variable=text("variables/months_since_cord_mri.title"),
                                      count=1)}],
        "comparison": None, "scenarios": [], "tipping_points": [], "eligible_from": None, "plan": None,
        "problems": [{"source": "chart.yaml:labs[2]", "says": text("problem.unknown-word", kind="test", word="foo")}],
        "limits": [text("limit.no-numbers")], "draws": 2000, "seed": 0,
    }  # fmt: skip
    return copy.deepcopy(told | changed)


def emergency() -> Told:
    """The same person with a suspected PML: nothing but hold."""
    told = assessment(flags=[flag("pml", "emergency"), flag("low-igg-infection", "blocks", "discontinue")])
    told["recommendation"] |= {
        "kind": "hold-pending", "option": None, "strength": "hold", "review": "urgent", "next_dose": "withhold",
        "until": None, "says": text("recommendation.emergency", present="natalizumab", therapy=None,
                                    interval_weeks=None, dose_mg=None),
    }  # fmt: skip
    return told
