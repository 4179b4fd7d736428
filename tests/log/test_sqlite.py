"""The log in a file: two at once, killed in the middle, no room, no permission; and what erasing leaves behind."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import InputError
from stepdown.log.key import Key
from stepdown.log.read import recorded
from stepdown.log.sqlite import Damaged, SqliteLog
from stepdown.log.verify import verify
from tests.log.made import DAY, KEY, assessment, draft

ROOT = Path(__file__).parents[2]
APPENDS = """
import sys
from pathlib import Path
from stepdown.log.sqlite import SqliteLog
from tests.log.made import KEY, draft
made = draft()
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    with SqliteLog(Path(sys.argv[1]), KEY) as log:
        print(log.append(made).number, flush=True)
"""


def appending(path: Path, count: int) -> subprocess.Popen[str]:
    """Another process that is ready to append once it is told, and says the number of each entry once it stands."""
    run = [sys.executable, "-c", APPENDS, str(path), str(count)]
    process = subprocess.Popen(run, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def path(tmp_path: Path) -> Path:
    SqliteLog.create(tmp_path / "log.db", KEY).__exit__(None, None, None)
    return tmp_path / "log.db"


@contextmanager
def tampered(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as somebody opens it who knows SQL but not the key."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for act in ("update", "delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS entry_no_{act}")
        yield connection


def found(path: Path) -> list[tuple[str, str]]:
    with SqliteLog(path) as log:
        return [(one.kind, one.where) for one in verify(log, KEY).breaks]


def test_what_is_appended_is_read_again(path: Path) -> None:
    with SqliteLog(path, KEY) as log:
        one = log.append(draft(note="Grüße"))
        other = log.append(draft())
    assert (one.number, other.number, other.previous) == (1, 2, one.link)
    with SqliteLog(path) as log:
        assert list(log.entries()) == [one, other]
        first, _ = recorded(log, personal=True)
        assert (first.person, first.personal) == ("P-1", {"note": "Grüße", "assessment": assessment()})
    assert found(path) == []


def test_only_the_owner_can_read_the_file(path: Path) -> None:
    with SqliteLog(path, KEY) as log:
        log.append(draft())
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_the_store_itself_refuses_to_change_entries(path: Path) -> None:
    with SqliteLog(path, KEY) as log:
        log.append(draft())
    with closing(sqlite3.connect(path)) as connection:
        for statement in ("UPDATE entry SET body = ''", "DELETE FROM entry"):
            with pytest.raises(sqlite3.IntegrityError, match="only appended"):
                connection.execute(statement)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_byte_changed_in_the_tables_is_found(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        with SqliteLog.create(path, KEY) as log:
            for _ in range(3):
                log.append(draft())
        table, columns = data.draw(
            st.sampled_from(
                [
                    ("entry", ["id", "body", "commitment", "previous", "link"]),
                    ("head", ["link", "mac"]),
                    ("header", ["format", "store", "key", "genesis"]),
                ]
            )
        )
        column, number = data.draw(st.sampled_from(columns)), data.draw(st.integers(1, 3))
        which = f"WHERE number = {number}" if table == "entry" else ""
        with tampered(path) as connection:
            (text,) = connection.execute(f"SELECT {column} FROM {table} {which}").fetchone()
            content = bytearray(text.encode())
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
            connection.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT) {which}", (bytes(content),))
        assert found(path) == [("altered", f"entry {number}" if table == "entry" else f"the {table}")]


def test_rows_taken_out_moved_and_cut_off_are_found(path: Path) -> None:
    with SqliteLog(path, KEY) as log:
        for _ in range(6):
            log.append(draft())
    with tampered(path) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM entry WHERE number IN (2, 6)")
        connection.execute("UPDATE entry SET number = 40 WHERE number = 4")
    assert found(path) == [("missing", "entry 2"), ("truncated", "entry 6"), ("reordered", "entry 40")]


def test_an_append_after_a_cut_does_not_hide_it(path: Path) -> None:
    with SqliteLog(path, KEY) as log:
        for _ in range(3):
            log.append(draft())
    with tampered(path) as connection:
        connection.execute("DELETE FROM entry WHERE number = 3")
    with SqliteLog(path, KEY) as log:
        assert log.append(draft()).number == 4
    assert found(path) == [("missing", "entry 3")]


def test_nothing_is_appended_with_another_key_or_behind_an_altered_head(path: Path) -> None:
    with SqliteLog(path, Key(bytes(32))) as log, pytest.raises(InputError, match="the key of this log is"):
        log.append(draft())
    with SqliteLog(path) as log, pytest.raises(InputError, match="needs the key"):
        log.append(draft())
    with tampered(path) as connection:
        connection.execute("UPDATE head SET number = 7")
    with SqliteLog(path, KEY) as log, pytest.raises(InputError, match="head was altered"):
        log.append(draft())


def test_erasing_leaves_nothing_of_a_person_in_the_files_and_the_log_whole(path: Path) -> None:
    with SqliteLog(path, KEY) as log:
        for person in ("P-ANNA", "P-BERTA", "P-ANNA"):
            log.append(draft(assessment(person), note=f"about {person}"))
        packed = bytes(log._rows("SELECT personal FROM payload WHERE person = ?", "P-ANNA")[0][0])
        salt = str(log._rows("SELECT salt FROM payload WHERE person = ?", "P-ANNA")[0][0]).encode()
        assert b"P-ANNA" in zlib.decompress(packed)
        assert any(packed in file.read_bytes() for file in path.parent.iterdir())
        assert log.erase("P-ANNA", DAY) == 2
        for file in path.parent.iterdir():
            content = file.read_bytes()
            assert not [part for part in (b"P-ANNA", packed, salt) if part in content], file
        assert log.erase("P-ANNA", DAY) == 0
        people = [one.person for one in recorded(log, personal=True)]
    assert people == [None, "P-BERTA", None, None]
    assert found(path) == []


def test_two_processes_at_once_make_one_chain(path: Path) -> None:
    processes = [appending(path, 60) for _ in range(2)]
    with closing(sqlite3.connect(path, isolation_level=None)) as holding:
        # Both wait at the same place of the chain, until this lets go of it.
        holding.execute("BEGIN IMMEDIATE")
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        time.sleep(0.3)
        holding.execute("ROLLBACK")
    one, other = ([int(line) for line in process.communicate(timeout=60)[0].split()] for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(one + other) == list(range(1, 121))
    assert found(path) == []


def test_a_process_killed_in_the_middle_leaves_a_whole_chain_with_all_that_it_acknowledged(path: Path) -> None:
    said = 0
    for after in (1, 4, 9):
        process = appending(path, 10_000)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        for _ in range(after):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        rest = process.communicate(timeout=60)[0]
        numbers = [int(line) for line in rest.split("\n")[:-1] if line.isdigit()]
        said = max([said, *numbers])
        assert process.returncode == -signal.SIGKILL
        assert found(path) == []
        with SqliteLog(path) as log:
            assert log.head().number >= said


def test_a_write_that_stops_halfway_leaves_nothing_of_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqliteLog(path, KEY) as log:
        log.append(draft())
        monkeypatch.setattr("zlib.compress", lambda content: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            log.append(draft())
        monkeypatch.undo()
        assert log.head().number == 1
        assert log.append(draft()).number == 2
    assert found(path) == []


def test_a_full_disk_is_one_clear_line_and_nothing_is_half_written(path: Path) -> None:
    run = [sys.executable, "-c", APPENDS, str(path), "10000"]
    room = path.stat().st_size + 60_000

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    done = subprocess.run(run, cwd=ROOT, preexec_fn=limited, input="go\n", capture_output=True, text=True, check=False)
    assert "InputError" in done.stderr.splitlines()[-1]
    assert "cannot be" in done.stderr.splitlines()[-1]
    with SqliteLog(path) as log:
        assert log.head().number == int(done.stdout.split()[-1])
    assert found(path) == []


@contextmanager
def nobody() -> Iterator[None]:
    """As a user whom permissions bind; root is bound by none."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_store_that_cannot_be_written_is_one_clear_line_and_can_still_be_read() -> None:
    folder = Path(tempfile.mkdtemp())
    path = folder / "log.db"
    try:
        with SqliteLog.create(path, KEY) as log:
            log.append(draft())
        made = draft()
        path.chmod(0o444)
        folder.chmod(0o555)
        with nobody():
            with SqliteLog(path, KEY) as log:
                with pytest.raises(InputError, match="cannot be written to; check its permissions"):
                    log.append(made)
                assert verify(log, KEY).breaks == ()
            with pytest.raises(InputError, match="cannot be made"):
                SqliteLog.create(folder / "other.db", KEY)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_log_in_use_is_said_after_waiting(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepdown.log.sqlite.WAIT_S", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other, SqliteLog(path, KEY) as log:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InputError, match="is in use by another process; try again"):
            log.append(draft())
        assert verify(log, KEY).breaks == (), "who only reads need not wait"


def test_files_that_are_no_log_are_refused(tmp_path: Path, path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("not a database" * 100, encoding="utf-8")
    with pytest.raises(InputError, match="is not a log of decisions"):
        SqliteLog(text)
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE entry (number INTEGER)")
    with pytest.raises(InputError, match="is not a log of decisions"):
        SqliteLog(tmp_path / "other.db")
    with pytest.raises(InputError, match="there is no log"):
        SqliteLog(tmp_path / "none.db")
    with pytest.raises(InputError, match="cannot be made"):
        SqliteLog.create(path, KEY)


def test_a_damaged_file_is_said_to_be_damaged(path: Path) -> None:
    with SqliteLog(path, KEY) as log:
        for _ in range(20):
            log.append(draft())
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(Damaged, match="is damaged: SQLite cannot read it"), SqliteLog(path) as log:
        verify(log, KEY)
