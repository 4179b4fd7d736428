"""A plan written by hand: a yearly dose of ocrelizumab for the made-up person, and a stop that is not advised."""

from __future__ import annotations

import copy
from typing import Any

from stepdown.knowledge.library import load
from stepdown.report.words import Words
from tests.report import made_up
from tests.report.made_up import Told, text

PROSE = {
    "rules/plan-igg.says": "IgG, IgA and IgM every six months, and before each infusion",
    "rules/plan-dose.says": "The next infusion a year after the last one; commas, semicolons; and\na new line.",
    "rules/check-hbv.says": "HBsAg and anti-HBc.",
    "rules/check-infection.says": "No infection now.",
}


class PlanWords(made_up.MadeUpWords):
    """English words over the shipped library, the made-up prose and the prose above."""

    def _library_prose(self, key: str) -> str | None:
        return PROSE.get(key) or super()._library_prose(key)


def words(language: str = "en") -> Words:
    """The words that the plans need."""
    return PlanWords(load(), language)


def step(identifier: str, phase: str, what: str, who: str, **more: Any) -> Told:
    told: Told = {
        "id": f"steps/{identifier}",
        "phase": phase,
        "what": what,
        "says": text(f"steps/{identifier}.says"),
        "who": who,
    }
    told |= {"from": None, "to": None, "status": "open", "seen": [], "where": None, "if_not": None}
    return told | {"evidence": ["mri-cmsc"], "assumption": True} | more


def window(first: str, due: str, last: str) -> Told:
    return {"from": first, "due": due, "to": last}


def watch(identifier: str, what: str, by: str, who: str, says: str, *windows: Told, **more: Any) -> Told:
    told: Told = {
        "id": f"watches/{identifier}",
        "what": what,
        "by": by,
        "says": text(says),
        "who": who,
        "windows": list(windows),
    }
    return told | {"until": None, "done_when": [], "where": None, "evidence": [], "assumption": True} | more


def trigger(identifier: str, topic: str, urgency: str, *rescue: Told, step_up: bool = False) -> Told:
    told: Told = {
        "id": f"triggers/{identifier}",
        "topic": topic,
        "urgency": urgency,
        "says": text(f"triggers/{identifier}.says"),
    }
    told |= {"do": text(f"triggers/{identifier}.do"), "rescue": list(rescue), "step_up": step_up}
    return told | {"evidence": [], "assumption": True}


RESCUE: Told = {
    "therapy": "ocrelizumab",
    "says": text("rescues/same-anti-cd20.says"),
    "check_first": [text("rules/check-hbv.says"), text("rules/check-infection.says")],
    "works_after": text("rescues/same-anti-cd20.works_after"),
}


def plan(**changed: Any) -> Told:
    """A yearly dose instead of one every six months."""
    told: Told = {
        "option": "extend-interval:ocrelizumab:52w", "kind": "extend-interval", "from": "ocrelizumab",
        "to": "ocrelizumab", "decided_on": "2026-03-01", "safety_plan": False, "why_not": [],
        "transition": [
            step("scan-before-change", "before", "mri", "radiology", status="done", seen=["chart.yaml:mri[0]"],
                 to="2026-09-14", if_not=text("steps/scan-before-change.if_not")),
            step("immunoglobulins-before", "before", "igg", "laboratory", status="overdue", to="2026-02-20"),
            step("hepatitis-b-before", "before", "hepatitis-b-serology", "laboratory", status="unknown"),
            step("plan-dose", "first-dose", "premedication", "ms-nurse", says=text("rules/plan-dose.says"),
                 **{"from": "2026-09-14"}, to="2026-09-28", where="eu"),
            step("cancel-appointments", "stop-doing", "appointments", "ms-nurse", to="2026-03-14"),
            step("tell-the-family-doctor", "after", "letter", "neurologist", status="not-needed"),
            step("looks-like-a-relapse", "after", "pseudo-relapse", "family-doctor", **{"from": "2026-03-01"}),
        ],
        "monitoring": [
            watch("scan-after-change", "mri", "mri", "radiology", "watches/scan-after-change.says",
                  window("2026-06-01", "2026-08-01", "2026-09-01"), window("2027-02-01", "2027-03-01", "2027-04-01"),
                  window("2028-02-01", "2028-03-01", "2028-04-01"), until="2031-03-01", evidence=["aan-2018"]),
            watch("igg-watch", "igg", "blood", "laboratory", "rules/plan-igg.says",
                  window("2026-08-15", "2026-09-01", "2026-09-14"), done_when=["igg"]),
            watch("visit-after-change", "visit", "clinic", "neurologist", "watches/visit-after-change.says",
                  window("2026-05-15", "2026-06-01", "2026-06-15")),
            watch("calls", "call", "question", "person", "watches/calls-after-s1p.says"),
        ],
        "triggers": [
            trigger("relapse", "relapse", "days", RESCUE, step_up=True),
            trigger("serious-infection", "infection", "today"),
            trigger("new-lesions", "new-lesions", "two-weeks", RESCUE, step_up=True),
            trigger("wants-to-go-back", "wish", "two-weeks", RESCUE),
        ],
    }  # fmt: skip
    return copy.deepcopy(told | changed)


def stopping(**changed: Any) -> Told:
    """A stop that is not advised: the reason first, and a safety plan for who does it anyway."""
    told = plan(option="discontinue:ocrelizumab", kind="discontinue", to=None, safety_plan=True)
    told["why_not"] = [text("rules/rebound.says")]
    return told | changed


def assessment(with_plan: Told | None = None, **changed: Any) -> Told:
    """The made-up assessment with its plan."""
    return made_up.assessment(plan=plan() if with_plan is None else with_plan, **changed)


def estimated(mean: float, low: float, high: float, certainty: str = "low", *evidence: str) -> Told:
    """One risk as the assessment gives it."""
    return {"mean": mean, "low": low, "high": high, "unit": "1", "versus_continue": None, "certainty": certainty,
            "evidence": list(evidence) or ["discoms-2023"]}  # fmt: skip


def with_risks(told: Told) -> Told:
    """The same assessment with numbers for carrying on and for the longer interval."""
    for option, shift in zip(told["options"], (1.0, 1.6), strict=False):
        option["risk"] = {
            "relapse": {"2": estimated(0.044 * shift, 0.02 * shift, 0.09 * shift), "5": None},
            "serious-infection": {"2": estimated(0.03 / shift, 0.01, 0.08, "moderate"), "5": None},
        }
        option["no_number"] = [{"outcome": "relapse", "years": 5.0, "says": text("limits/after-anti-cd20.says")}]
    return told
