"""How often the advice was followed: over all, by kind of advice, and by criterion met or not met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from stepdown.knowledge.logwords import OUTCOMES
from stepdown.log.body import Decision

Z_95 = 1.959963984540054
"""Quantile of the normal distribution for a 95% interval."""


@dataclass(frozen=True)
class Share:
    """A share of `n` with its 95% interval by Wilson (J Am Stat Assoc 1927;22:209-12); all 0 to 1."""

    count: int
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Rate:
    """What became of the advice in some entries.

    Attributes:
        group: `all`, `kind` or `criterion`.
        of: kind of the advice, or `guideline/criterion`.
        verdict: of the criterion.
        n: entries.
        followed: the option that was advised.
        varied: another option of the kind that was advised.
        overridden: another kind.
        named: entries that name the criterion as the reason.
    """

    group: str
    of: str
    verdict: str
    n: int
    followed: Share
    varied: Share
    overridden: Share
    named: int = 0


def wilson(count: int, n: int) -> Share:
    """A share with its Wilson interval."""
    share, square = count / n, Z_95**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z_95 / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return Share(count, n, share, max(0.0, middle - half), min(1.0, middle + half))


def rates(decisions: Iterable[Decision]) -> list[Rate]:
    """The rates, over all first, then by kind, then by criterion; a guideline counts where it applied or may apply."""
    tallies: dict[tuple[str, str, str], Counter[str]] = {}
    for one in decisions:
        named = {reason.partition(":")[2] for reason in one.reasons}
        for group, of, verdict in _groups(one):
            tally = tallies.setdefault((group, of, verdict), Counter())
            tally[one.decided.outcome] += 1
            tally["named"] += group == "criterion" and of in named
    order = sorted(tallies, key=lambda key: (("all", "kind", "criterion").index(key[0]), key[1], key[2]))
    return [_rate(key, tallies[key]) for key in order]


def _groups(decision: Decision) -> Iterable[tuple[str, str, str]]:
    yield "all", "", ""
    yield "kind", decision.advised.kind, ""
    for guideline in decision.guidelines:
        if guideline.applies != "not-met":
            for verdict in ("met", "not_met", "unknown"):
                for criterion in getattr(guideline, verdict):
                    yield "criterion", f"{guideline.id}/{criterion}", verdict.replace("_", "-")


def _rate(key: tuple[str, str, str], tally: Counter[str]) -> Rate:
    n = sum(tally[outcome] for outcome in OUTCOMES)
    followed, varied, overridden = (wilson(tally[outcome], n) for outcome in OUTCOMES)
    return Rate(*key, n, followed, varied, overridden, named=tally["named"])
