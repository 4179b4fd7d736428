"""`stepdown log` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import stat
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest

from stepdown.cli import run
from stepdown.log.sqlite import SqliteLog
from tests.log.made import STOP, WIDEST, assessment, key_file

HEAD = re.compile(r"^head (\d+:[0-9a-f]{64})$", re.M)


class Log:
    """A log in a folder of its own, and the command that writes it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.store, self.key = folder / "log.db", folder / "log.key"

    def __call__(self, *arguments: str, status: int = 0, key: bool = True) -> str:
        """What the command prints; what it says on standard error where that is all."""
        options = ["--store", str(self.store), *(["--key", str(self.key)] if key else [])]
        found = run(["log", *arguments, *options])
        out, error = self.capsys.readouterr()
        assert found == status, error
        return str(out or error)

    def add(self, person: str = "P-1", decided: str = WIDEST, *more: str) -> str:
        path = self.folder / f"{person}.json"
        path.write_bytes(orjson.dumps(assessment(person)))
        reason = "agrees" if decided == WIDEST else "person-prefers"
        return self("add", str(path), "--decided", decided, "--reason", reason, "--role", "neurologist", *more)

    def tamper(self, statement: str) -> None:
        with closing(sqlite3.connect(self.store, isolation_level=None)) as connection:
            for act in ("update", "delete"):
                connection.execute(f"DROP TRIGGER IF EXISTS entry_no_{act}")
            connection.execute(statement)


