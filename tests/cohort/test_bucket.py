"""People are cut alike by every engine: values pinned, and worked out by another program (sha256sum)."""

from __future__ import annotations

import polars as pl

from stepdown.cohort.bucket import bucket_of, buckets_for


def test_known_values() -> None:
    people = pl.Series(["A1", "P0000001", "Łukasz", "1"])
    # printf %s A1 | sha256sum | cut -c1-16, read as a big-endian number
    first = [0x16A36E86F6FED5D4, 0xFF66919DC079D9D8, 0xC57B4F3AC483CACC, 0x6B86B273FF34FCE1]
    assert bucket_of(people, 2**32).to_list() == [one % 2**32 for one in first]
    assert bucket_of(people, 64).to_list() == [one % 64 for one in first]
    assert bucket_of(people, 7).to_list() == [one % 7 for one in first]


def test_every_worker_has_work_and_no_bucket_is_large() -> None:
    assert buckets_for(1, 2) == 1
    assert buckets_for(10_001, 4) == 4
    assert buckets_for(1_000_000, 2) == 50
