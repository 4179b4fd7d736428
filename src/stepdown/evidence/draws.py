"""The joint draws that a fit has written, read with nothing but numpy and Polars, and refused when out of date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from stepdown.errors import InputError
from stepdown.evidence.course import switch_effect
from stepdown.evidence.inputs import Inputs, inputs
from stepdown.knowledge.library import Library

SHIPPED = Path(__file__).parent / "draws"
"""Folder of the draws that come with the package: `OUTCOME.parquet` and `OUTCOME.json` beside it."""

Columns = Mapping[str, np.ndarray]
"""One array of draws a parameter; the same position is the same draw."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Joint draws of one outcome, with the manifest of their fit (diagnostics, priors, digest of the numbers)."""

    columns: Columns
    manifest: dict[str, Any]
    inputs: Inputs


def load(library: Library, outcome: str, folder: Path | None = None) -> Posterior:
    """Read the draws of an outcome.

    Raises:
        InputError: there are none, or the numbers of the library are no longer those that were fitted.
    """
    found, place = inputs(library, outcome), folder or SHIPPED
    mend = f"run 'stepdown evidence fit {outcome} --to DIR' (extra evidence) and name the folder with --draws"
    if not (place / f"{outcome}.json").is_file() or not (place / f"{outcome}.parquet").is_file():
        raise InputError(f"there are no draws of {outcome}", str(place), mend)
    manifest = orjson.loads((place / f"{outcome}.json").read_bytes())
    if manifest["digest"] != found.digest:
        raise InputError(
            f"the draws of {outcome} were fitted to other numbers than the library holds", str(place), mend
        )
    frame = pl.read_parquet(place / f"{outcome}.parquet")
    return Posterior({name: frame[name].to_numpy().astype(float) for name in frame.columns}, manifest, found)


def write(columns: Columns, manifest: dict[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write draws (32 bits each) and their manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    outcome = manifest["outcome"]
    frame = pl.DataFrame({name: np.asarray(columns[name], np.float32) for name in sorted(columns)})
    paths = folder / f"{outcome}.parquet", folder / f"{outcome}.json"
    frame.write_parquet(paths[0], compression="zstd", compression_level=19, statistics=False)
    paths[1].write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    return paths


def switches(columns: Columns) -> dict[str, np.ndarray]:
    """Logarithm of the hazard ratio of each drug after each other, once the first has gone: `switch:a>b`."""
    names = sorted(name.split(":")[1] for name in columns if name.startswith("drug:"))
    return {f"switch:{a}>{b}": switch_effect(columns, a, b) for a in names for b in names if a != b}


def ordered(
    columns: Columns, orders: Sequence[tuple[str, ...]], origin: str, to: str | None = None
) -> dict[str, np.ndarray]:
    """Effects of the options of one class of origin as decisions use them: in each draw none breaks the order.

    Where a draw puts stopping below the milder drug, both move to their mean, weighed by how well each is known (the
    nearest values that obey the order); nothing that an order puts after carrying on is below it. Draws that obey stay
    as they are.

    Args:
        columns: draws of the parameters.
        orders: what may not exceed what, the least first; `continue` is zero.
        origin: class of the drug that the person is on.
        to: class of the milder drug, where one is open.

    Returns:
        Logarithms of hazard ratios by option; those without a parameter for this class are left out.
    """
    nothing = np.zeros_like(columns["tau"])
    found = {
        option: columns.get(f"{option}:{origin}") for option in ("extend-interval", "reduce-dose", "discontinue")
    } | {"switch-lower": None if to is None else switch_effect(columns, origin, to)}
    known = {option: effect for option, effect in found.items() if effect is not None}
    pairs = [pair for order in orders for pair in pairwise(option for option in order if option in known)]
    for lower, upper in pairs:
        known[lower], known[upper] = _merged(known[lower], known[upper])
    for order in (order for order in orders if "continue" in order):
        here = order.index("continue")
        known |= {name: np.minimum(known[name], nothing) for name in order[:here] if name in known}
        known |= {name: np.maximum(known[name], nothing) for name in order[here + 1 :] if name in known}
    for lower, upper in pairs * len(known):  # what one order has moved may have broken another
        known[upper] = np.maximum(known[upper], known[lower])
    return {"continue": nothing, **known}


def _merged(lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two effects, moved to their weighted mean in the draws where the second is below the first."""
    spread = lower.var() + upper.var()
    weight = lower.var() / spread if spread > 0 else 0.5
    both = weight * upper + (1 - weight) * lower
    wrong = upper < lower
    return np.where(wrong, both, lower), np.where(wrong, both, upper)
