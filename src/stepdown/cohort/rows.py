"""One row a person: state, guidelines, stances, recommendation, flags and what to find out, as plain columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from stepdown.assess import HORIZONS
from stepdown.assessment import Evaluation
from stepdown.cohort.ask import Held, to_find_out
from stepdown.criteria.layout import layout
from stepdown.criteria.program import MET, NOT_MET, Codes
from stepdown.criteria.values import decode
from stepdown.decision.compare import Comparison
from stepdown.decision.stances import NOT_OPEN, STANCES
from stepdown.guideline.points import scored
from stepdown.guideline.verdicts import CONCLUSIONS, UNDETERMINED, applies
from stepdown.knowledge.schema import OPTION_KINDS
from stepdown.prognosis.chance import Floats
from stepdown.prognosis.forecast import OUTCOMES
from stepdown.state.state import State

Mask = npt.NDArray[np.bool_]
SEPARATOR = "|"
"""Between several words in one cell."""
_TRUTHS = ("not-met", "unknown", "met")
_FLAG_ORDER = ("emergency", "blocks", "reason", "inform")
_RECOMMENDATION = ("kind", "option", "review", "next_dose", "until", "reason")
_NUMBERS = {"net_benefit": "mean", "share_ranked_first": "share", "probability_better": "positive"}
"""Columns of the numbers of the recommended option, and where a comparison holds them."""


def rows(evaluation: Evaluation) -> pl.DataFrame:
    """The answer for N people as a table, one row a person in the order of their ids.

    Returns:
        `person_id`, `on`; `recommendation.*`, `flags`, `emergency`, `stance.<kind>`, `guideline.<id>` (conclusion) with
        `.applies` and `.find_out`, `find_out`; `score.<id>.applies`, `.low` and `.high`; `number.*`, null without
        risks; then the state, as `state_columns`. Words in one cell are parted by `|`.
    """
    state = evaluation.state
    columns = [state.people.alias("person_id"), pl.Series("on", [state.on]).new_from_index(0, state.people.len())]
    columns += _recommendation(evaluation)
    columns += _flags(evaluation)
    columns += _stances(evaluation)
    columns += _guidelines(evaluation)
    columns += _scores(evaluation)
    columns += _numbers(evaluation)
    return pl.DataFrame([*columns, *state_columns(state)])


def conclusion_rows(held: Held, names: Sequence[str]) -> pl.DataFrame:
    """Conclusions of guidelines and points of scores alone, with some variables of the state, one row a person."""
    state = held.state
    columns = [state.people.alias("person_id"), pl.Series("on", [state.on]).new_from_index(0, state.people.len())]
    return pl.DataFrame([*columns, *_guidelines(held), *_scores(held), *state_columns(state, names)])


def state_columns(state: State, names: Sequence[str] | None = None) -> list[pl.Series]:
    """The state with words for what is possible: `<variable>` for a category, null where nothing is ruled out.

    Numbers have `<variable>.low` and `<variable>.high` (null is unbounded), truths `<variable>.truth`.

    Args:
        state: of N people.
        names: the variables that are asked for; all of them when it is None.
    """
    library, found = state.events.library, []
    place, frame = layout(library), state.frame if names is None else state.table(names)
    for column in frame.get_columns()[1:]:
        name, _, ending = column.name.rpartition(".")
        if ending == "set":
            values, everything = library.values(name), int(place.everything[place.sets[name]])
            bits = column.unique()
            words = [
                None if one == everything else SEPARATOR.join(sorted(decode(one, values))) for one in bits.to_list()
            ]
            column = column.replace_strict(bits, pl.Series(words, dtype=pl.String), return_dtype=pl.String)
            column = column.cast(pl.String).alias(name)  # of nobody, nothing was replaced
        found.append(column)
    return found


def _recommendation(evaluation: Evaluation) -> list[pl.Series]:
    given = evaluation.decisions.columns
    found = [
        pl.Series(f"recommendation.{name}", given[name].tolist(), dtype=pl.Date if name == "until" else pl.String)
        for name in _RECOMMENDATION
    ]
    for name in ("strength", "disagreement"):
        cells = given[name].tolist() if evaluation.asked is not None else [None] * len(given[name])
        found.append(pl.Series(f"recommendation.{name}", cells, dtype=pl.String))
    return found


def _flags(evaluation: Evaluation) -> list[pl.Series]:
    library, verdicts = evaluation.state.events.library, evaluation.verdicts
    order = sorted(library.flags.values(), key=lambda flag: (_FLAG_ORDER.index(flag.action), flag.id))
    met = {flag.id: verdicts[f"flags/{flag.id}"] == MET for flag in order}
    urgent = np.zeros(verdicts.people, dtype=bool)
    for flag in order:
        if flag.action == "emergency":
            urgent |= met[flag.id]
    return [words("flags", met, verdicts.people), pl.Series("emergency", urgent)]


def _stances(evaluation: Evaluation) -> list[pl.Series]:
    """The best stance of each kind of option; null where a person has no option of the kind."""
    size = evaluation.state.people.len()
    best = {kind: np.full(size, NOT_OPEN, dtype=np.int8) for kind in OPTION_KINDS}
    for group in evaluation.decisions.groups:
        for place, option in enumerate(group.options):
            mine = best[option.kind]
            mine[group.rows] = np.maximum(mine[group.rows], group.stances[:, place])
    return [_named(f"stance.{kind}", codes, STANCES) for kind, codes in best.items()]


def _guidelines(held: Held) -> list[pl.Series]:
    size, found = held.state.people.len(), []
    asked: dict[str, Mask] = {}
    waiting = to_find_out(held)
    for guideline, concluded, open_ in zip(held.guidelines, held.conclusions, waiting, strict=True):
        on, key = applies(held.verdicts, guideline), f"guideline.{guideline.id}"
        said = np.where(on == NOT_MET, UNDETERMINED, concluded).astype(np.int8)
        found += [_named(key, said, CONCLUSIONS), _named(f"{key}.applies", on, _TRUTHS)]
        found.append(words(f"{key}.find_out", open_, size))
        for name, who in open_.items():
            asked[name] = asked[name] | who if name in asked else who
    return [*found, words("find_out", dict(sorted(asked.items())), size)]


def _scores(held: Held) -> list[pl.Series]:
    """Whether each score may be shown, and its points; null where it may not."""
    found = []
    for score in held.state.events.library.scores.values():
        one = scored(score, held.verdicts)
        found.append(_named(f"score.{score.id}.applies", one.applies, _TRUTHS))
        found += [pl.Series(f"score.{score.id}.{end}", getattr(one, end), nan_to_null=True) for end in ("low", "high")]
    return found


def _numbers(evaluation: Evaluation) -> list[pl.Series]:
    """What the numbers say of the recommended option, and the risks of going on as now; null without risks."""
    size, chosen = evaluation.state.people.len(), evaluation.decisions.columns["option"]
    horizons = evaluation.asked.forecaster.horizons if evaluation.asked is not None else HORIZONS
    risks = [f"{outcome}.{years:g}y" for outcome in OUTCOMES for years in horizons]
    names = [*_NUMBERS, *(f"risk.{name}" for name in risks), *(f"risk_going_on.{name}" for name in risks)]
    found = np.full((size, len(names)), np.nan)
    for group in evaluation.decisions.groups:
        if group.comparison is not None:
            for place, option in enumerate(group.options):
                here = np.flatnonzero(chosen[group.rows] == option.id)
                found[group.rows[here]] = _numbers_of(group.comparison, here, place, len(names))
    draws = evaluation.asked.forecaster.draws if evaluation.asked is not None else None
    return [
        *(pl.Series(f"number.{name}", found[:, at], nan_to_null=True) for at, name in enumerate(names)),
        pl.Series("number.draws", [draws], dtype=pl.Int64).new_from_index(0, size),
    ]


def _numbers_of(comparison: Comparison, people: npt.NDArray[np.intp], option: int, width: int) -> Floats:
    """The numbers of one option for some people on one drug, shape (people, width)."""
    plain = np.stack([getattr(comparison, attribute)[people, option] for attribute in _NUMBERS.values()], axis=1)
    if comparison.risk is None:
        return np.pad(plain, ((0, 0), (0, width - plain.shape[1])), constant_values=np.nan)
    each = (width - plain.shape[1]) // 2
    both = [comparison.risk[people, which].reshape(people.size, each) for which in (option, comparison.reference)]
    return np.concatenate([plain, *both], axis=1)


def _named(name: str, codes: Codes, names: tuple[str, ...]) -> pl.Series:
    """The names that codes stand for; a negative code stands for none."""
    lookup = pl.Series(names, dtype=pl.String)
    places = pl.Series(codes.astype(np.int64))
    return lookup.gather(places.set(places < 0, None)).alias(name)


def words(name: str, who: Mapping[str, Mask], size: int) -> pl.Series:
    """For each person the words whose mask holds them, parted by `|`; null where none does."""
    here = {word: mask for word, mask in who.items() if mask.any()}
    if not here:
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, size)
    said = [pl.when(pl.col(word)).then(pl.lit(word)) for word in here]
    joined = pl.concat_str(said, separator=SEPARATOR, ignore_nulls=True)
    return pl.DataFrame(here).select(pl.when(joined != "").then(joined).alias(name)).to_series()
