"""What goes wrong with files, disks and processes is told on one line, spoils nobody else, and is carried on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

import stepdown
from stepdown.cohort.answer import Options
from stepdown.cohort.engine import Plan, screen_all
from stepdown.cohort.inputs import opened
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.record.record import Record
from stepdown.record.tables import TABLES
from tests.cohort.made import ON, copies, everybody, write

BUCKETS = 48
COMMAND = (str(Path(sys.executable).with_name("stepdown")), "screen")


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small crowd as CSV, one line of which is nonsense, so that problems are listed too."""
    folder = write(copies(everybody(), 24), tmp_path_factory.mktemp("crowd"), "csv")
    with (folder / "relapse.csv").open("a") as file:
        file.write("nobody at all\n")
    return folder


def _plan(folder: Path, out: Path, buckets: int = BUCKETS) -> Plan:
    return Plan(opened(folder, load()), Options(ON), load(), out, buckets, workers=1)


def _written(out: Path) -> tuple[bytes, bytes]:
    return out.read_bytes(), out.with_name("screen.problems.csv").read_bytes()


@pytest.fixture(scope="module")
def unbroken(crowd: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    out = tmp_path_factory.mktemp("unbroken") / "screen.parquet"
    screen_all(_plan(crowd, out))
    return _written(out)


def _moments(work: Path) -> list[Callable[[], bool]]:
    """Ten moments of a screen in their order: before and while the input is cut, and as buckets are finished."""

    def finished(least: int) -> Callable[[], bool]:
        return lambda: len(list(work.glob("bucket-*.json"))) >= least

    cutting = [lambda: work.exists(), lambda: (work / "tables").exists(), lambda: any(work.glob("tables/*"))]
    return [*cutting, lambda: (work / "tables.done").exists(), *map(finished, (1, 2, 4, 6, 8, 10))]


def test_ten_kills_in_a_row_change_nothing(crowd: Path, unbroken: tuple[bytes, bytes], tmp_path: Path) -> None:
    out, dice = tmp_path / "screen.parquet", random.Random(6)
    work = out.with_name(f"{out.name}.part")
    arguments = [*COMMAND, str(crowd), "--on", str(ON), "--out", str(out), "--buckets", str(BUCKETS)]
    killed = 0
    for reached in _moments(work):
        process = subprocess.Popen(
            arguments, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        until = time.monotonic() + 60
        while not reached() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(dice.random() * 0.01)
        assert process.poll() is None, f"it ended before it could be killed: {process.communicate()[1]}"
        os.killpg(process.pid, signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert not out.exists()
    assert killed == 10
    assert len(list(work.glob("bucket-*.json"))) < BUCKETS
    screen_all(_plan(crowd, out))
    assert _written(out) == unbroken
    left = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("."))
    assert left == ["screen.parquet", "screen.parquet.manifest.json", "screen.problems.csv"]


@pytest.mark.parametrize("table", ["person", "relapse", "lab"])
def test_a_damaged_page_names_its_file_and_leaves_nothing(tmp_path: Path, table: str) -> None:
    folder = write(copies(everybody(), 4), tmp_path / "tables")
    path, out = folder / f"{table}.parquet", tmp_path / "screen.parquet"
    whole = path.read_bytes()
    assert pl.read_parquet_schema(path)
    # past the first bytes, before the footer, all that is data
    footer = int.from_bytes(whole[-8:-4], "little") + 8
    damaged = bytearray(whole)
    for place in range(4, len(whole) - footer, 7):
        damaged[place] ^= 0xFF
    path.write_bytes(damaged)
    assert pl.read_parquet_schema(path)
    with pytest.raises(InputError) as told:
        screen_all(_plan(folder, out, 4))
    assert f"{table}.parquet: cannot be read" in str(told.value)
    assert "\n" not in str(told.value)
    assert not out.exists()
    assert not list(tmp_path.glob("*.problems.csv"))
    assert not list(tmp_path.glob("screen.parquet.part/bucket-*"))
    path.write_bytes(whole)
    screen_all(_plan(folder, tmp_path / "again.parquet", 4))


def _rows(table: str, person: str, many: int, **columns: pl.Expr) -> pl.DataFrame:
    """Many events of one person, on days of forty years."""
    first = pl.lit(date(1986, 1, 1)) + pl.duration(days=pl.int_range(many) * 7 % 14600)
    frame = pl.select(person_id=pl.lit(person).repeat_by(many).explode()).with_columns(
        on=first, on_latest=first, status=pl.lit("final"), source=pl.lit("made"), **columns
    )
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in TABLES[table].items() if name not in frame]
    return frame.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in TABLES[table].items())


