"""Leave-one-study-out: each study that informs the fit is predicted from the others. Needs the extra `evidence`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from stepdown.evidence.fit import fit
from stepdown.evidence.groups import arms
from stepdown.evidence.inputs import Inputs
from stepdown.evidence.replicate import Model, Models, Replication, replicate


def leave_out(
    inputs: Inputs, samples: int = 500, warmup: int = 500, seed: int = 0, studies: Collection[str] = ()
) -> Iterator[Replication]:
    """Predict the arms of each study (or of those named) from a fit without it, its arms and its contrasts."""
    for study in sorted({*studies} or {arm.study for arm in inputs.fitted}):
        draws = fit(inputs, samples, warmup, seed, without=study).flat()
        models = Models({inputs.outcome: Model(draws, inputs)})
        yield from replicate(models, [g for g in arms(inputs) if g.study == study and g.used_in_fit], seed)
