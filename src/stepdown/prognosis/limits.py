"""Where there is no number: the limits of the evidence, held against people, options and horizons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stepdown.criteria.program import NOT_MET, UNKNOWN
from stepdown.guideline.verdicts import Verdicts
from stepdown.knowledge.library import Library
from stepdown.knowledge.limits import Limit
from stepdown.prognosis.change import Step
from stepdown.prognosis.forecast import OUTCOMES, Change

GENERAL = ("", "no-number.no-parameter", "no-number.unmeasured", "no-number.emergency")


def reasons(library: Library) -> tuple[str, ...]:
    """Keys of the sentences that say why there is no number, by code."""
    return (*GENERAL, *(f"limits/{name}.says" for name in library.limits))


def uncounted(library: Library) -> frozenset[int]:
    """Codes of the limits that leave an outcome out of a comparison."""
    return frozenset(len(GENERAL) + number for number, limit in enumerate(library.limits.values()) if limit.uncounted)


def reach(
    options: Sequence[Change],
    steps: Sequence[Step],
    class_: str,
    therapy: str,
    horizons: Sequence[float],
    library: Library,
) -> npt.NDArray[np.bool_]:
    """Which risks of people on a drug each limit speaks of, shape (limits, options, outcomes, horizons)."""
    found = np.zeros((len(library.limits), len(options), len(OUTCOMES), len(horizons)), bool)
    for number, limit in enumerate(library.limits.values()):
        far = np.asarray(horizons) > (limit.beyond_years or 0.0)
        meant = np.array([not limit.outcomes or outcome in limit.outcomes for outcome in OUTCOMES])
        for place, (option, step) in enumerate(zip(options, steps, strict=True)):
            if _speaks(limit, option, step, class_, therapy):
                found[number, place] = meant[:, None] & far
    return found


def held(verdicts: Verdicts, reached: npt.NDArray[np.bool_], library: Library) -> npt.NDArray[np.int16]:
    """Codes of the first limit that holds, shape (people, options, outcomes, horizons); 0 where none does."""
    found = np.zeros((verdicts.people, *reached.shape[1:]), np.int16)
    for number, limit in reversed(list(enumerate(library.limits.values()))):
        here = np.flatnonzero(_who(limit, verdicts)) if reached[number].any() else np.zeros(0, np.intp)
        if here.size:
            found[here] = np.where(reached[number], len(GENERAL) + number, found[here])
    return found


def _who(limit: Limit, verdicts: Verdicts) -> npt.NDArray[np.bool_]:
    """For whom a limit holds; where it is not known, it holds unless the document says otherwise."""
    if limit.if_ is None:
        return np.ones(verdicts.people, bool)
    codes = verdicts[f"limits/{limit.id}"]
    found: npt.NDArray[np.bool_] = (codes != NOT_MET) & ((codes != UNKNOWN) | (limit.unknown == "holds"))
    return found


def _speaks(limit: Limit, option: Change, step: Step, class_: str, therapy: str) -> bool:
    """Whether a limit speaks of an option; an empty selector lets everything through."""
    pairs = (
        (limit.kinds, option.kind),
        (limit.from_class, class_),
        (limit.from_therapy, therapy),
        (limit.to_class, step.goal),
        (limit.to_therapy, option.therapy),
    )
    return all(not wanted or value in wanted for wanted, value in pairs)
