"""Spark gives the cells, the problems and the summary of the local engine, whatever form the tables have."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

import orjson
import polars as pl
import pytest
from both import differ, here, on_spark
from pyspark.sql import SparkSession

from stepdown.cohort import bucket, spark_frames
from stepdown.cohort.answer import Options
from stepdown.cohort.spark import SparkPlan, screen_on_spark
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.synthetic.registry import write as write_registry
from tests.cohort.made import ON, everybody, write

pytestmark = pytest.mark.usefixtures("spark")


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(everybody(), tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="module")
def untidy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that tables of a registry may hold and that is read in a way of its own."""
    folder = tmp_path_factory.mktemp("untidy")
    ids = ["1", " 2 ", "\u00a03\u2003\n", "Ωé\t4", "", "NA", None, "x" * 90, "null", "SYN-5"]
    pl.DataFrame(
        {
            "person_id": ids, "birth": ["1960", "1961-02", "1962-03-04", "soon", "1970", None, "1980", "1950-01-01",
                                        "1951", "1952-13"],
            "sex": ["f", "male", "M", "?", "robot", "f", None, "", "f", "female"],
        }
    ).write_parquet(folder / "person.parquet")  # fmt: skip
    relapses = folder / "relapse"
    relapses.mkdir()
    pl.DataFrame({"person_id": [1, 2, 7, None], "on": [date(2019, 5, 1), None, date(2020, 1, 1), date(2020, 1, 1)]}
                 ).write_parquet(relapses / "a b.parquet")  # fmt: skip
    pl.DataFrame(
        {"person_id": ["3", "Ωé\t4", "nobody"], "on": [datetime(2020, 1, 1, 23, 59), None, datetime(2021, 1, 1)],
         "on_latest": [None, None, date(2021, 2, 1)], "severity": ["mild", "dire", "severe"]},
        schema_overrides={"severity": pl.Categorical, "on_latest": pl.Date},
    ).write_parquet(relapses / "é.parquet")  # fmt: skip
    pl.DataFrame({"person_id": ["SYN-5"], "on": ["2018"], "recovered": [None]}).write_parquet(relapses / "z.parquet")
    pl.DataFrame({"person_id": ["1", "2"], "on": ["2018", "2019-02-03"]}).write_parquet(relapses / "zz.parquet")
    pl.DataFrame(
        {"person_id": ["1", "2", "3", "SYN-5", "SYN-5"], "therapy": ["Ocrevus", "fingolimod", "magic", None, "Tysabri"],
         "on": ["2018-03", "2017", "2016-01-01", "2015", "2020-02-30"], "ended": [None, "never", "2015", None, ""],
         "interval_weeks": [26.0, float("nan"), -3.0, None, 6.0]}
    ).write_parquet(folder / "treatment.parquet")  # fmt: skip
    pl.DataFrame(
        {"person_id": ["1", "2", "3", "3"], "test": ["igg", "lymphocytes", "jcv-index", "nonsense"],
         "value": ["7.5", "<0.5", "negative", "1e999"], "unit": ["g/L", "10*9/L", None, "mg"],
         "on": ["2025-01-01"] * 4}
    ).write_parquet(folder / "lab.parquet")  # fmt: skip
    pl.DataFrame(
        {"person_id": ["1", "2"], "on": [date(2025, 6, 1)] * 2, "new_t2": [0, -2], "gd_lesions": [0, 1],
         "contrast": [True, None], "compared_on": [date(2024, 6, 1)] * 2},
        schema_overrides={"new_t2": pl.Int16, "gd_lesions": pl.Int32},
    ).write_parquet(folder / "mri.parquet")  # fmt: skip
    pl.DataFrame({"person_id": ["1"], "variable": ["pregnancy_plans"], "values": [["no"]]}
                 ).write_parquet(folder / "known.parquet")  # fmt: skip
    (folder / "dataset.yaml").write_text(
        "observed: {relapse: {from: birth, to: 2026-02-28}, mri: {from: 2010-01-01}}\n"
    )
    return folder


@pytest.mark.parametrize("buckets", [1, 7])
def test_the_shipped_people(examples: Path, tmp_path: Path, buckets: int) -> None:
    local = here(examples, Options(ON), load(), tmp_path)
    assert local.rows.height > 5
    assert differ(local, on_spark(str(examples), Options(ON), load(), tmp_path, buckets)) == []
    beside = f"spark-{buckets}.parquet.manifest.json"
    said = orjson.loads((tmp_path / beside).read_bytes())
    assert said["library"] == load().digest
    assert said["arguments"]["options"]["on"] == str(ON)
    assert any(line.startswith("person.parquet ") for line in said["input"]["of"])
    on_disk = {path.name for path in tmp_path.iterdir() if "here" not in path.name}
    assert on_disk == {f"spark-{buckets}.parquet", beside}


def test_a_registry(tmp_path: Path) -> None:
    write_registry(load(), 2_000, tmp_path / "registry", seed=3, bucket=600)
    options = Options(date(2026, 3, 1), ("ectrims-2025", "panel-2025"), date(2026, 1, 1))
    local = here(tmp_path / "registry", options, load(), tmp_path)
    assert local.summary.people == 2_000
    assert differ(local, on_spark(str(tmp_path / "registry"), options, load(), tmp_path, 5)) == []