def test_one_person_with_200_000_events_among_others(tmp_path: Path) -> None:
    few = copies(everybody(), 3)
    person = few["person"]["person_id"][0]
    number = pl.int_range(pl.len())
    more = {
        "lab": _rows("lab", person, 120_000, test=pl.lit("igg"), value=(number % 997) / 100 + 1, unit=pl.lit("g/L")),
        "relapse": _rows("relapse", person, 20_000, recorded=pl.lit(ON) - pl.duration(days=number)),
        "disability": _rows("disability", person, 20_000, edss=(number % 12) / 2 + 1),
        "mri": _rows("mri", person, 20_000, region=pl.lit("brain"), new_t2=number % 7),
        "infection": _rows("infection", person, 20_000, kind=pl.lit("urinary"), hospital_days=number % 99),
    }  # fmt: skip
    assert sum(frame.height for frame in more.values()) == 200_000
    many = Record(
        {name: pl.concat([frame, more[name]]) if name in more else frame for name, frame in few.tables.items()}
    )
    folder = write(many, tmp_path / "tables")
    found = stepdown.screen(folder, on=ON, buckets=2, workers=1)
    alone = stepdown.screen(few, on=ON)
    others = pl.col("person_id") != person
    assert found.filter(others).equals(alone.filter(others), null_equal=True)
    row = found.row(by_predicate=~others, named=True)
    assert row["relapses_1y.low"] >= 8
    assert row["infections_1y.low"] >= 100
    assert row["years_since_relapse.high"] < 0.2


NONSENSE = {
    "relapse": {"on": "the day before", "status": "maybe", "recorded": "late"},
    "lab": {"on": "2025-99-99", "test": "humours", "value": "black", "unit": "drops"},
    "treatment": {"on": "2020-01-01", "therapy": "snake oil", "ended": "1066"},
    "disability": {"on": "2025-01-01", "edss": "bad"},
    "mri": {"on": "2031", "new_t2": "-3", "stable": "?"},
}


@pytest.mark.parametrize("table", sorted(NONSENSE))
def test_one_row_of_nonsense_is_listed_and_all_others_stand(crowd: Path, tmp_path: Path, table: str) -> None:
    people = copies(everybody(), 6)
    clean = write(people, tmp_path / "clean", "csv")
    person = pl.read_csv(clean / "person.csv", infer_schema=False)["person_id"][17]
    lines = (clean / f"{table}.csv").read_text().splitlines()
    names = lines[0].split(",")
    said = {"person_id": person} | NONSENSE[table]
    folder = write(people, tmp_path / "tables", "csv")
    where = len(lines) // 2
    lines.insert(where, ",".join(said.get(name, "") for name in names))
    (folder / f"{table}.csv").write_text("\n".join(lines) + "\n")
    out = {}
    for name in ("clean", "tables"):
        screen_all(_plan(tmp_path / name, tmp_path / f"{name}.parquet", 3))
        out[name] = pl.read_parquet(tmp_path / f"{name}.parquet").filter(pl.col("person_id") != person)
    assert out["tables"].equals(out["clean"], null_equal=True)
    assert out["clean"].height == len(people.people) - 1
    listed = pl.read_csv(tmp_path / "tables.problems.csv", infer_schema=False)
    clean_listed = tmp_path / "clean.problems.csv"
    if clean_listed.exists():
        listed = listed.join(
            pl.read_csv(clean_listed, infer_schema=False), on=listed.columns, how="anti", nulls_equal=True
        )
    mine = listed.filter((pl.col("file") == f"{table}.csv") & (pl.col("row") == str(where + 1)))
    assert mine.height >= 1
    assert set(mine["person_id"]) == {person}
    assert mine.height == listed.filter(pl.col("file").is_not_null()).height


def test_a_wrong_schema_is_one_line_and_no_work(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "person.csv").write_text("person_id\nA\n")
    (folder / "relapse.csv").write_text("person_id,when\nA,2020\n")
    found = subprocess.run(
        [*COMMAND, str(folder), "--on", str(ON), "--out", str(tmp_path / "screen.parquet")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (found.returncode, found.stdout) == (2, "")
    assert len(found.stderr.splitlines()) == 1
    assert "table relapse has no column 'when'" in found.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_events_long_ago_and_far_ahead_do_not_overflow(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "person.csv").write_text("person_id,birth\nA,1900-01-02\nB,9999-12-31\nC,0001\n")
    days = [str(date(2262, 4, 12) + timedelta(days=1)), "9999-12-31", "1900-01-01", "1677-09-20", "10000-01-01"]
    (folder / "relapse.csv").write_text("person_id,on\n" + "".join(f"{name},{day}\n" for name in "ABC" for day in days))
    (folder / "observed.csv").write_text("person_id,domain,from,to\nA,all,1900,9999-12-31\nB,all,0001-01-01,\n")
    found = stepdown.screen(folder, on=ON, workers=1)
    assert found["person_id"].to_list() == ["A", "B", "C"]
    assert found["age.high"].to_list()[0] == pytest.approx(126 + 1 / 6, abs=0.01)