@pytest.fixture
def log(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Log:
    monkeypatch.delenv("STEPDOWN_LOG_KEY", raising=False)
    made = Log(tmp_path, capsys)
    made("init")
    return made


def test_from_the_first_entry_to_the_last_question(log: Log) -> None:
    assert log("list") == "No entries yet.\n"
    assert log("rates") == "No decisions yet.\n"
    assert log.add("P-1").startswith("entry 1: the advice was followed\nhead 1:")
    said = log.add("P-2", STOP, "--note", "=HYPERLINK(1)", "--role", "person", "--on", "2026-03-02")
    assert said.startswith("entry 2: the advice was overridden\nhead 2:")
    assert log("list").splitlines() == [
        f"   1  {date.today()}  followed    extend-interval:ocrelizumab:52w",
        "      agrees; neurologist",
        "   2  2026-03-02  overridden  discontinue:ocrelizumab",
        "      advised extend-interval:ocrelizumab:52w; person-prefers; neurologist,",
        "      person",
    ]
    assert "P-2; =HYPERLINK(1)" in log("list", "--personal")
    assert "all              2  50% (9 to 91)" in log("rates")
    whole = log("verify")
    assert whole.startswith("whole: 2 entries, 0 emptied by erasure\nhead 2:")
    assert log("export", "--anchor") == HEAD.findall(whole)[0] + "\n"


def test_erasing_a_person_leaves_the_log_whole(log: Log) -> None:
    log.add("P-1")
    log.add("P-2")
    assert log("erase", "P-1").startswith("erased what was personal from 1 entry; copies of the file keep it\nhead 3:")
    assert log("verify").startswith("whole: 3 entries, 1 emptied by erasure\n")
    assert "P-1" not in log("export", "--personal") + log("list", "--personal") + log("export", "--format", "json")
    assert "P-2" in log("export", "--personal")
    assert "holds nothing personal about this person" in log("erase", "P-1", status=2)


def test_an_erasure_that_a_reader_holds_up_needs_attention(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepdown.log.sqlite.WAIT_S", 0.05)
    log.add("P-1")
    with SqliteLog(log.store) as reader, reader.snapshot():
        assert reader.head().number == 1
        log("erase", "P-1", status=3)
    assert log("verify").startswith("whole: 2 entries, 1 emptied by erasure\n")
    assert not any(b"P-1" in path.read_bytes() for path in log.folder.glob("log.db*"))


def test_exports_keep_what_is_personal_to_themselves_unless_asked(log: Log) -> None:
    log.add("P-2", STOP, "--note", "=1+1")
    (row,) = csv.DictReader(io.StringIO(log("export")))
    assert (row["outcome"], row["decided_option"], row["reasons"]) == ("overridden", STOP, "person-prefers")
    assert row["met"] == "; ".join(f"{one}/{two}" for one in ("panel-2025", "ectrims-2025", "dgn-2021")
                                   for two in ("age", "quiet"))  # fmt: skip
    assert row["conclusions"] == "panel-2025=candidate; ectrims-2025=candidate; dgn-2021=does-not-apply"
    assert "person" not in row
    (row,) = csv.DictReader(io.StringIO(log("export", "--personal")))
    assert (row["person"], row["note"]) == ("P-2", "'=1+1")
    plain = log("export", "--format", "json")
    assert "P-2" not in plain
    assert "Patient" not in plain
    (one,) = json.loads(plain)
    assert one["options"][STOP] == "reasonable"
    (one,) = json.loads(log("export", "--format", "json", "--personal"))
    assert (one["person"], one["note"], one["assessment"]) == ("P-2", "=1+1", assessment("P-2"))


def test_rates_for_other_programs(log: Log) -> None:
    log.add("P-1")
    rows = list(csv.DictReader(io.StringIO(log("rates", "--format", "csv"))))
    data = json.loads(log("rates", "--format", "json"))
    assert len(rows) == len(data)
    assert (rows[0]["group"], rows[0]["n"], rows[0]["followed_share"]) == ("all", "1", "1.0")
    assert data[0]["followed"]["low"] == pytest.approx(float(rows[0]["followed_low"]), abs=1e-4)


def test_an_altered_log_is_said_where_and_exits_with_3(log: Log) -> None:
    for number in range(1, 4):
        log.add(f"P-{number}")
    log.tamper("UPDATE entry SET body = replace(body, 'followed', 'varied') WHERE number = 2")
    today = date.today()
    told = log("verify", status=3)
    assert " ".join(told.split()) == (
        "not whole: 3 entries, 0 emptied by erasure "
        f"entry 2 (recorded {today}, after one of {today}, before one of {today}): altered: it is not as it was "
        "written, or was never written with this key"
    )
    data = json.loads(log("verify", "--format", "json", status=3))
    assert (data["whole"], data["breaks"][0]["kind"], data["breaks"][0]["entry"]) == (False, "altered", 2)
    for command in ("list", "rates", "export"):
        log(command, status=3)
    assert run(["log", "list", "--store", str(log.store), "--key", str(log.key)]) == 3
    assert log.capsys.readouterr().err == "stepdown: the log is not whole; 'stepdown log verify' says where\n"


def test_a_log_that_was_cut_off_and_made_to_look_whole_is_found_by_an_anchor(log: Log) -> None:
    log.add("P-1")
    early = log.store.read_bytes()
    log.add("P-2")
    kept = log("export", "--anchor").strip()
    assert log("verify", "--head", kept).startswith("whole")
    log.store.write_bytes(early)
    assert log("verify").startswith("whole: 1 entry")
    assert "entry 2: truncated: cut off at the end" in log("verify", "--head", kept, status=3)


def test_a_damaged_file_needs_attention(log: Log) -> None:
    for number in range(20):
        log.add(f"P-{number % 2}")
    content = log.store.read_bytes()
    log.store.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    assert "is damaged: SQLite cannot read it" in log("verify", status=3)


def test_the_key_is_told_apart_and_guarded(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stat.S_IMODE(log.key.stat().st_mode) == 0o600
    log.add("P-1")
    assert len(log("list", key=False).splitlines()) == 2
    assert "no key is named; name its file, or set STEPDOWN_LOG_KEY" in log("verify", status=2, key=False)
    monkeypatch.setenv("STEPDOWN_LOG_KEY", str(log.key))
    assert log("verify", key=False).startswith("whole")
    (tmp_path / "other").mkdir()
    log.key = key_file(tmp_path / "other")
    assert re.search("--key: the key of this log is [0-9a-f]{16}, and the one given is", log("verify", status=2))
    log.key.chmod(0o644)
    assert "others can read this key; run 'chmod 600" in log("verify", status=2)
    log.key.chmod(0o600)
    log.key.write_text("12", encoding="utf-8")
    assert "is not a key of a log" in log("verify", status=2)
    log.key.unlink()
    assert "the key cannot be read (No such file" in log("verify", status=2)


def test_init_takes_a_key_that_is_there_and_never_overwrites(log: Log) -> None:
    before, store = log.key.read_bytes(), log.store
    log.store = log.folder / "other.db"
    assert "new" not in log("init")
    assert log.key.read_bytes() == before
    log.store = store
    assert "is there already; name another file" in log("init", status=2)
    log.store = log.folder / "none" / "log.db"
    assert "cannot be made (No such file or directory)" in log("init", status=2)


def test_what_is_wrong_is_one_line_and_nothing_is_written(log: Log) -> None:
    tomorrow = (date.today() + timedelta(days=1)).isoformat()
    path = log.folder / "a.json"
    path.write_bytes(orjson.dumps(assessment()))
    rest = ["--reason", "agrees", "--role", "neurologist"]
    for arguments, told in (
        (["add", str(path), "--decided", "stop", *rest], "the assessment has no option 'stop'; it has continue:"),
        (["add", str(path), "--decided", WIDEST, "--on", tomorrow, *rest], "lies in the future"),
        (["add", str(path), "--decided", WIDEST, "--on", "1 May", *rest], "--on: '1 May' is not a day"),
        (["add", str(log.key), "--decided", WIDEST, *rest], "log.key: is not JSON"),
        (["add", "nothing.json", "--decided", WIDEST, *rest], "nothing.json: cannot be read"),
        (["add", str(path), "--decided", WIDEST, "--role", "person"], "Missing option '--reason'"),
        (["verify", "--head", "x"], "--head: is not the head of a log"),
    ):
        said = log(*arguments, status=2)
        assert told in said
        assert said.count("\n") == 1
        assert said.startswith("stepdown: ")
    assert log("list") == "No entries yet.\n"


def test_an_assessment_comes_from_standard_input_too(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    class Piped:
        buffer = io.BytesIO(orjson.dumps(assessment()))

    monkeypatch.setattr("sys.stdin", Piped())
    said = log("add", "-", "--decided", WIDEST, "--reason", "agrees", "--role", "pharmacist")
    assert said.startswith("entry 1: the advice was followed")
