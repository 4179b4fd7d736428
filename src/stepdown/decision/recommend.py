"""What is recommended to N people on one drug, from stances, guidelines and flags, and from numbers if there are any.

The order of the questions is the order of CLINIC.md: danger, then whether the disease is quiet, then whether the
facts are known, then what the guidelines ask for; carrying on is never the answer that is left over in danger. Numbers
choose among what guidelines support and is open; they never open anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.criteria.program import Codes
from stepdown.decision.compare import Comparison, by_kind
from stepdown.decision.heard import Signals
from stepdown.decision.options import Option
from stepdown.decision.stances import BARRED, HELD, REASONABLE, Advice, Danger, Mask
from stepdown.decision.strength import LEANING, graded
from stepdown.knowledge.library import Library

ORDER = ("extend-interval", "reduce-dose", "switch-lower", "switch-lateral", "discontinue")
"""Where guidelines support several kinds and there are no numbers, the one that changes least and can be taken back
soonest comes first."""

NO_OPTION = -1
DOSES = ("give", "delay-until", "withhold", "do-not-interrupt", "none")
REVIEWS = (None, "step-up", "urgent")


@dataclass
class Recommendation:
    """A recommendation for each of N people.

    Attributes:
        reason: key of the sentence, `recommendation.<reason>`.
        option: position among the options of the drug, NO_OPTION where to hold.
        hold: whether the strength is `hold`.
        review: position in `REVIEWS`.
        next_dose: one of `DOSES`.
    """

    reason: npt.NDArray[np.object_]
    option: npt.NDArray[np.int64]
    hold: Mask
    review: npt.NDArray[np.int64]
    next_dose: npt.NDArray[np.object_]


def recommend(
    options: Sequence[Option],
    stances: npt.NDArray[np.int8],
    views: dict[str, Advice],
    threat: Danger,
    asked: Signals,
    library: Library,
    comparison: Comparison | None = None,
) -> Recommendation:
    """Recommend to people who are on one drug.

    Args:
        options: the K options of that drug.
        stances: codes into `STANCES`, shape (people, K).
        views: what the guidelines say of each option kind.
        threat: emergencies and blocked kinds.
        asked: what else the flags ask for.
        library: the documents.
        comparison: what the numbers say, where there are any.
    """
    size = stances.shape[0]
    reason = np.full(size, "", dtype=object)
    chosen = np.full(size, NO_OPTION, dtype=np.int64)
    held = np.zeros(size, dtype=bool)
    left = np.ones(size, dtype=bool)

    def settle(where: Mask, key: str, option: npt.NDArray[np.int64] | None = None) -> None:
        """Answer for those who have no answer yet; without an option they are told to hold."""
        now = left & where
        reason[now] = key
        if option is None:
            held[now] = True
        else:
            chosen[now] = option[now]
        left[now] = False

    settle(threat.emergency, "emergency")
    settle(asked.out_of_scope, "out-of-scope")
    settle(asked.urgent & asked.step_up, "activity-urgent")
    settle(asked.urgent, "urgent")
    settle(asked.step_up, "activity-on-treatment")
    watch, stay = _first(options, stances, ("observe",)), _first(options, stances, ("observe", "continue"))
    bearable = (stay != NO_OPTION) & (_level(stances, stay) >= REASONABLE)
    best = {kind: _best(options, stances, kind, comparison) for kind in ORDER}
    supported, blocked = _supported(best, stances, views, threat)
    chosen_kind = _leading(options, best, supported, comparison, library)
    for kind in ORDER:
        settle(supported[kind] & (chosen_kind == kind), f"guideline-{kind}", best[kind])
    settle(blocked, "blocked")
    # a drug that must neither go on nor simply stop leaves only the covered exit
    cornered = asked.uninterrupted & (_level(stances, _first(options, stances, ("continue",))) == BARRED)
    lateral = best["switch-lateral"]
    settle(cornered & (_level(stances, lateral) >= REASONABLE), "leave-switch-lateral", lateral)
    settle(cornered, "covered-exit")
    undecided = np.zeros(size, dtype=bool)
    for kind in ORDER:
        undecided |= views[kind].open_question & (_level(stances, best[kind]) == HELD)
    settle(undecided, "find-out")
    settle(bearable & asked.withhold, "dose-waits")
    watching = (watch != NO_OPTION) & (stay == watch)
    settle(bearable & watching, "observe", watch)
    settle(bearable & (watch != NO_OPTION), "next-course", stay)
    spoken_for = np.any([views[kind].candidate for kind in ORDER], axis=0)
    settle(bearable & spoken_for, "carry-on-by-rules", stay)
    settle(bearable, "carry-on", stay)
    for kind in ORDER:
        settle(_level(stances, best[kind]) >= REASONABLE, f"leave-{kind}", best[kind])
    settle(_level(stances, stay) == HELD, "find-out-before-next-dose")
    settle(np.ones(size, dtype=bool), "nothing-open")
    review = np.where(asked.urgent | cornered | (reason == "nothing-open"), 2, np.where(asked.step_up, 1, 0))
    going_on = _level(stances, _first(options, stances, ("continue",)))
    doses = _next_dose(options, chosen, reason, asked, going_on)
    return Recommendation(reason, chosen, held, review, doses)


def _supported(
    best: dict[str, npt.NDArray[np.int64]], stances: npt.NDArray[np.int8], views: dict[str, Advice], threat: Danger
) -> tuple[dict[str, Mask], Mask]:
    """For which kinds a guideline says candidate and an option is open, in order; and who waits for a flag first.

    A kind that has to wait keeps those after it in the order from being reached.
    """
    size = stances.shape[0]
    reached, blocked, found = np.ones(size, dtype=bool), np.zeros(size, dtype=bool), {}
    for kind in ORDER:
        level = _level(stances, best[kind])
        found[kind] = reached & views[kind].candidate & (level >= REASONABLE)
        waits = reached & views[kind].candidate & (level == HELD) & threat.blocked.get(kind, np.zeros(size, dtype=bool))
        blocked |= waits
        reached &= ~waits
    return found, blocked


def _leading(
    options: Sequence[Option],
    best: dict[str, npt.NDArray[np.int64]],
    supported: dict[str, Mask],
    comparison: Comparison | None,
    library: Library,
) -> npt.NDArray[np.object_]:
    """Which of the supported kinds is chosen: the first in order, unless the numbers lean towards another.

    Where one of them was not ranked the order stays: a kind is not passed over for want of a number.
    """
    open_ = np.stack([supported[kind] for kind in ORDER], axis=1)
    score = open_.astype(np.float64)
    if comparison is not None:
        shares, nothing = by_kind(options, comparison.share), np.full(open_.shape[0], np.nan)
        found = np.stack([shares.get(kind, nothing) for kind in ORDER], axis=1)
        ranked = (np.isfinite(found) | ~open_).all(axis=1)
        for number, kind in enumerate(ORDER):
            leans = graded(found[:, number], best[kind], comparison, library) >= LEANING
            score[:, number] += ranked & open_[:, number] & leans
    names: npt.NDArray[np.object_] = np.array(ORDER, dtype=object)
    return np.asarray(names[np.argmax(score, axis=1)], dtype=object)


def _best(
    options: Sequence[Option], stances: npt.NDArray[np.int8], kind: str, comparison: Comparison | None
) -> npt.NDArray[np.int64]:
    """The best-standing option of a kind, for each person; of those alike that with the best expected net benefit."""
    if comparison is None:
        return _first(options, stances, (kind,))
    columns = np.array([number for number, option in enumerate(options) if option.kind == kind], dtype=np.int64)
    if not columns.size:
        return np.full(stances.shape[0], NO_OPTION, dtype=np.int64)
    level = np.minimum(stances[:, columns], REASONABLE)
    alike = level == level.max(axis=1, keepdims=True)
    value = np.where(comparison.ranked[:, columns], comparison.mean[:, columns], -np.inf)
    score = np.where(alike, np.maximum(value, np.finfo(np.float64).min), -np.inf)
    best: npt.NDArray[np.int64] = columns[np.argmax(score, axis=1)]
    return best


def _first(options: Sequence[Option], stances: npt.NDArray[np.int8], kinds: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """The first of the best-standing options of some kinds, for each person; favoured is no better than reasonable."""
    columns = [number for number, option in enumerate(options) if option.kind in kinds]
    if not columns:
        return np.full(stances.shape[0], NO_OPTION, dtype=np.int64)
    level = np.minimum(stances[:, columns], REASONABLE)
    best: npt.NDArray[np.int64] = np.asarray(columns, dtype=np.int64)[np.argmax(level, axis=1)]
    return best


def _level(stances: npt.NDArray[np.int8], option: npt.NDArray[np.int64]) -> Codes:
    """The stance of the option named for each person; below all where there is none."""
    found = stances[np.arange(option.size), np.maximum(option, 0)]
    found[option == NO_OPTION] = -1
    return found


def _next_dose(
    options: Sequence[Option],
    chosen: npt.NDArray[np.int64],
    reason: npt.NDArray[np.object_],
    asked: Signals,
    going_on: Codes,
) -> npt.NDArray[np.object_]:
    """What becomes of the next dose while the recommendation is talked over.

    It is not given where the drug does not stand as reasonable, whatever is found out or chosen meanwhile; after a
    course therapy there is none to withhold.
    """
    by_kind = {"extend-interval": "delay-until", "discontinue": "none", "observe": "none"}
    planned = np.array([by_kind.get(option.kind, "give") for option in options], dtype=object)
    dose = np.where(chosen == NO_OPTION, "give", planned[np.maximum(chosen, 0)])
    in_courses = any(option.kind == "observe" for option in options)
    finished = (going_on == HELD) & in_courses & (reason != "find-out-before-next-dose")
    dose = np.where((dose == "give") & finished, "none", dose)
    dose = np.where((dose == "give") & (going_on < REASONABLE), "withhold", dose)
    dose = np.where(asked.uninterrupted, "do-not-interrupt", dose)
    dose = np.where(asked.withhold, "withhold", dose)
    return np.where(reason == "out-of-scope", "do-not-interrupt", dose)
