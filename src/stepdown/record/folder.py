"""A folder of tables, one file or folder of files a table, as CSV or Parquet: opened, checked and read lazily.

Nothing is read but heads of files until rows are asked for, so that a wrong schema is told before any work. Rows come
as they stand in their file, with its number (`_file`) and their line (`_row`); `folder_cells` understands them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.yamlfile import parse, read_bytes
from stepdown.record.dates import read_date, shown
from stepdown.record.tables import TABLES

DATASET = "dataset.yaml"
FORMS = (".csv", ".parquet")
WORK = ".part"
"""Ends the name of the working folder of a screen, which may lie here as well."""
BIRTH = "birth"
ALL = "all"
PLACE = ("_file", "_row")
"""Columns that say where a row stands: the number of its file among those of the table, and its line or row from 1."""
_CELL = r'(?:"((?:[^"]|"")*)"|([^",]*))'
_NEEDED = {"person": ("person_id",), "observed": ("person_id", "domain", "from")}
_LATEST = "_latest"
_FORM = "write a table as one .csv or .parquet file, or as a folder of .parquet files; name what is no table otherwise"
_EXPECTED = f"tables are {', '.join(TABLES)}, as .csv or .parquet"


@dataclass(frozen=True)
class File:
    """One file of a table, with its columns as they stand in it."""

    path: Path
    table: str
    schema: dict[str, pl.DataType]

    @property
    def is_csv(self) -> bool:
        """Whether it is CSV; else it is Parquet."""
        return self.path.suffix.lower() == ".csv"


@dataclass(frozen=True)
class Claim:
    """What `dataset.yaml` says of everybody: since when, and until when, events of a domain would be on record.

    Attributes:
        domain: domain of observation, or all of them.
        start: first day, or `None` for the whole life.
        end: last day, or `None` where it goes on.
    """

    domain: str
    start: date | None
    end: date | None

    @staticmethod
    def from_json(said: Sequence[Sequence[str | None]]) -> tuple[Claim, ...]:
        """Claims as `as_json` gives them."""
        days = [[date.fromisoformat(day) if day else None for day in span] for _, *span in said]
        return tuple(Claim(str(one[0]), *span) for one, span in zip(said, days, strict=True))

    def as_json(self) -> list[str | None]:
        """As it stands in a manifest."""
        return [self.domain, *(day.isoformat() if day else None for day in (self.start, self.end))]


@dataclass(frozen=True)
class Folder:
    """The tables of a folder, and what it declares of everybody."""

    path: Path
    files: dict[str, tuple[File, ...]]
    claims: tuple[Claim, ...]

    def everything(self) -> list[Path]:
        """Every file that answers rest on, sorted."""
        declared = self.path / DATASET
        found = [file.path for files in self.files.values() for file in files]
        return sorted([*found, *([declared] if declared.exists() else [])])


def open_folder(path: Path, library: Library) -> Folder:
    """Open a folder of tables.

    Raises:
        InputError: no folder, a table or column that the record does not have, a type that cannot be read, no people.
    """
    if not path.is_dir():
        hint = "name a folder of tables or of FHIR, a file of Bundles, or the address of a database"
        raise InputError("is not a folder", str(path), hint)
    files: dict[str, tuple[File, ...]] = {}
    for entry in sorted(path.iterdir()):
        if entry.name.startswith(".") or entry.name == DATASET:
            continue
        found = _of_table(entry)
        if not found:
            if entry.name.split(".")[0].lower() in TABLES:  # left out, it would prove that nothing happened
                raise InputError("is a table in a form that is not read", str(entry), _FORM)
            if entry.is_dir() and entry.suffix != WORK and any(entry.glob("*.parquet")):
                raise InputError(f"no table is called {entry.name!r}", str(entry), _EXPECTED)
            continue
        table = entry.stem
        if table not in TABLES:
            raise InputError(f"no table is called {table!r}", str(entry), _EXPECTED)
        if table in files:
            raise InputError(f"the table {table} is there twice", str(entry), "keep one of the two")
        files[table] = tuple(_opened(one, table) for one in found)
    if "person" not in files:
        raise InputError(
            "has no table person", str(path), "give person.csv or person.parquet with the ids of everybody"
        )
    return Folder(path, files, _claims(path / DATASET, library))


def _of_table(entry: Path) -> list[Path]:
    """The files behind an entry of the folder: itself, or the Parquet files of a folder named like a table."""
    if entry.is_dir():
        if entry.stem not in TABLES or entry.suffix not in ("", ".parquet"):
            return []
        found = sorted(entry.glob("*.parquet"))
        others = {one for one in entry.rglob("*") if one.is_file() and not one.name.startswith((".", "_"))} - {*found}
        if others:
            raise InputError("stands in the folder of a table in a form that is not read", str(min(others)), _FORM)
        return found
    return [entry] if entry.suffix.lower() in FORMS else []


def _opened(path: Path, table: str) -> File:
    if path.suffix.lower() == ".csv":
        schema: dict[str, pl.DataType] = dict.fromkeys(_head(path), pl.String())
    else:
        try:
            schema = dict(pl.read_parquet_schema(path))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise unreadable(path, error) from None
    check_columns(schema, table, str(path))
    return File(path, table, schema)


def check_columns(schema: Mapping[str, pl.DataType], table: str, where: str) -> None:
    """Refuse columns that a table of the record does not have, or that cannot be read as its own.

    Raises:
        InputError: a column too many, one of a type that cannot be read, or one that is missing.
    """
    wanted = TABLES[table]
    for name, dtype in schema.items():
        if name not in wanted:
            raise InputError(f"table {table} has no column {name!r}", where, f"columns are {', '.join(wanted)}")
        if not _fits(dtype, wanted[name]):
            raise InputError(f"column {name} is {dtype} and cannot be read as {wanted[name]}", where, "cast it")
    for name in _NEEDED.get(table, ("person_id",)):
        if name not in schema:
            raise InputError(f"table {table} lacks the column {name!r}", where, f"columns are {', '.join(wanted)}")


def _head(path: Path) -> list[str]:
    """The names in the first line of a CSV file."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            line = file.readline(1 << 16)
    except OSError as error:
        raise unreadable(path, error) from None
    if line.endswith("\r"):  # all that follows would be one line
        raise InputError("ends its lines with a carriage return alone", str(path), "save it again as CSV UTF-8")
    names = [name.strip() for name in next(csv.reader([line.rstrip("\r\n")]), [])]
    if not line.strip():
        raise InputError("is empty", str(path), "give a first line with the names of the columns")
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"the column {name!r} is there twice", str(path), "keep one of the two")
    return names


