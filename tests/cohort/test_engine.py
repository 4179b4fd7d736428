"""An unfinished screen is carried on, or refused; a damaged file and a wrong schema are told on one line."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stepdown.cohort import engine, manifest
from stepdown.cohort.answer import Options, answer_bucket
from stepdown.cohort.engine import Plan, screen_all
from stepdown.cohort.inputs import opened
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from tests.cohort.made import ON, copies, everybody, write

BUCKETS = 30
COMMAND = (str(Path(sys.executable).with_name("stepdown")), "screen")


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(copies(everybody(), 40), tmp_path_factory.mktemp("crowd"))


def _plan(folder: Path, out: Path, buckets: int = BUCKETS) -> Plan:
    return Plan(opened(folder, load()), Options(ON), load(), out, buckets, workers=1)


@pytest.fixture(scope="module")
def unbroken(crowd: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("unbroken") / "screen.parquet"
    screen_all(_plan(crowd, out))
    return out.read_bytes()


def _killed(crowd: Path, out: Path, after: int) -> int:
    """Kill a screen once some buckets are finished; how many are then."""
    arguments = [*COMMAND, str(crowd), "--on", str(ON), "--out", str(out), "--buckets", str(BUCKETS)]
    process = subprocess.Popen(arguments, start_new_session=True, stdout=subprocess.DEVNULL)
    work = out.with_name(f"{out.name}.part")
    until = time.monotonic() + 60
    while len(list(work.glob("bucket-*.json"))) < after and time.monotonic() < until:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return len(list(work.glob("bucket-*.json")))


@pytest.mark.parametrize("after", [1, 10])
def test_killed_and_carried_on_equals_unbroken(
    crowd: Path, unbroken: bytes, tmp_path: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "screen.parquet"
    finished = _killed(crowd, out, after)
    assert after <= finished < BUCKETS
    assert not out.exists()
    redone: list[int] = []

    def counted(number: int, *rest: Any) -> int:
        redone.append(number)
        return answer_bucket(number, *rest)

    monkeypatch.setattr(engine, "answer_bucket", counted)
    screen_all(_plan(crowd, out))
    assert len(redone) == len(set(redone)) == BUCKETS - finished
    assert out.read_bytes() == unbroken
    assert not out.with_name("screen.parquet.part").exists()


def test_what_changed_is_not_carried_on(crowd: Path, tmp_path: Path) -> None:
    folder = write(everybody(), tmp_path / "tables")
    out = tmp_path / "screen.parquet"
    plan = _plan(folder, out, 4)
    plan.work.mkdir()
    manifest.write(plan.work / "manifest.json", engine._job(plan, 4))
    person = pl.read_parquet(folder / "person.parquet")
    person.with_columns(sex=pl.lit("female")).write_parquet(folder / "person.parquet")
    with pytest.raises(InputError, match=r"begun here with something else: the input changed"):
        screen_all(_plan(folder, out, 4))
    person.write_parquet(folder / "person.parquet")
    with pytest.raises(InputError, match=r"the arguments changed"):
        screen_all(_plan(folder, out, 5))


def test_two_at_once_are_kept_apart(crowd: Path, tmp_path: Path) -> None:
    plan = _plan(crowd, tmp_path / "screen.parquet")
    plan.work.mkdir()
    with engine._alone(plan.work), pytest.raises(InputError, match="another screen is writing here"):
        screen_all(plan)


def test_a_damaged_page_is_one_line_and_leaves_nothing(crowd: Path, tmp_path: Path) -> None:
    folder = write(copies(everybody(), 40), tmp_path / "tables")
    path = folder / "lab.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 4 : len(content) // 4 + 200] = bytes(200)
    path.write_bytes(content)
    out = tmp_path / "screen.parquet"
    found = subprocess.run(
        [*COMMAND, str(folder), "--on", str(ON), "--out", str(out)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 2
    assert found.stdout == ""
    assert len(found.stderr.splitlines()) == 1
    assert "lab.parquet: cannot be read" in found.stderr
    assert not out.exists()


def test_a_full_disk_is_one_line_and_room_lets_it_carry_on(crowd: Path, unbroken: bytes, tmp_path: Path) -> None:
    out = tmp_path / "screen.parquet"
    arguments = [*COMMAND, str(crowd), "--on", str(ON), "--out", str(out), "--buckets", str(BUCKETS)]
    found = subprocess.run(
        arguments, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000)),
    )  # fmt: skip
    assert found.returncode == 2
    assert len(found.stderr.splitlines()) == 1
    assert "room" in found.stderr
    assert not out.exists()
    screen_all(_plan(crowd, out))
    assert out.read_bytes() == unbroken


@pytest.mark.parametrize(
    ("table", "frame", "says"),
    [
        ("relapse", {"person_id": ["A"], "day": ["2020"]}, "table relapse has no column 'day'"),
        ("relapses", {"person_id": ["A"]}, "no table is called 'relapses'"),
        ("relapse", {"on": ["2020"]}, "table relapse lacks the column 'person_id'"),
        ("relapse", {"person_id": ["A"], "on": [1.5]}, "column on is Float64 and cannot be read as Date"),
        ("observed", {"person_id": ["A"], "from": ["2020"]}, "table observed lacks the column 'domain'"),
    ],
)
def test_a_wrong_schema_is_told_before_any_work(
    tmp_path: Path, table: str, frame: dict[str, list[object]], says: str
) -> None:
    pl.DataFrame({"person_id": ["A"]}).write_csv(tmp_path / "person.csv")
    pl.DataFrame(frame).write_parquet(tmp_path / f"{table}.parquet")
    with pytest.raises(InputError, match=says):
        opened(tmp_path, load())


def test_nobody_to_screen(tmp_path: Path) -> None:
    (tmp_path / "person.csv").write_text("person_id\n")
    with pytest.raises(InputError, match="holds no person"):
        screen_all(_plan(tmp_path, tmp_path / "screen.parquet"))
    assert not (tmp_path / "screen.parquet.part").exists()


def test_a_second_one_leaves_the_first_to_its_work_though_it_has_hardly_begun(crowd: Path, tmp_path: Path) -> None:
    plan = _plan(crowd, tmp_path / "screen.parquet")
    plan.work.mkdir()
    with engine._alone(plan.work):
        with pytest.raises(InputError, match="another screen is writing here"):
            screen_all(plan)
        assert plan.work.is_dir()


@pytest.mark.parametrize("what", ["cutting relapse", "cutting wish"])
def test_an_input_that_changes_while_it_is_read_is_refused_and_leaves_nothing(
    crowd: Path, tmp_path: Path, what: str
) -> None:
    folder = tmp_path / "people"
    shutil.copytree(crowd, folder)
    relapses, once = folder / "relapse.parquet", [what]

    def change(now: str, done: int, of: int) -> None:
        if now in once:
            once.remove(now)
            pl.read_parquet(relapses).clear().write_parquet(relapses)

    plan = _plan(folder, tmp_path / "screen.parquet")
    with pytest.raises(InputError, match="changed while it was being read; run it again once it rests"):
        screen_all(plan, change)
    assert [path.name for path in tmp_path.iterdir()] == ["people"]
    assert screen_all(_plan(folder, tmp_path / "screen.parquet")).people > 0
