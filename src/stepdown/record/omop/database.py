"""A database by its address: statements of SQLAlchemy Core in, Polars frames out, and errors that keep its secrets.

DuckDB is asked directly: the statement is written in the dialect of PostgreSQL, which it understands, and DuckDB
writes its columns into Parquet itself, without a row in Python. Every other database is asked through its SQLAlchemy
driver, in batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import polars as pl

from stepdown.errors import InputError

try:
    import sqlalchemy as sa
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.engine import URL, Dialect, make_url
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
    from sqlalchemy.sql import quoted_name
except ImportError:
    raise InputError("reading a database needs SQLAlchemy", mend="pip install 'stepdown[omop]'") from None

Kind = Literal["id", "int", "number", "text", "day"]
"""What a column holds: a key, a whole number such as a concept id, a number, words, or a date."""
Kinds = Mapping[str, Kind]
Statement = sa.Select[Any]
TYPES: dict[Kind, pl.DataType] = {
    "id": pl.String(), "int": pl.Int64(), "number": pl.Float64(), "text": pl.String(), "day": pl.Date(),
}  # fmt: skip
_OURS = ("cdm_schema", "vocabulary_schema")
_BATCH = 50_000
_SHOWN = 160
_LEAST_SECRET = 3


class Database(Protocol):
    """A database that can be asked.

    Attributes:
        where: how errors name it: without user, password and options.
        dialect: how statements are written for it.
        schemas: schema of the clinical tables, and of the vocabulary; None for the usual one.
    """

    where: str
    dialect: Dialect
    schemas: tuple[str | None, str | None]

    def names(self, select: sa.Select[Any]) -> list[str]:
        """Names of the columns that a statement gives."""

    def fetch(self, select: Statement, kinds: Kinds) -> pl.DataFrame:
        """The rows of a statement whose answer is small."""

    def save(self, select: sa.Select[Any], kinds: Kinds, to: Path) -> list[Path]:
        """Write the rows of a statement as they come into Parquet files of a folder, in bounded memory."""

    def close(self) -> None:
        """Let it go."""


def connect(address: str) -> Database:
    """Open a database by its address.

    Raises:
        InputError: no address, no driver, or a database that cannot be reached or refuses.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # a port that is no number
        raise InputError("is not the address of a database", _scheme(address), "see docs/omop.md") from None
    where = f"{url.drivername}://{url.host or ''}{f':{url.port}' if url.port else ''}/{url.database or ''}"
    schemas = [str(url.query[name]) if name in url.query else None for name in _OURS]
    plain = url.difference_update_query(_OURS)
    found: Database
    if plain.get_backend_name() == "duckdb":
        found = _Duck(plain, where)
    else:
        found = _Driven(plain, where)
    cdm, vocabulary = (_quoted(name, found) for name in schemas)
    found.schemas = (cdm, vocabulary or cdm)
    return found


