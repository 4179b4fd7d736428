"""Lists of people whom somebody should look at, the most pressing first; a person may be on several."""

from __future__ import annotations

import polars as pl

from stepdown.knowledge.library import Library

LESS = ("extend-interval", "reduce-dose", "switch-lower", "discontinue")
"""Kinds of options that step down."""
_WAITS = ("blocked", "dose-waits")
_UNJUDGED = ("find-out", "find-out-before-next-dose", "treatment-unknown", "treatment-unknown-urgent")
LISTS = ("emergency", "risk", "less", "waits", "unjudged")
"""Names of the lists, in the order in which they are worked off."""


def lists(library: Library) -> dict[str, pl.Expr]:
    """For each of `LISTS` who is on it, over the columns of `rows.rows`.

    `emergency`: a flag that cannot wait. `risk`: no emergency, but going on as now is barred or not advised, the next
    dose has to be withheld, a review is asked for, or a flag is a reason to step down. `less`: an option that steps
    down is advised. `waits`: something has to be settled before. `unjudged`: the record does not hold what it takes.
    """
    reason = pl.col("recommendation.reason")
    emergency = pl.col("emergency")
    reasons = "|".join(sorted(flag.id for flag in library.flags.values() if flag.action == "reason"))
    harmed = pl.col("flags").str.contains(rf"(^|\|)({reasons})(\||$)") if reasons else pl.lit(False)
    risk = (
        pl.col("recommendation.review").is_not_null()
        | (pl.col("recommendation.next_dose") == "withhold")
        | pl.col("stance.continue").is_in(["barred", "not-advised"])
        | harmed
    )
    who = {
        "emergency": emergency,
        "risk": ~emergency & risk.fill_null(False),
        "less": pl.col("recommendation.kind").is_in(LESS),
        "waits": reason.is_in(_WAITS),
        "unjudged": reason.is_in(_UNJUDGED),
    }
    return {name: (mine & (reason != "died")).fill_null(False).alias(name) for name, mine in who.items()}