def _fits(dtype: pl.DataType, wanted: pl.DataType) -> bool:
    """Whether values of a type can be read as those of another; text always can be tried."""
    if dtype == pl.Null or dtype in (pl.String, pl.Categorical, pl.Enum):
        return True
    if isinstance(wanted, pl.Date):
        return dtype.is_integer() or dtype == pl.Date or isinstance(dtype, pl.Datetime)
    if isinstance(wanted, pl.String):
        return dtype.is_integer()
    if isinstance(wanted, pl.Boolean):
        return dtype == pl.Boolean or dtype.is_integer()
    if isinstance(wanted, pl.List):
        return dtype == wanted
    return dtype.is_numeric()


def unreadable(path: Path, error: BaseException) -> InputError:
    """The one line for a file that cannot be read."""
    reason = str(getattr(error, "strerror", None) or error or "damaged").strip().split("\n", 1)[0][:160]
    return InputError(f"cannot be read ({reason})", str(path), "write it again, or restore it")


def rows(file: File, number: int) -> pl.LazyFrame:
    """The rows of a file as they stand in it, with `_file` and `_row`, and `_broken`: why a line of CSV is no row.

    Every line of a CSV file is one row, so that a stray quote spoils its own line and no other. So a cell with a line
    break in it spoils the lines that it begins and ends in; they are told apart as `quote-open`.
    """
    if file.is_csv:
        return _lines(file, number)
    frame = pl.scan_parquet(file.path, row_index_name="_row", hive_partitioning=False)
    return frame.with_columns(
        *as_words(file.schema, file.table), pl.lit(number, pl.Int32).alias("_file"),
        (pl.col("_row") + 1).cast(pl.Int64), pl.lit(None, pl.String).alias("_broken"),
    )  # fmt: skip


def as_words(schema: Mapping[str, pl.DataType], table: str) -> list[pl.Expr]:
    """Columns that hold words in another form than text, as text."""
    return [
        pl.col(name).cast(pl.String) for name, dtype in schema.items()
        if dtype in (pl.Categorical, pl.Enum, pl.Null) or (TABLES[table][name] == pl.String and dtype != pl.String)
    ]  # fmt: skip


