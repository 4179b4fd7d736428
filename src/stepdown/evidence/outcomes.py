"""All outcomes together: the draws of those that have any, and published groups held against them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from stepdown.errors import InputError
from stepdown.evidence.cohorts import FORMAT, read, shipped
from stepdown.evidence.draws import Posterior, load, switches
from stepdown.evidence.groups import ANY, Group, arms
from stepdown.evidence.inputs import inputs, outcomes
from stepdown.evidence.replicate import PARTS, Model, Models, Replication, replicate
from stepdown.knowledge.library import Library
from stepdown.knowledge.quantities import Outcome

OUTCOMES: tuple[str, ...] = get_args(Outcome)
TOGETHER = "relapse-with-mri-activity"
"""The definition of how relapses and MRI activity come together."""


@dataclass(frozen=True)
class Posteriors:
    """The draws by outcome, and why an outcome has none."""

    of: dict[str, Posterior]
    refused: dict[str, InputError]

    def having(self, parameter: str) -> list[Posterior]:
        """Those that have a parameter; the first of all where none has."""
        found = [one for one in self.of.values() if parameter in {**one.columns, **switches(one.columns)}]
        return found or [*self.of.values()][:1]


def posteriors(library: Library, outcome: str | None = None, folder: Path | None = None) -> Posteriors:
    """Read the draws of an outcome, or of all that have draws.

    Raises:
        InputError: the outcome that is asked for has none that can be used, or no outcome has.
    """
    if outcome is not None:
        return Posteriors({outcome: load(library, outcome, folder)}, {})
    found, refused = {}, {}
    for name in OUTCOMES:
        try:
            found[name] = load(library, name, folder)
        except InputError as error:
            refused[name] = error
    if not found:
        raise refused[OUTCOMES[0]]
    return Posteriors(found, refused)


def models(library: Library, outcome: str | None = None, folder: Path | None = None) -> Models:
    """The models that predict an outcome, or all that there are.

    Raises:
        InputError: as `posteriors`.
    """
    asked = PARTS if outcome == ANY else (outcome,)
    found = {name: one for part in asked for name, one in posteriors(library, part, folder).of.items()}
    together = cast("tuple[float, float]", library.definitions[TOGETHER].value)
    return Models({name: Model(one.columns, one.inputs) for name, one in found.items()}, together)


def groups(library: Library, cohorts: Path | None = None, outcome: str | None = None) -> list[Group]:
    """The groups of a file, or those of the library: the arms of all outcomes, then the other published groups.

    Raises:
        InputError: the file cannot be read, or nothing in it is of this outcome.
    """
    if cohorts is not None:
        found = read(cohorts, library)
    else:
        found = [group for name in outcomes(library) for group in arms(inputs(library, name))] + shipped(library)
    kept = [group for group in found if outcome in (None, group.outcome)]
    if not kept:
        where = "the library" if cohorts is None else str(cohorts)
        raise InputError(f"no group is of {outcome!r}" if outcome else "has no groups", where, FORMAT)
    return kept


def held(
    library: Library, asked: Iterable[Group], outcome: str | None = None, folder: Path | None = None, seed: int = 0
) -> list[Replication]:
    """Hold groups against the models; of an outcome without draws they are named without a prediction.

    Raises:
        InputError: as `posteriors`.
    """
    return replicate(models(library, outcome, folder), asked, seed)
