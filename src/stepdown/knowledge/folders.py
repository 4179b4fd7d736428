"""The folders of the library, and what kind of document stands in each."""

from __future__ import annotations

from stepdown.knowledge.limits import Limit
from stepdown.knowledge.logwords import Reason, Role
from stepdown.knowledge.plans import Rescue, Step, Trigger, Watch
from stepdown.knowledge.preferences import Unknown, Weight
from stepdown.knowledge.quantities import Arm, Belief, Contrast
from stepdown.knowledge.schema import (
    CodeList,
    Document,
    Domain,
    Flag,
    Guideline,
    Instrument,
    Parameter,
    RuleDocument,
    Score,
    Therapy,
    TherapyClass,
    Variable,
)
from stepdown.knowledge.sources import Source

FOLDERS: dict[str, type[Document]] = {
    "variables": Variable,
    "domains": Domain,
    "evidence": Source,
    "classes": TherapyClass,
    "therapies": Therapy,
    "rules": RuleDocument,
    "guidelines": Guideline,
    "flags": Flag,
    "scores": Score,
    "codes": CodeList,
    "instruments": Instrument,
    "definitions": Parameter,
    "arms": Arm,
    "contrasts": Contrast,
    "parameters": Belief,
    "limits": Limit,
    "unknowns": Unknown,
    "weights": Weight,
    "steps": Step,
    "watches": Watch,
    "triggers": Trigger,
    "rescues": Rescue,
    "reasons": Reason,
    "roles": Role,
}
