"""Leave-one-study-out: each study that informs the fit is predicted from the others. Needs the extra `evidence`."""

from __future__ import annotations

from collections.abc import Iterator

from stepdown.evidence.fit import fit
from stepdown.evidence.inputs import Inputs
from stepdown.evidence.replicate import Replication, groups, replicate


def leave_out(inputs: Inputs, samples: int = 500, warmup: int = 500, seed: int = 0) -> Iterator[Replication]:
    """Predict the arms of each study from a fit without it, neither its arms nor its contrasts; study by study."""
    for study in sorted({arm.study for arm in inputs.fitted}):
        draws = fit(inputs, samples, warmup, seed, without=study).flat()
        yield from replicate(draws, inputs, [g for g in groups(inputs) if g.study == study and g.used_in_fit], seed)
