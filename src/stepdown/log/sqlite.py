"""The log in one SQLite file: WAL, every append on disk before it is acknowledged, deleted content overwritten.

The statements are plain SQL that another database understands too; what is SQLite's own stands in `_SETTINGS`,
`_GUARDS` and the way a transaction begins.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from stepdown.errors import InputError
from stepdown.log import chain
from stepdown.log.body import Erasure
from stepdown.log.chain import Draft, Entry, Head, Header, Payload
from stepdown.log.key import VARIABLE, Key

WAIT_S = 30.0
"""How long an append waits for another process to finish its own."""

_TABLES = (
    "CREATE TABLE header (format TEXT NOT NULL, store TEXT NOT NULL, key TEXT NOT NULL, genesis TEXT NOT NULL)",
    "CREATE TABLE head (number INTEGER NOT NULL, link TEXT NOT NULL, mac TEXT NOT NULL)",
    "CREATE TABLE entry (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, "
    "commitment TEXT NOT NULL, previous TEXT NOT NULL, link TEXT NOT NULL)",
    "CREATE TABLE payload (entry TEXT PRIMARY KEY REFERENCES entry (id), person TEXT NOT NULL, salt TEXT NOT NULL, "
    "personal BLOB NOT NULL)",
    "CREATE INDEX payload_person ON payload (person)",
)
_GUARDS = tuple(
    f"CREATE TRIGGER entry_no_{act} BEFORE {act} ON entry BEGIN SELECT RAISE(ABORT, 'entries are only appended'); END"
    for act in ("update", "delete")
)
_SETTINGS = ("PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON", "PRAGMA foreign_keys = ON")

_TOLD = {
    "SQLITE_BUSY": ("is in use by another process", "try again"),
    "SQLITE_LOCKED": ("is in use by another process", "try again"),
    "SQLITE_READONLY": ("cannot be written to", "check its permissions and those of its folder; nothing was written"),
    "SQLITE_FULL": ("cannot be written to: the disk is full", "make room; nothing was written"),
    "SQLITE_IOERR": ("cannot be read or written (disk full or faulty)", "make room or check the disk"),
    "SQLITE_CANTOPEN": ("cannot be opened", "check the path and the permissions of its folder"),
    "SQLITE_NOTADB": ("is not a log of decisions", "'stepdown log init' makes one"),
    "SQLITE_CORRUPT": ("is damaged: SQLite cannot read it", "restore a copy and verify it"),
}
"""What an error of SQLite means, by the beginning of its name."""


class Damaged(InputError):
    """The file is a log, but some of it can no longer be read."""


class SqliteLog:
    """A `Store` in one SQLite file; a context manager that closes it.

    Args:
        path: the file.
        key: needed to append and to erase.

    Raises:
        InputError: no such file, or not a log.
    """

    def __init__(self, path: Path, key: Key | None = None) -> None:
        self.path, self.key = path, key
        if not path.is_file():
            raise InputError("there is no log", str(path), "'stepdown log init' makes one")
        with self._telling():
            self._connection = self._open()

    @classmethod
    def create(cls, path: Path, key: Key) -> SqliteLog:
        """A new log in a new file that only its owner can read; raises `InputError` where a file is there already."""
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise InputError(f"cannot be made ({error.strerror})", str(path), "name another file") from None
        header, head = chain.begin(key)
        try:
            with _translated(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                for statement in (*_TABLES, *_GUARDS):
                    connection.execute(statement)
                connection.execute("INSERT INTO header VALUES (?, ?, ?, ?)", tuple(vars(header).values()))
                connection.execute("INSERT INTO head VALUES (?, ?, ?)", tuple(vars(head).values()))
                connection.execute("COMMIT")
        except InputError:
            path.unlink()
            raise
        return cls(path, key)

    def __enter__(self) -> SqliteLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def append(self, draft: Draft) -> Entry:
        """See `Store`."""
        with self._writing() as key:
            return self._append(key, draft)

    def erase(self, person: str, on: date) -> int:
        """See `Store`."""
        with self._writing() as key:
            gone = self._connection.execute("DELETE FROM payload WHERE person = ?", (person,)).rowcount
            if gone:
                self._append(key, Draft(Erasure(recorded_on=on, erased=gone)))
        if gone:
            # What was deleted may still stand in the write-ahead log until this empties it.
            with self._telling():
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    @property
    def lingers(self) -> bool:
        """Whether what was deleted may still stand in the write-ahead log, because somebody else is reading."""
        wal = Path(f"{self.path}-wal")
        return wal.exists() and wal.stat().st_size > 0

    def header(self) -> Header:
        """See `Store`."""
        rows = self._rows("SELECT format, store, key, genesis FROM header")
        return Header(*rows[0]) if rows else Header("", "", "", "")

    def head(self) -> Head:
        """See `Store`."""
        rows = self._rows("SELECT number, link, mac FROM head")
        return Head(*rows[0]) if rows else Head(0, "", "")

    def entries(self) -> Iterator[Entry]:
        """See `Store`."""
        with self._telling():
            select = "SELECT number, id, body, commitment, previous, link FROM entry ORDER BY number"
            for row in self._connection.execute(select):
                yield Entry(*row)

    def payload(self, entry: str) -> Payload | None:
        """See `Store`."""
        rows = self._rows("SELECT person, salt, personal FROM payload WHERE entry = ?", entry)
        if not rows:
            return None
        person, salt, packed = rows[0]
        return Payload(person, salt, _unpacked(packed))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See `Store`."""
        with self._telling():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            # Whoever stops reading early may have closed the log before.
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _append(self, key: Key, draft: Draft) -> Entry:
        """Append within the transaction that is open."""
        entry, payload, head = chain.append(key, self.head(), draft)
        run = self._connection.execute
        run("INSERT INTO entry (number, id, body, commitment, previous, link) VALUES (?, ?, ?, ?, ?, ?)",
            tuple(vars(entry).values()))  # fmt: skip
        if payload is not None:
            run("INSERT INTO payload (entry, person, salt, personal) VALUES (?, ?, ?, ?)",
                (entry.id, payload.person, payload.salt, zlib.compress(payload.personal.encode())))  # fmt: skip
        run("UPDATE head SET number = ?, link = ?, mac = ?", tuple(vars(head).values()))
        return entry

    @contextmanager
    def _writing(self) -> Iterator[Key]:
        """A transaction that no other process can enter, on a log whose head holds under the key."""
        if self.key is None:
            raise InputError("writing needs the key", str(self.path), f"name its file with --key, or in {VARIABLE}")
        with self._telling():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._check_head(self.key)
                yield self.key
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def _check_head(self, key: Key) -> None:
        if chain.holds(key, self.head()):
            return
        if self.header().key != key.id:
            raise chain.wrong_key(self.header(), key)
        raise InputError("its head was altered", str(self.path), "'stepdown log verify' says more; nothing was written")

    def _open(self) -> sqlite3.Connection:
        """Open the file, to be written where that can be; else as it stands, where nobody else has it open."""
        uri, wal = self.path.absolute().as_uri(), Path(f"{self.path}-wal")
        try:
            return self._connected(f"{uri}?mode=rw")
        except sqlite3.OperationalError:
            if wal.exists():
                raise
            return self._connected(f"{uri}?immutable=1")

    def _connected(self, uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=WAIT_S)
        try:
            # What was tampered with need not be text; it is shown to `verify` as it stands.
            connection.text_factory = lambda content: content.decode("utf-8", "surrogateescape")
            for setting in _SETTINGS:
                connection.execute(setting)
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"header", "head", "entry", "payload"} <= tables:
                raise InputError("is not a log of decisions", str(self.path), "'stepdown log init' makes one")
        except BaseException:
            connection.close()
            raise
        return connection

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._telling():
            return self._connection.execute(statement, values).fetchall()

    def _telling(self) -> AbstractContextManager[None]:
        return _translated(self.path)


def _unpacked(packed: object) -> str:
    """The text of a payload; one that was tampered with gives a text that no commitment fits."""
    try:
        return zlib.decompress(packed).decode()  # type: ignore[arg-type]
    except (zlib.error, UnicodeDecodeError, TypeError):
        return ""


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turns an error of SQLite into one line that a person can act on."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or ""
        told = next((told for start, told in _TOLD.items() if name.startswith(start)), None)
        if told is None:
            raise
        kind = Damaged if name.startswith("SQLITE_CORRUPT") else InputError
        raise kind(told[0], str(path), told[1]) from None
