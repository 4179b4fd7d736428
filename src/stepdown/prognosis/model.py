"""The models of the four outcomes, made ready for some draws: those of the fit, for a new setting.

The spread between studies is drawn once an outcome and shared by all options of a person; the spread of effects is
drawn afresh for each kind of change. Both are keyed by seed and name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stepdown.errors import InputError
from stepdown.evidence.draws import SHIPPED, Posterior, load
from stepdown.evidence.inputs import Inputs, Prior
from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats, normal
from stepdown.prognosis.forecast import OUTCOMES

if TYPE_CHECKING:
    from stepdown.prognosis.drug import Drug

MAX_DRAWS = 10_000
"""The joint draws that are shipped."""
MAX_YEARS = 50.0


@dataclass(frozen=True, eq=False)
class Model:
    """One outcome in some draws.

    Attributes:
        outcome: its name.
        inputs: the numbers that were fitted.
        columns: parameters by name, shape (draws,).
        setting: how a new setting departs from the mean of all (logarithm of a ratio), shape (draws,).
        seed: of the random numbers.
        times: kept time courses, by what they depend on.
        noises: kept heterogeneity of effects, by name.
        reads: kept modifiers, by class of drug.
    """

    outcome: str
    inputs: Inputs
    columns: dict[str, Floats]
    setting: Floats
    seed: int
    times: dict[object, Floats]
    noises: dict[str, Floats] = field(default_factory=dict)
    reads: dict[str, tuple[Prior, ...]] = field(default_factory=dict)

    def modifiers(self, class_: str) -> tuple[Prior, ...]:
        """What is read of a person on a class of drug; a modifier that names classes acts on people on those alone."""
        if class_ not in self.reads:
            read = (p for p in self.inputs.priors if p.kind in ("modifier", "between") and p.variable is not None)
            self.reads[class_] = tuple(p for p in read if p.name.partition(":")[2] in ("", class_))
        return self.reads[class_]

    def fresh(self, name: str) -> Floats:
        """Heterogeneity of one effect in a new setting (logarithm of a ratio), shape (draws,)."""
        if name not in self.noises:
            key = f"effect:{self.outcome}:{name}"
            self.noises[name] = self.columns["tau-effect"] * normal(self.seed, key, self.size)
        return self.noises[name]

    @property
    def size(self) -> int:
        """Number of draws."""
        return len(self.setting)


@dataclass(frozen=True)
class Models:
    """The models by outcome.

    Attributes:
        by_outcome: those that there are.
        refused: why an outcome has none.
        drugs: what is kept of each drug, see `drug.drug_of`.
    """

    by_outcome: dict[str, Model]
    refused: dict[str, InputError]
    drugs: dict[object, Drug] = field(default_factory=dict)


def models(library: Library, draws: int, seed: int) -> Models:
    """The models of all outcomes, made on first use and kept with the library.

    Raises:
        InputError: a number of draws that cannot be given.
    """
    if not 1 <= draws <= MAX_DRAWS:
        raise InputError(f"{draws} draws cannot be given", "--draws", f"give 1 to {MAX_DRAWS:,}")
    if seed < 0:
        raise InputError(f"the seed {seed} is negative", "--seed", "give 0 or more")
    kept: dict[tuple[int, int], Models] = library.cache.setdefault("models", {})
    if (draws, seed) not in kept:
        if len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[draws, seed] = _models(library, draws, seed)
    return kept[draws, seed]


KEPT = 4
"""Models of so many numbers of draws and seeds are kept at a time."""


def _models(library: Library, draws: int, seed: int) -> Models:
    found, refused = {}, {}
    for outcome in OUTCOMES:
        try:
            found[outcome] = _model(_posterior(library, outcome), outcome, draws, seed)
        except InputError as error:
            refused[outcome] = error
    return Models(found, refused)


def _posterior(library: Library, outcome: str) -> Posterior:
    """The draws of an outcome: of the last folder laid over that ships its own, else those of the package."""
    kept: dict[str, Posterior] = library.cache.setdefault("posteriors", {})
    if outcome not in kept:
        folders = [Path(one.path) / "draws" for one in reversed(library.overlays)]
        own = (folder for folder in folders if (folder / f"{outcome}.parquet").is_file())
        kept[outcome] = load(library, outcome, next(own, SHIPPED))
    return kept[outcome]


def _model(posterior: Posterior, outcome: str, draws: int, seed: int) -> Model:
    size = len(posterior.columns["tau"])
    chosen = np.random.default_rng([seed, OUTCOMES.index(outcome)]).permutation(size)[:draws]
    columns = {name: np.ascontiguousarray(values[chosen]) for name, values in posterior.columns.items()}
    setting = columns["tau"] * normal(seed, f"setting:{outcome}", draws)
    return Model(outcome, posterior.inputs, columns, setting, seed, {})
