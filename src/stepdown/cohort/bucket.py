"""Cuts people into buckets, so that every engine cuts alike."""

from __future__ import annotations

from hashlib import sha256

import polars as pl

PEOPLE_PER_BUCKET = 20_000
"""So many people are evaluated together where nothing else is asked."""
ALONE = 4_000
"""So few are done before other processes have begun."""


def bucket_of(people: pl.Series, buckets: int) -> pl.Series:
    """The bucket of each person: the first 8 bytes of SHA-256 of the id, big-endian, modulo the number of buckets.

    Args:
        people: ids.
        buckets: number of buckets.

    Returns:
        Numbers from 0, UInt32. Polars has no SHA-256, so each id is hashed by itself, about a microsecond a person.
    """
    found = [int.from_bytes(sha256(one.encode()).digest()[:8], "big") % buckets for one in people.to_list()]
    return pl.Series("_bucket", found, dtype=pl.UInt32)


def buckets_for(people: int, workers: int = 1) -> int:
    """How many buckets so many people are cut into: enough for every worker, none too large."""
    return max(1, -(-people // PEOPLE_PER_BUCKET), workers if people > ALONE else 1)
