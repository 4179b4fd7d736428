"""The registry as an OMOP CDM: its columns, keys and concepts, and the same facts as the tables but for some named."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
import pytest

from stepdown.assess import evaluate
from stepdown.cohort.rows import rows
from stepdown.errors import InputError
from stepdown.record.codes import recogniser
from stepdown.record.omop.extract import extract
from stepdown.record.record import Record
from stepdown.record.tables import TABLES
from stepdown.synthetic import cdm
from stepdown.synthetic.cdm_tables import CDM, KEYS
from stepdown.synthetic.registry import LAST_DAY, TRUTH, make, write
from stepdown.synthetic.vocabulary import LOCAL, vocabulary
from tests.synthetic.test_registry import SEED, found, library, record

PEOPLE = 300
EVENTS = ("condition_occurrence", "drug_exposure", "procedure_occurrence", "measurement", "observation")


def asked(folder: Path) -> dict[str, pl.DataFrame]:
    """Every table of the database of a folder."""
    with TemporaryDirectory() as place, duckdb.connect(folder / cdm.DATABASE, read_only=True) as database:
        for name in CDM:
            database.execute(f"COPY {name} TO '{place}/{name}.parquet'")
        return {name: pl.read_parquet(f"{place}/{name}.parquet") for name in CDM}


@cache
def written() -> dict[str, pl.DataFrame]:
    with TemporaryDirectory() as place:
        write(library(), PEOPLE, Path(place) / "new", SEED, "omop", bucket=110)
        return asked(Path(place) / "new")


@cache
def tables() -> dict[str, pl.DataFrame]:
    return make(found(), 0, PEOPLE, SEED)[0]


@cache
def both() -> tuple[Record, Record]:
    """The same people, as tables and as read from the database."""
    with TemporaryDirectory() as place:
        tables, omop, read = (Path(place) / name for name in ("tables", "omop", "read"))
        write(library(), PEOPLE, tables, SEED)
        write(library(), PEOPLE, omop, SEED, "omop")
        told = extract(cdm.address(omop), library(), read)
        assert (told.people, told.left_out, told.passed_over, told.not_known) == (PEOPLE, 0, 0, ())
        number = pl.format("SYN-{}", pl.col("person_id").str.zfill(8)).alias("person_id")
        found = record(read)
        return record(tables), Record({name: table.with_columns(number) for name, table in found.tables.items()})


def apart(record: Record) -> set[str]:
    """People with two spells of one drug, of which one is read where they touch."""
    spells = record["treatment"].unique(["person_id", "therapy", "on"])
    return set(spells.filter(pl.len().over("person_id", "therapy") > 1)["person_id"])


def facts(record: Record, table: str, left_out: set[str]) -> pl.DataFrame:
    """The rows of a table without what docs/synthetic.md says that a CDM does not carry."""
    frame = record[table].drop("source", "recorded", strict=False)
    if table == "observed":
        frame = frame.drop("on", "on_latest")
    elif table == "course":
        frame = frame.filter(pl.col("course").is_not_null()).drop("on", "onset", "onset_latest")
    elif table == "treatment":
        frame = frame.filter(~pl.col("person_id").is_in(sorted(left_out)))
    elif table == "disability":
        frame = frame.with_columns(pl.col("during_relapse").fill_null(False))
    elif table in ("relapse", "infection"):
        frame = frame.drop("on_latest")
    elif table == "appointment":
        frame = frame.clear()
    return frame.unique().sort(frame.columns)


@pytest.mark.parametrize("table", TABLES)
def test_facts_are_those_of_the_tables(table: str) -> None:
    tables, omop = both()
    left_out = apart(tables)
    assert 0 < len(left_out) < PEOPLE / 5
    assert facts(tables, table, left_out).equals(facts(omop, table, left_out))


def test_everybody_with_the_same_facts_gets_the_same_answers() -> None:
    tables, _ = both()
    vague = [tables[name].filter(pl.col("on") < pl.col("on_latest"))["person_id"] for name in ("relapse", "infection")]
    different = apart(tables) | set(pl.concat([*vague, tables["appointment"]["person_id"]]))
    same = ~pl.col("person_id").is_in(sorted(different))
    one, two = (rows(evaluate(found, LAST_DAY, library())).filter(same) for found in both())
    assert one.height > PEOPLE / 2
    assert one.equals(two)


def told(table: str, source_value: str) -> pl.DataFrame:
    """Rows that a local code names."""
    stem = table.removesuffix("_occurrence").removesuffix("_exposure")
    return written()[table].filter(pl.col(f"{stem}_source_value") == source_value)


def test_what_must_not_be_empty_is_not() -> None:
    """The columns that CDM 5.4 requires, from its own definition."""
    required = {
        "person": "person_id gender_concept_id year_of_birth race_concept_id ethnicity_concept_id",
        "observation_period": "observation_period_id person_id observation_period_start_date "
        "observation_period_end_date period_type_concept_id",
        "visit_occurrence": "visit_occurrence_id person_id visit_concept_id visit_start_date visit_end_date "
        "visit_type_concept_id",
        "condition_occurrence": "condition_occurrence_id person_id condition_concept_id condition_start_date "
        "condition_type_concept_id",
        "drug_exposure": "drug_exposure_id person_id drug_concept_id drug_exposure_start_date "
        "drug_exposure_end_date drug_type_concept_id",
        "procedure_occurrence": "procedure_occurrence_id person_id procedure_concept_id procedure_date "
        "procedure_type_concept_id",
        "measurement": "measurement_id person_id measurement_concept_id measurement_date measurement_type_concept_id",
        "observation": "observation_id person_id observation_concept_id observation_date observation_type_concept_id",
        "cdm_source": "cdm_source_name cdm_source_abbreviation cdm_holder source_release_date cdm_release_date "
        "cdm_version_concept_id vocabulary_version",
        "concept": "concept_id concept_name domain_id vocabulary_id concept_class_id concept_code valid_start_date "
        "valid_end_date",
        "concept_ancestor": "ancestor_concept_id descendant_concept_id min_levels_of_separation "
        "max_levels_of_separation",
        "concept_relationship": "concept_id_1 concept_id_2 relationship_id valid_start_date valid_end_date",
    }
    for name, columns in required.items():
        frame = written()[name]
        assert frame.height > 0, name
        assert frame.select(columns.split()).null_count().sum_horizontal().item() == 0, name
    assert [len(columns) for columns in CDM.values()] == [18, 5, 17, 16, 23, 16, 23, 21, 7, 13, 11, 10, 4, 6]


def test_keys_are_unique_and_rows_that_say_more_name_a_row_of_the_same_person() -> None:
    keys = pl.concat(written()[name].select(pl.col(KEYS[name]).alias("key"), "person_id") for name in EVENTS)
    assert keys["key"].n_unique() == keys.height
    for name in ("measurement", "observation"):
        more = written()[name].filter(pl.col(f"{name}_event_id").is_not_null())
        assert more.height > 50
        here = more.select(pl.col(f"{name}_event_id").alias("key"), "person_id")
        assert here.join(keys, on=["key", "person_id"], how="anti").height == 0
    stays = written()["condition_occurrence"].select("person_id", "visit_occurrence_id").drop_nulls()
    assert stays.join(written()["visit_occurrence"], on=["person_id", "visit_occurrence_id"], how="anti").height == 0
    assert stays.height == tables()["infection"]["hospital_days"].count() > 5


def test_concepts_are_local_and_mean_what_the_library_says() -> None:
    concept = written()["concept"]
    ids = set(concept["concept_id"])
    assert min(ids) > LOCAL
    assert len(ids) == concept.height
    named = {
        frame.height: name for name, frame in written().items() for column, dtype in CDM[name].items()
        if column.endswith("_concept_id") and not set(frame[column].drop_nulls()) <= ids | {0}
    }  # fmt: skip
    assert named == {}
    mine, recognised = vocabulary(library()), recogniser(library())
    by_id = {row["concept_id"]: (row["vocabulary_id"], row["concept_code"]) for row in concept.iter_rows(named=True)}
    for list_id, entries in (("infections", tables()["infection"]["kind"]), ("labs", tables()["lab"]["test"])):
        for one in entries.unique():
            system, code = by_id[mine.of(list_id, one)[1]]
            match = recognised.concept(list_id, [(system.lower(), code)])
            assert match is not None
            assert match.id == one
    for drug in library().therapies:
        standard, source, value = mine.drug(drug)
        if not source:
            assert (standard, value) == (0, drug)
            continue
        system, code = by_id[source]
        match = recognised.drug([(system.lower(), code)])
        assert match is not None
        assert match.id == drug
        assert standard in (0, source)
        assert (standard == source) == (system == "RxNorm")


def test_rows_tell_what_the_tables_tell() -> None:
    mine = tables()
    exposure = written()["drug_exposure"]
    heights = {name: frame.height for name, frame in mine.items()}
    assert exposure.height == heights["treatment"] + heights["dose"] + heights["vaccination"]
    assert written()["procedure_occurrence"].height == heights["mri"]
    diseases = ("course", "relapse", "infection", "condition")
    assert written()["condition_occurrence"].height == sum(heights[name] for name in diseases)
    assert told("measurement", "new-t2")["value_as_number"].sum() == mine["mri"]["new_t2"].sum()
    assert told("measurement", "273554001")["value_as_number"].sum() == mine["disability"]["edss"].sum()
    assert told("measurement", "2465-3")["value_as_number"].sum() == pytest.approx(
        mine["lab"].filter(pl.col("test") == "igg")["value"].sum()
    )
    assert told("observation", "interval-weeks").height == mine["treatment"]["interval_weeks"].count()
    assert told("observation", "stable").height == mine["mri"]["stable"].count()
    assert (
        told("observation", "observed")
        .select(pl.col("observation_date").alias("from"), pl.col("value_as_string").str.to_date().alias("to"))
        .sort("from", "to")
        .equals(mine["observed"].select("from", "to").sort("from", "to"))
    )
    born = written()["person"].sort("person_id")
    assert born.select(birth=pl.date("year_of_birth", "month_of_birth", "day_of_birth"))["birth"].equals(
        mine["person"]["birth"]
    )
    assert born["person_source_value"].equals(mine["person"]["person_id"], check_names=False)
    stay = pl.col("visit_end_date") - pl.col("visit_start_date")
    days = written()["visit_occurrence"].select(stay.dt.total_days())["visit_end_date"].sum()
    assert days == mine["infection"]["hospital_days"].sum()


def test_it_says_that_it_is_synthetic_and_leaves_nothing_behind(tmp_path: Path) -> None:
    told_: list[int] = []
    write(library(), 40, tmp_path / "new", SEED, "omop", bucket=15, told=told_.append)
    assert told_ == [15, 30, 40]
    assert {one.name for one in (tmp_path / "new").iterdir()} == {cdm.DATABASE, "dataset.yaml", TRUTH}
    source = asked(tmp_path / "new")["cdm_source"].row(0, named=True)
    assert "Synthetic" in source["cdm_source_name"]
    assert source["cdm_version"] == "5.4"
    assert source["source_release_date"] == LAST_DAY
    assert date.fromisoformat("2026-03-01") == LAST_DAY


def test_buckets_change_no_row(tmp_path: Path) -> None:
    write(library(), 50, tmp_path / "one", SEED, "omop", workers=1)
    write(library(), 50, tmp_path / "many", SEED, "omop", bucket=13, workers=3)
    one, many = asked(tmp_path / "one"), asked(tmp_path / "many")
    for name, frame in one.items():
        assert frame.sort(frame.columns).equals(many[name].sort(frame.columns)), name


def test_without_duckdb_one_line_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cdm, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="a CDM is written with DuckDB") as caught:
        write(library(), 5, tmp_path / "new", form="omop")
    assert "stepdown[omop]" in str(caught.value)
    assert not (tmp_path / "new").exists()