def literal(select: Statement, dialect: Dialect) -> str:
    """A statement as text, with everything that it says written out."""
    return str(select.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def normal(frame: pl.DataFrame, kinds: Kinds) -> pl.DataFrame:
    """Columns of the types that their kinds have, whatever the database gave; what is none of its kind is empty."""
    return normal_lazy(frame.lazy(), kinds).collect()


def normal_lazy(frame: pl.LazyFrame, kinds: Kinds) -> pl.LazyFrame:
    """The same for what is not read yet."""
    schema = frame.collect_schema()
    return frame.select(_cast(pl.col(name), schema[name], kind).alias(name) for name, kind in kinds.items())


def _cast(column: pl.Expr, dtype: pl.DataType, kind: Kind) -> pl.Expr:
    if kind == "id":
        whole = column.cast(pl.Int64, strict=False) if dtype.is_numeric() else column
        return _text(whole)
    if kind == "text":
        return _text(column)
    if kind == "day" and not dtype.is_temporal():
        return column.cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if kind == "int" and dtype == pl.String:
        return column.cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
    return column.cast(TYPES[kind], strict=False)


def _text(column: pl.Expr) -> pl.Expr:
    said = column.cast(pl.String).str.strip_chars()
    return pl.when(said != "").then(said)


def _scheme(address: str) -> str:
    return address.split("://", 1)[0] + "://"


def _quoted(name: str | None, database: Database) -> str | None:
    """A schema, also as `catalog.schema`, as it is written in statements."""
    if name is None:
        return None
    prepare = database.dialect.identifier_preparer
    return quoted_name(".".join(prepare.quote(part) for part in name.split(".")), False)


def _reason(error: BaseException, url: URL) -> str:
    """The first line of what a driver said, without anything that stands in the address."""
    line = _said(error).strip().split("\n", 1)[0]
    values = (one for part in url.query.values() for one in ([part] if isinstance(part, str) else part))
    for secret in (url.password, *values):
        if secret and len(str(secret)) >= _LEAST_SECRET:
            line = line.replace(str(secret), "***")
    return line[:_SHOWN]


def _said(error: BaseException) -> str:
    """What a driver said; pg8000 gives a dictionary of the server, and may fail once more while it closes."""
    chain: BaseException | None = error
    while chain is not None:
        if chain.args and isinstance(chain.args[0], dict):
            return str(chain.args[0].get("M", "failed"))
        chain = chain.__cause__ or chain.__context__
    return str(error.args[0] if error.args else error)


class _Duck:
    """DuckDB, opened for reading only."""

    schemas: tuple[str | None, str | None] = (None, None)

    def __init__(self, url: URL, where: str) -> None:
        self.where, self._url = where, url
        self.dialect: Dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
        try:
            import duckdb
        except ImportError:
            raise InputError("reading DuckDB needs its driver", where, "pip install 'stepdown[omop]'") from None
        self._error = duckdb.Error
        if not url.database or not Path(url.database).is_file():
            raise InputError("there is no such file", where, "name a file of DuckDB, as duckdb:///cdm.duckdb")
        with self._told():
            self._connection = duckdb.connect(url.database, read_only=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (self._error, OSError) as error:
            raise _refused(self.where, _reason(error, self._url)) from None

    def names(self, select: sa.Select[Any]) -> list[str]:
        with self._told():
            return [str(one[0]) for one in self._connection.execute(literal(select, self.dialect)).description or ()]

    def fetch(self, select: Statement, kinds: Kinds) -> pl.DataFrame:
        with self._told():
            return _frame(self._connection.execute(literal(select, self.dialect)).fetchall(), kinds)

    def save(self, select: sa.Select[Any], kinds: Kinds, to: Path) -> list[Path]:
        to.mkdir(parents=True)
        out = to / "0000.parquet"
        name = str(out).replace("'", "''")
        with self._told():
            self._connection.execute(f"COPY ({literal(select, self.dialect)}) TO '{name}' (FORMAT parquet)")
        return [out]

    def close(self) -> None:
        self._connection.close()


class _Driven:
    """Any database through its SQLAlchemy driver, in batches from a cursor of the server where it has one."""

    schemas: tuple[str | None, str | None] = (None, None)

    def __init__(self, url: URL, where: str) -> None:
        self.where, self._url = where, _driver(url)
        try:
            engine = sa.create_engine(self._url, hide_parameters=True)
        except (NoSuchModuleError, ImportError):
            raise InputError("its driver is not installed", where, "install it, or name another") from None
        except (SQLAlchemyError, TypeError, ValueError) as error:
            raise _refused(where, _reason(error, self._url)) from None
        self.dialect, self._engine = engine.dialect, engine
        with self._told(), engine.connect():
            pass

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _refused(self.where, _reason(error.orig or error, self._url)) from None
        except (SQLAlchemyError, OSError) as error:
            raise _refused(self.where, _reason(error, self._url)) from None

    def names(self, select: sa.Select[Any]) -> list[str]:
        with self._told(), self._engine.connect() as connection:
            return list(connection.execute(select).keys())

    def fetch(self, select: Statement, kinds: Kinds) -> pl.DataFrame:
        with self._told(), self._engine.connect() as connection:
            return _frame(connection.execute(select).fetchall(), kinds)

    def save(self, select: sa.Select[Any], kinds: Kinds, to: Path) -> list[Path]:
        to.mkdir(parents=True)
        written: list[Path] = []
        with self._told(), self._engine.connect() as connection:
            if self.dialect.name == "postgresql":  # plans a cursor for its first rows, where all of them are wanted
                connection.exec_driver_sql("SET cursor_tuple_fraction = 1")
            streamed = connection.execution_options(stream_results=True, yield_per=_BATCH)
            for rows in streamed.execute(select).partitions():
                written.append(to / f"{len(written):04d}.parquet")
                _frame(rows, kinds).write_parquet(written[-1], compression="lz4")
        if not written:
            written.append(to / "0000.parquet")
            _frame([], kinds).write_parquet(written[-1])
        return written

    def close(self) -> None:
        self._engine.dispose()


def _driver(url: URL) -> URL:
    """For PostgreSQL without a named driver the one that is there."""
    if url.drivername != "postgresql":
        return url
    from importlib.util import find_spec

    return url.set(drivername=next((f"postgresql+{one}" for one in ("psycopg", "pg8000") if find_spec(one)),
                                   url.drivername))  # fmt: skip


def _frame(rows: Any, kinds: Kinds) -> pl.DataFrame:
    """Rows as a frame, column by column, for a driver may give a column other types from row to row."""
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    loose: dict[Kind, pl.DataType] = {"id": pl.String(), "text": pl.String(), "number": pl.Float64()}
    made = [
        pl.Series(name, cells, dtype=loose.get(kind), strict=False)
        for (name, kind), cells in zip(kinds.items(), columns, strict=True)
    ]
    return normal(pl.DataFrame(made), kinds)


def _refused(where: str, reason: str) -> InputError:
    return InputError(f"the database refused ({reason})", where, "check the address, the user's rights and the schema")