def test_conclusions_alone(untidy: Path, tmp_path: Path) -> None:
    options = Options(ON, ("ectrims-2025",), conclusions=True)
    local = here(untidy, options, load(), tmp_path)
    assert "recommendation.kind" not in local.rows.columns
    assert differ(local, on_spark(str(untidy), options, load(), tmp_path)) == []


def test_risks(examples: Path, tmp_path: Path) -> None:
    options = Options(ON, draws=30, seed=5)
    local = here(examples, options, load(), tmp_path)
    assert local.rows["number.net_benefit"].is_not_null().any()
    assert local.rows["number.risk.relapse.2y"].is_not_null().any()
    assert differ(local, on_spark(str(examples), options, load(), tmp_path)) == []


def test_untidy_tables_with_their_problems(untidy: Path, tmp_path: Path) -> None:
    local = here(untidy, Options(ON), load(), tmp_path)
    kinds = {problem.key for problem in local.summary.problems}
    assert {"person-unknown", "cell-missing", "not-a-date", "unknown-word", "not-a-value"} <= kinds
    for buckets in (1, 4):
        assert differ(local, on_spark(str(untidy), Options(ON), load(), tmp_path, buckets)) == []


def test_tables_of_the_catalogue_in_any_order(examples: Path, tmp_path: Path, spark: SparkSession) -> None:
    spark.sql("CREATE SCHEMA IF NOT EXISTS registry")
    try:
        for file in sorted(examples.glob("*.parquet")):
            shuffled = pl.read_parquet(file).sample(fraction=1.0, shuffle=True, seed=7)
            shuffled.write_parquet(tmp_path / file.name)
            spark.sql(f"CREATE TABLE registry.{file.stem} USING parquet LOCATION '{tmp_path / file.name}'")
        local = here(examples, Options(ON), load(), tmp_path)
        found = on_spark("registry", Options(ON), load(), tmp_path)
        assert found.rows.equals(local.rows)
        assert found.summary == local.summary
        pieces = spark_frames.opened(spark, "spark_catalog.registry", load()).pieces
        assert [piece.table for piece in pieces] == sorted(file.stem for file in examples.glob("*.parquet"))
        spark.sql("CREATE TABLE registry.relapses (person_id string)")
        with pytest.raises(InputError, match="no table is called 'relapses'"):
            spark_frames.opened(spark, "registry", load())
    finally:
        spark.sql("DROP SCHEMA registry CASCADE")


def test_documents_laid_over_the_library_are_sent(
    examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = tmp_path / "overlay"
    (overlay / "guidelines").mkdir(parents=True)
    shipped = Path(load().origins["guidelines", "panel-2025"].file).read_text()
    (overlay / "guidelines" / "ours.yaml").write_text(shipped.replace("id: panel-2025", "id: ours", 1))
    library = load([overlay])
    local = here(examples, Options(ON, ("ours",)), library, tmp_path)
    assert "guideline.ours" in local.rows.columns
    sent = on_spark(str(examples), Options(ON, ("ours",)), library, tmp_path)
    assert differ(local, sent) == []
    monkeypatch.setenv("STEPDOWN_LIBRARY", str(overlay))
    from_environment = on_spark(str(examples), Options(ON, ("ours",)), load(), tmp_path, 2)
    assert from_environment.rows.equals(sent.rows)


def test_a_summary_alone(examples: Path, tmp_path: Path) -> None:
    local = here(examples, Options(ON), load(), tmp_path)
    told: list[str] = []
    found = screen_on_spark(SparkPlan(str(examples), Options(ON), load()), lambda what, done, of: told.append(what))
    assert found == local.summary
    assert told[:2] == ["starting Spark", "reading"]
    assert "screening" in told


def test_spark_strips_ids_as_polars_does(spark: SparkSession) -> None:
    signs = [chr(sign) for sign in range(0x3100) if not 0xD800 <= sign < 0xE000]
    ids = [f"{sign}a{sign}b{sign}{sign}" for sign in signs if sign != "\0"]
    found = spark.createDataFrame([(one,) for one in ids], "person_id string").select(spark_frames.person_id())
    assert [row[0] for row in found.collect()] == pl.Series(ids).str.strip_chars().to_list()


def test_spark_cuts_people_as_every_engine_does(spark: SparkSession) -> None:
    ids = [f"SYN-{number:07d}" for number in range(500)] + ["Ωé", "x" * 1000, "0", "a\tb", "𝔘"]
    frame = spark.createDataFrame([(one,) for one in ids], "person_id string")
    for buckets in (1, 7, 1000, 999_983):
        found = frame.select(spark_frames.bucket_of(spark_frames.person_id(), buckets).alias("b")).collect()
        assert [row["b"] for row in found] == bucket.bucket_of(pl.Series(ids), buckets).to_list()


def test_a_table_that_spark_itself_wrote(examples: Path, tmp_path: Path, spark: SparkSession) -> None:
    folder = tmp_path / "tables"
    shutil.copytree(examples, folder)
    (folder / "relapse.parquet").unlink()
    spark.read.parquet(str(examples / "relapse.parquet")).repartition(3).write.parquet(str(folder / "relapse.parquet"))
    local = here(examples, Options(ON), load(), tmp_path)
    assert screen_on_spark(SparkPlan(str(folder), Options(ON), load())) == local.summary
