"""One Spark on two cores for all tests; the command line starts its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from stepdown.cohort.spark_session import session


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    with session("local[2]", ["spark.sql.shuffle.partitions=2"]) as started:
        yield started
