"""What the library says, as arrays: medians of the draws by class of drug, and how people differ.

Nothing is typed here. Rates and effects are the medians of the joint draws of the prognosis, without the spread between
settings; how age, EDSS, IgG and the others are distributed is read from the unknowns; the rest from the definitions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stepdown.evidence.inputs import Prior
from stepdown.knowledge.library import Library
from stepdown.prognosis.chance import Floats, cut_normal, cut_poisson
from stepdown.prognosis.change import SWITCHES, Step, effects, known, shape
from stepdown.prognosis.forecast import OUTCOMES
from stepdown.prognosis.model import MAX_DRAWS, Model, models
from stepdown.prognosis.person import unknown

Small = npt.NDArray[np.float32]
STOP, LONGER = "discontinue", "extend-interval"
SHARE = "synthetic-share-"
WEEK_IN_MONTHS = 12 * 7 / 365.25


@dataclass(frozen=True, eq=False)
class Rates:
    """The library as the simulator reads it; C classes, D drugs, O outcomes.

    Attributes:
        library: the documents.
        classes, drugs, shares: ids, and how often people come on each drug.
        class_of: class of each drug, shape (D,).
        strong: whether a class is of high efficacy, shape (C,).
        weeks: usual interval where a drug is given in the clinic, else 0, shape (D,).
        dose: usual dose, NaN where it goes by weight, shape (D,).
        level: logarithm of the rate a year on each class, shape (O, C).
        switch: logarithm of the hazard ratio of each change of class, shape (O, C, C); NaN where nothing is known.
        stop, longer: the same for stopping and for a longer interval, shape (O, C).
        stretch: longer against usual interval, shape (C,).
        lag, ramp: months of the time course of leaving, shape (O, D).
        peak, decay: of the rebound, shape (O, D); 0 where there is none.
        modifiers: by outcome what acts on the rate, with its coefficient and its class (-1 for all).
        cap: by outcome, the most that the modifiers together add.
    """

    library: Library
    classes: tuple[str, ...]
    drugs: tuple[str, ...]
    shares: Floats
    class_of: npt.NDArray[np.int64]
    strong: npt.NDArray[np.bool_]
    weeks: Floats
    dose: Floats
    level: Small
    switch: Small
    stop: Small
    longer: Small
    stretch: Floats
    lag: Small
    ramp: Small
    peak: Small
    decay: Small
    modifiers: tuple[tuple[tuple[Prior, float, int], ...], ...]
    cap: tuple[float, ...]

    def numbers(self, name: str) -> tuple[float, ...]:
        """A definition of the simulator that is several numbers."""
        value = self.library.definitions[f"synthetic-{name}"].value
        return value if isinstance(value, tuple) else (float(value),)

    def number(self, name: str) -> float:
        """A definition of the simulator that is one number."""
        return self.library.number(f"synthetic-{name}")

    def pick(self, weights: npt.ArrayLike, u: Floats) -> npt.NDArray[np.int64]:
        """Places drawn by their weights."""
        total = np.cumsum(np.asarray(weights, float))
        return np.minimum(np.searchsorted(total / total[-1], u, side="right"), len(total) - 1)

    def draw(self, variable: str, class_: npt.NDArray[np.int64], u: Floats) -> Floats:
        """A number of people on each class of drug, drawn as the unknowns of the library say; a share gives 0 or 1.

        Class -1 stands for people of whom no drug says anything.
        """
        found = np.empty(u.size)
        for place in np.unique(class_):
            mine = class_ == place
            document = unknown(self.library, variable, self.classes[place] if place >= 0 else "")
            assert document is not None
            assert document.center is not None
            low = np.array([[-np.inf if document.at_least is None else document.at_least]])
            high = np.array([[np.inf if document.at_most is None else document.at_most]])
            if document.distribution == "share":
                found[mine] = u[mine] < document.center
            elif document.distribution == "poisson":
                found[mine] = cut_poisson(document.center, np.maximum(low, 0.0), high, u[mine])[0]
            elif document.distribution == "log-normal":
                assert document.spread is not None
                logs = cut_normal(np.log(document.center), document.spread, low, np.log(high), u[mine])
                found[mine] = np.exp(logs[0])
            else:
                assert document.spread is not None
                found[mine] = cut_normal(document.center, document.spread, low, high, u[mine])[0]
        return found

    def choose(self, variable: str, values: tuple[str, ...], class_: npt.NDArray[np.int64], u: Floats
               ) -> npt.NDArray[np.int64]:  # fmt: skip
        """Place in `values` of a category, drawn as the unknowns of the library say."""
        found = np.zeros(u.size, np.int64)
        for place, name in enumerate(self.classes):
            mine = class_ == place
            document = unknown(self.library, variable, name)
            assert document is not None
            found[mine] = self.pick([document.shares.get(value, 0.0) for value in values], u[mine])
        return found


def rates(library: Library) -> Rates:
    """Read the library; raises what the prognosis raises where the draws do not fit it."""
    drugs = tuple(sorted(name.removeprefix(SHARE) for name in library.definitions if name.startswith(SHARE)))
    of = [library.therapies[drug].class_ for drug in drugs]
    classes = tuple(sorted(set(of)))
    found = models(library, MAX_DRAWS, 0)
    for refusal in found.refused.values():
        raise refusal
    each = [found.by_outcome[outcome] for outcome in OUTCOMES]
    clinic = [next((r for r in library.therapies[drug].regimens), None) for drug in drugs]
    infusions = [
        one.interval_weeks if one and one.setting == "clinic" and one.interval_weeks else 0.0 for one in clinic
    ]
    table = np.full((len(each), len(classes), len(classes) + 2), np.nan, np.float32)
    for number, model in enumerate(each):
        for place, origin in enumerate(classes):
            table[number, place] = _effects(model, origin, classes, library)
    lag, ramp, peak, decay = (
        np.array([[_shape(model, name, class_, drug) for drug, class_ in zip(drugs, of, strict=True)]
                  for model in each], np.float32) for name in ("lag", "ramp", "peak", "decay")
    )  # fmt: skip
    ratio = {name.removeprefix("studied-interval-ratio-"): library.number(name)
             for name in library.definitions if name.startswith("studied-interval-ratio-")}  # fmt: skip
    return Rates(
        library, classes, drugs,
        np.array([library.number(SHARE + drug) for drug in drugs]),
        np.array([classes.index(one) for one in of]),
        np.array([library.classes[name].efficacy == "high" for name in classes]),
        np.array(infusions),
        np.array([one.dose_mg if one and one.dose_mg else np.nan for one in clinic]),
        np.array([[_median(model.columns[f"baseline:{name}"]) for name in classes] for model in each], np.float32),
        table[:, :, : len(classes)], table[:, :, -2], table[:, :, -1],
        np.array([ratio.get(name, 1.0) for name in classes]),
        lag, ramp, peak, decay,
        tuple(_modifiers(model, classes) for model in each),
        tuple(_median(model.columns["cap"]) if "cap" in model.columns else np.inf for model in each),
    )  # fmt: skip


def _median(values: Floats) -> float:
    return float(np.median(values))


def _shape(model: Model, name: str, class_: str, drug: str) -> float:
    there = f"{name}:{class_}" in model.columns
    return _median(shape(model, name, class_, drug)) if there else 0.0


def _modifiers(model: Model, classes: tuple[str, ...]) -> tuple[tuple[Prior, float, int], ...]:
    found = {prior.name: prior for name in classes for prior in model.modifiers(name)}
    of = {name: classes.index(name.partition(":")[2]) if ":" in name else -1 for name in found}
    return tuple((prior, _median(model.columns[name]), of[name]) for name, prior in found.items())


def _effects(model: Model, origin: str, classes: tuple[str, ...], library: Library) -> Floats:
    """Logarithms of the hazard ratios of going to each class, of stopping, and of a longer interval."""
    milder = {library.therapies[drug].class_ for drug in library.classes[origin].step_down_to}
    lower, lateral = SWITCHES
    steps = [Step(lower if name in milder else lateral, name) for name in classes]
    steps += [Step(STOP, origin), Step(LONGER, origin)]
    here = [step for step in steps if known(model, origin, step)]
    values = dict(zip(here, effects(model, origin, here, fresh=False), strict=True))
    return np.array([_median(values[step]) if step in values else np.nan for step in steps])