def _lines(file: File, number: int) -> pl.LazyFrame:
    names = list(file.schema)
    text = pl.scan_csv(
        file.path, has_header=False, separator="\x01", quote_char=None, schema={"_line": pl.String},
        row_index_name="_row", encoding="utf8-lossy", truncate_ragged_lines=True, empty_string_is_null=False,
    )  # fmt: skip
    line = pl.col("_line").str.strip_chars_end("\r")
    quoted = line.str.contains('"', literal=True)
    whole = line.str.count_matches(",", literal=True) == len(names) - 1
    plain = pl.when(~quoted & whole).then(line.str.split_exact(",", len(names) - 1))
    groups = pl.when(quoted).then(line).str.extract_groups("^" + ",".join([_CELL] * len(names)) + "$")
    parts = text.filter((pl.col("_row") > 0) & (line != "")).with_columns(
        plain.alias("_plain"), groups.alias("_groups")
    )

    def cell(place: int) -> pl.Expr:
        inner = pl.col("_groups").struct.field(str(2 * place + 1)).str.replace_all('""', '"', literal=True)
        bare = pl.col("_groups").struct.field(str(2 * place + 2))
        return pl.coalesce(pl.col("_plain").struct.field(f"field_{place}"), inner, bare).alias(names[place])

    first = pl.coalesce(
        pl.col("_plain").struct.field("field_0"),
        pl.col("_groups").struct.field("1"),
        pl.col("_groups").struct.field("2"),
    )
    return parts.select(
        *(cell(place) for place in range(len(names))),
        pl.lit(number, pl.Int32).alias("_file"),
        (pl.col("_row") + 1).cast(pl.Int64),
        pl.when(first.is_null())
        .then(
            pl.when(line.str.count_matches('"', literal=True) % 2 == 1)
            .then(pl.lit("quote-open"))
            .otherwise(pl.lit("row-unreadable"))
        )
        .alias("_broken"),
    )


def _claims(path: Path, library: Library) -> tuple[Claim, ...]:
    """What `dataset.yaml` declares; nothing without it, and then nothing but the table `observed` proves absence."""
    return claims_of(parse(read_bytes(path), str(path)).data, library, str(path)) if path.exists() else ()


def claims_of(data: Any, library: Library, where: str) -> tuple[Claim, ...]:
    """The claims that `dataset.yaml` holds.

    Raises:
        InputError: something else stands there.
    """
    if not isinstance(data, dict) or set(data) - {"title", "note", "synthetic", "observed"}:
        keys = "title, note, synthetic and observed"
        raise InputError(f"has keys other than {keys}", where, "write observed: {from: birth}")
    return tuple(_declared(data.get("observed"), library, where))


def title_of(path: Path) -> str:
    """What a folder calls its data in `dataset.yaml`; empty where it does not."""
    declared = path / DATASET
    data = parse(read_bytes(declared), str(declared)).data if declared.exists() else None
    return str(data.get("title") or "") if isinstance(data, dict) else ""


def _declared(said: Any, library: Library, where: str) -> Iterator[Claim]:
    hint = "write observed: {from: birth}, or one line a domain such as mri: {from: 2010-01-01, to: 2026-03-01}"
    if said is None:
        return
    if not isinstance(said, dict):
        raise InputError(f"observed is {shown(said)}", where, hint)
    each = {ALL: said} if set(said) <= {"from", "to"} else said
    for domain, span in each.items():
        if domain not in (*library.domains, ALL):
            raise InputError(f"no domain is called {shown(domain)}", where, f"there are {', '.join(library.domains)}")
        if not isinstance(span, dict) or set(span) - {"from", "to"} or "from" not in span:
            raise InputError(f"the span of {domain} is {shown(span)}", where, hint)
        start = None if span["from"] == BIRTH else _day(span["from"], where).last
        end = _day(span["to"], where).first if span.get("to") is not None else None
        if start and end and start > end:
            raise InputError(f"the span of {domain} begins after its end", where, "check both dates")
        yield Claim(str(domain), start, end)


def _day(said: Any, where: str) -> Any:
    try:
        return read_date(said)
    except ValueError as error:
        raise InputError(re.sub(r"; .*", "", str(error)), where, "write a day, or from: birth") from None
