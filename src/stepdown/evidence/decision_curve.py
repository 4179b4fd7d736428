"""Decision curves: what stepping down by a model is worth, against doing it for all and for none.

The event is what stepping down is feared for (activity, say, within some years of it). A strategy steps a person down
when their predicted risk lies below a threshold, and keeps on treatment who reaches it. The threshold is the risk at
which both weigh the same, so at threshold t one event in someone stepped down weighs as much as (1 - t) / t people
spared their treatment without an event:

    net benefit of stepping down = TN / n - FN / n * (1 - t) / t

where TN are those stepped down without the event and FN those stepped down who had it: net people spared treatment, per
person. Stepping nobody down is 0. It is the mirror of the net benefit of Vickers and Elkin (doi:10.1177/
0272989X06295361), TP / n - FP / n * t / (1 - t) of keeping on treatment those at risk: what that gains over keeping
all on, times (1 - t) / t, known as the net reduction in interventions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl

from stepdown.errors import InputError
from stepdown.knowledge.library import Library

Floats = npt.NDArray[np.float64]

ALL, NONE, MODEL, SCORE = "all", "none", "model", "score"
SCORE_RISK = "score_risk"
HEAD = "give columns id, outcome, predicted and, where there is one, score_risk"


@dataclass(frozen=True, eq=False)
class Curves:
    """Net benefit of stepping down by threshold, a row a strategy.

    Attributes:
        n: people.
        events: of them with the event.
        thresholds: risks at which stepping down and carrying on weigh the same, shape (T,).
        strategies: `all`, `none`, `model`, and `score` where there is one.
        stepped_down: share of people stepped down, shape (strategies, T).
        net_benefit: shape (strategies, T).
        low: of its 95% interval by the chance of who was in the cohort (normal), shape (strategies, T).
        high: of the same.
    """

    n: int
    events: int
    thresholds: Floats
    strategies: tuple[str, ...]
    stepped_down: Floats
    net_benefit: Floats
    low: Floats
    high: Floats


def thresholds(library: Library) -> Floats:
    """The risks over which a curve is drawn, in steps of one in a hundred."""
    low, high = cast("tuple[float, float]", library.definitions["decision-curve-thresholds"].value)
    return np.arange(round(low * 100), round(high * 100) + 1) / 100


def decision_curves(outcome: Floats, predicted: Floats, thresholds: Floats, score: Floats | None = None) -> Curves:
    """Net benefit of stepping down by the model, by a score, for all and for none.

    Args:
        outcome: 1 where the event happened and 0 where not, shape (n,).
        predicted: probability of the event by the model, shape (n,).
        thresholds: shape (T,), between 0 and 1, both excluded.
        score: probability of the event by a score, shape (n,); NaN where it does not apply, who carries on.

    Raises:
        InputError: nobody, arrays of unlike lengths, or values that are no outcomes, probabilities or thresholds.
    """
    _check(outcome, predicted, thresholds, score)
    n = len(outcome)
    risks = {ALL: np.full(n, -np.inf), NONE: np.full(n, np.inf), MODEL: predicted}
    if score is not None:
        risks[SCORE] = np.where(np.isnan(score), np.inf, score)
    without = np.stack([_below(risk[outcome == 0], thresholds) for risk in risks.values()]) / n
    with_event = np.stack([_below(risk[outcome == 1], thresholds) for risk in risks.values()]) / n
    odds = (1 - thresholds) / thresholds
    benefit = without - with_event * odds
    # Each person adds 1, minus the odds, or 0: the mean and the variance of that.
    half = 1.96 * np.sqrt(np.maximum(without + with_event * odds**2 - benefit**2, 0.0) / n)
    return Curves(
        n, int(outcome.sum()), thresholds, tuple(risks), without + with_event, benefit, benefit - half, benefit + half
    )


def _below(risk: Floats, thresholds: Floats) -> Floats:
    """How many risks lie below each threshold."""
    return np.searchsorted(np.sort(risk), thresholds, side="left").astype(float)


def _check(outcome: Floats, predicted: Floats, thresholds: Floats, score: Floats | None) -> None:
    given = {"outcome": outcome, "predicted": predicted} | ({} if score is None else {SCORE: score})
    if len(outcome) == 0 or any(len(values) != len(outcome) for values in given.values()):
        raise InputError("there is nobody, or columns differ in length", "decision curve", "give a row a person")
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise InputError("outcome is not 0 or 1", "decision curve", "1 where the event happened")
    for name, values in given.items():
        told = values if name != SCORE else values[~np.isnan(values)]
        if not ((told >= 0) & (told <= 1)).all():
            raise InputError(f"{name} is no probability", "decision curve", "give numbers from 0 to 1")
    if not ((thresholds > 0) & (thresholds < 1)).all():
        raise InputError("a threshold is not between 0 and 1", "decision curve", "give risks such as 0.02 to 0.5")


def read(path: Path) -> Mapping[str, Floats]:
    """Read a CSV of people: `id`, `outcome` (0 or 1), `predicted`, and `score_risk` (by a score) where there is one.

    Returns:
        The columns as arrays; an empty risk by the score is NaN.

    Raises:
        InputError: no such file, a column that is missing or unknown, or a value that cannot be.
    """
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or 'no such file'})", str(path), "check the path") from None
    except pl.exceptions.PolarsError:
        raise InputError("is not a CSV table", str(path), HEAD) from None
    columns = ("id", "outcome", "predicted")
    missing = [name for name in columns if name not in frame.columns]
    unknown = [name for name in frame.columns if name not in (*columns, SCORE_RISK)]
    if missing or unknown:
        fault = f"lacks the column {missing[0]!r}" if missing else f"has an unknown column {unknown[0]!r}"
        raise InputError(fault, str(path), HEAD)
    if frame.is_empty():
        raise InputError("has no people", str(path), "give a row a person")
    twice = frame["id"].is_duplicated() & ~frame["id"].is_first_distinct()
    if twice.any():
        raise InputError("gives an id for the second time", f"{path}:{int(twice.arg_true()[0]) + 2}", "keep one row")
    return {name: _numbers(frame[name], name, path) for name in frame.columns if name != "id"}


def _numbers(column: pl.Series, name: str, path: Path) -> Floats:
    """One column as numbers; the row that is none is named."""
    found = column.str.strip_chars().cast(pl.Float64, strict=False)
    blank = column.is_null() | (column.str.strip_chars() == "")
    low, high = (0.0, 1.0)
    wrong = ~blank & (found.is_null() | ~found.is_between(low, high))
    if name == "outcome":
        wrong = wrong | (~blank & ~found.is_in([low, high]))
    if name != SCORE_RISK:
        wrong = wrong | blank
    if wrong.any():
        row = int(wrong.arg_true()[0])
        said = column[row] or "nothing"
        kind = "0 or 1" if name == "outcome" else "a probability from 0 to 1"
        raise InputError(f"{name} is {said[:40]!r}", f"{path}:{row + 2}", f"give {kind}")
    return found.to_numpy().astype(float)
