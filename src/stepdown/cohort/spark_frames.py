"""Reads tables with Spark, from Parquet or a catalogue, as one frame: a row a row of any table, tagged and cut alike.

The columns of a table stand in slots, a column of the frame for each type and number, so that the frame is no wider
than the widest table. Files of a table that have different columns are parts of their own, as on one machine: a column
that is not there says something else than one that is empty.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from stepdown.cohort.spark_bucket import KEYS, Part
from stepdown.errors import InputError
from stepdown.knowledge.library import Library
from stepdown.knowledge.yamlfile import parse
from stepdown.record.folder import DATASET, Claim, check_columns, claims_of
from stepdown.record.folder_table import EMPTY
from stepdown.record.tables import TABLES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import DataType

FORM = ".parquet"
_CATALOGUE = re.compile(r"[\w-]+(\.[\w-]+){0,2}")
_BLANK = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What Polars strips of both ends of a text: white space in the sense of Unicode."""
_SLASHES = "^([A-Za-z0-9+.-]+:)/+"
_TYPES: dict[str, pl.DataType] = {
    **dict.fromkeys(("byte", "short", "integer", "long"), pl.Int64()),
    **dict.fromkeys(("string", "char", "varchar"), pl.String()),
    **dict.fromkeys(("timestamp", "timestamp_ntz"), pl.Datetime()),
    "float": pl.Float32(), "double": pl.Float64(), "decimal": pl.Decimal(38, 0), "boolean": pl.Boolean(),
    "date": pl.Date(), "void": pl.Null(),
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """Rows of one table that have the same columns, as a frame of Spark.

    Attributes:
        table: name of the table.
        frame: its rows.
        files: numbers and addresses of its files; none for a table of a catalogue.
    """

    table: str
    frame: DataFrame
    files: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Found:
    """The tables of a folder or a catalogue.

    Attributes:
        where: how an error names it.
        pieces: their rows.
        claims: what is declared of everybody.
        places: names of files: table, number, name.
        listing: what the answer rests on, a line a file or table.
    """

    where: str
    pieces: tuple[Piece, ...]
    claims: tuple[Claim, ...] = ()
    places: tuple[tuple[str, int, str], ...] = ()
    listing: tuple[str, ...] = ()

    def only(self, tables: Collection[str]) -> Found:
        """The same without the tables that nothing rests on."""
        return replace(self, pieces=tuple(piece for piece in self.pieces if piece.table in tables))


def opened(spark: SparkSession, name: str, library: Library) -> Found:
    """Find the tables in a folder, or in a schema of the catalogue such as `registry` or `main.registry`.

    Raises:
        InputError: nothing of the kind, a table or column that the record does not have, a type that cannot be read.
    """
    is_folder = Path(name).exists() or not _CATALOGUE.fullmatch(name)
    found = _folder(spark, name, library) if is_folder else _catalogue(spark, name)
    if not any(piece.table == "person" for piece in found.pieces):
        raise InputError("has no table person", name, "give the table person with the ids of everybody")
    for piece in found.pieces:
        schema = {field.name: _polars(field.dataType) for field in piece.frame.schema.fields}
        check_columns(schema, piece.table, f"{name}: {piece.table}")
    return found


def _polars(kind: DataType) -> pl.DataType:
    """The nearest type of Polars, to be checked; one that no column of the record may have is binary."""
    name = kind.typeName()
    if name == "array" and _polars(kind.elementType) == pl.String:
        return pl.List(pl.String())
    return _TYPES.get(name, pl.Binary())


def _catalogue(spark: SparkSession, name: str) -> Found:
    quoted = ".".join(f"`{part}`" for part in name.split("."))
    tables = sorted(
        row["tableName"] for row in spark.sql(f"SHOW TABLES IN {quoted}").collect() if not row["isTemporary"]
    )
    for table in tables:
        if table not in TABLES:
            raise _unknown(table, name)
    pieces = tuple(Piece(table, spark.table(f"{quoted}.`{table}`")) for table in tables)
    return Found(name, pieces, listing=tuple(f"{name}.{table}" for table in tables))


def _unknown(table: str, where: str) -> InputError:
    return InputError(f"no table is called {table!r}", where, f"tables are {', '.join(TABLES)}")


class _Files:
    """Files wherever Spark can reach them: a disk, HDFS, an object store."""

    def __init__(self, spark: SparkSession) -> None:
        self.jvm: Any = spark._jvm
        self.conf: Any = spark._jsc.hadoopConfiguration()

    def path(self, name: str) -> Any:
        return self.jvm.org.apache.hadoop.fs.Path(name)

    def exists(self, name: str) -> bool:
        path = self.path(name)
        return bool(path.getFileSystem(self.conf).exists(path))

    def inside(self, path: Any) -> list[Any]:
        """What a folder holds, sorted by name."""
        return sorted(path.getFileSystem(self.conf).listStatus(path), key=lambda one: str(one.getPath().getName()))

    def read(self, path: Any) -> bytes:
        stream = path.getFileSystem(self.conf).open(path)
        try:
            return bytes(self.jvm.org.apache.commons.io.IOUtils.toByteArray(stream))
        finally:
            stream.close()

    def write(self, name: str, content: bytes) -> None:
        path = self.path(name)
        files = path.getFileSystem(self.conf)
        files.setWriteChecksum(False)  # a disk would get a second file with the checksum of the first
        stream = files.create(path)
        try:
            stream.write(bytearray(content))
        finally:
            stream.close()
            files.setWriteChecksum(True)

    def columns(self, path: Any) -> str:
        """The columns of a Parquet file, from its foot."""
        parquet = self.jvm.org.apache.parquet.hadoop
        reader = parquet.ParquetFileReader.open(parquet.util.HadoopInputFile.fromPath(path, self.conf))
        try:
            return str(reader.getFileMetaData().getSchema().toString())
        finally:
            reader.close()


def exists(spark: SparkSession, name: str) -> bool:
    """Whether a file or folder is there."""
    return _Files(spark).exists(name)


def write(spark: SparkSession, name: str, content: bytes) -> None:
    """Write a small file where Spark writes."""
    _Files(spark).write(name, content)


def _folder(spark: SparkSession, name: str, library: Library) -> Found:
    files = _Files(spark)
    if not files.exists(name):
        raise InputError("is not there", name, "name a folder of Parquet tables, or a schema of the catalogue")
    claims: tuple[Claim, ...] = ()
    pieces: list[Piece] = []
    places: list[tuple[str, int, str]] = []
    listing: list[str] = []
    for entry in files.inside(files.path(name)):
        own, path = str(entry.getPath().getName()), entry.getPath()
        if own == DATASET:
            content = files.read(path)
            claims = claims_of(parse(content, f"{name}/{own}").data, library, f"{name}/{own}")
            listing.append(_line(own, entry))
        if own == DATASET or own.startswith((".", "_")):
            continue
        inner = _of_table(files, entry, f"{name}/{own}")
        if not inner:
            continue
        table = own.removesuffix(FORM)
        if table not in TABLES:
            raise _unknown(table, f"{name}/{own}")
        if any(piece.table == table for piece in pieces):
            raise InputError(f"the table {table} is there twice", f"{name}/{own}", "keep one of the two")
        names = [str(one.getPath().getName()) if one is entry else f"{own}/{one.getPath().getName()}" for one in inner]
        places += [(table, number, said) for number, said in enumerate(names)]
        listing += [_line(said, one) for said, one in zip(names, inner, strict=True)]
        pieces += _pieces(spark, table, [one.getPath() for one in inner], files)
    return Found(name, tuple(pieces), claims, tuple(places), tuple(listing))


def _of_table(files: _Files, entry: Any, where: str) -> list[Any]:
    """The Parquet files behind an entry of a folder: itself, or those in it; none where it is something else.

    Raises:
        InputError: a table that Spark does not read.
    """
    own = str(entry.getPath().getName())
    if not entry.isDirectory():
        of_table = own.split(".")[0].lower() in TABLES and not own.endswith(FORM)
        if own.endswith(".csv") or of_table:  # left out, it would prove that nothing happened
            raise InputError("Spark screens Parquet", where, "write it as Parquet, or leave out --engine")
        return [entry] if own.endswith(FORM) else []
    inner = [one for one in files.inside(entry.getPath()) if str(one.getPath().getName()).endswith(FORM)]
    if not inner and own.removesuffix(FORM) in TABLES:
        raise InputError("holds no Parquet file", where, "put its files right into it")
    return inner


def _line(name: str, entry: Any) -> str:
    return f"{name} {entry.getLen()} {entry.getModificationTime()}"


def _pieces(spark: SparkSession, table: str, paths: Sequence[Any], files: _Files) -> Iterator[Piece]:
    """The files of a table, those with the same columns together."""
    alike: dict[str, list[tuple[int, str]]] = {}
    for number, path in enumerate(paths):
        columns = files.columns(path) if len(paths) > 1 else ""
        alike.setdefault(columns, []).append((number, str(path.toUri().toString())))
    by_number = {number: str(path.toString()) for number, path in enumerate(paths)}
    for numbered in alike.values():
        yield Piece(table, spark.read.parquet(*(by_number[number] for number, _ in numbered)), tuple(numbered))


def person_id() -> Column:
    """The id of a person as text; one without any sign is none."""
    from pyspark.sql import functions as of

    said = of.btrim(of.col("person_id").cast("string"), of.lit(_BLANK))
    return of.when(~said.isin(*EMPTY), said)


def bucket_of(person: Column, buckets: int) -> Column:
    """The bucket of a person as `bucket.bucket_of` has it, in steps that fit 64 bits with a sign."""
    from pyspark.sql import functions as of

    digest = of.sha2(person.cast("binary"), 256)
    high, low = (of.conv(of.substring(digest, at, 8), 16, 10).cast("bigint") for at in (1, 9))
    return (((high % buckets) * ((1 << 32) % buckets) + low) % buckets).cast("int")


def people(found: Found) -> DataFrame:
    """The ids of everybody, each once."""
    frames = [piece.frame.select(person_id().alias("person_id")) for piece in found.pieces if piece.table == "person"]
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.union(frame)
    return whole.where("person_id IS NOT NULL").distinct()


def tagged(spark: SparkSession, found: Found, buckets: int) -> tuple[DataFrame, tuple[Part, ...]]:
    """All rows as one frame: the columns `KEYS`, then the slots; and what its tags mean."""
    from pyspark.sql import functions as of

    parts = []
    types: dict[str, str] = {}
    for piece in found.pieces:
        count: Counter[str] = Counter()
        slots = {}
        for field in piece.frame.schema.fields:
            if field.name != "person_id":
                kind = (
                    "string"
                    if field.dataType.typeName() in ("void", "char", "varchar")
                    else field.dataType.simpleString()
                )
                slots[field.name] = f"{re.sub(r'[^a-z0-9]+', '_', kind)}_{count[kind]}"
                types[slots[field.name]] = kind
                count[kind] += 1
        parts.append(Part(piece.table, slots))
    whole: DataFrame | None = None
    for tag, (piece, part) in enumerate(zip(found.pieces, parts, strict=True)):
        name_of = {slot: name for name, slot in part.slots.items()}
        columns = [
            (of.col(f"`{name_of[slot]}`") if slot in name_of else of.lit(None)).cast(kind).alias(slot)
            for slot, kind in sorted(types.items())
        ]
        frame = _placed(spark, piece).select(
            of.lit(tag).cast("int").alias("tag"), person_id().alias("person_id"), "_file", "_row", *columns
        )
        whole = frame if whole is None else whole.union(frame)
    assert whole is not None
    nobodys = of.pmod(of.hash("tag", "_file", "_row", *sorted(types)), of.lit(buckets))
    bucket = of.coalesce(bucket_of(of.col("person_id"), buckets), nobodys)
    return whole.select(bucket.alias("bucket"), *KEYS[1:], *sorted(types)), tuple(parts)


def _placed(spark: SparkSession, piece: Piece) -> DataFrame:
    """The rows of a piece with the numbers of their file and row, where they come from a file."""
    from pyspark.sql import functions as of

    if not piece.files:
        return piece.frame.select(
            "*", of.lit(None).cast("int").alias("_file"), of.lit(None).cast("bigint").alias("_row")
        )
    row = of.col("_metadata.row_index") + 1
    if len(piece.files) == 1:
        return piece.frame.select("*", of.lit(piece.files[0][0]).cast("int").alias("_file"), row.alias("_row"))
    numbers = spark.createDataFrame(
        [(number, _plain(address)) for number, address in piece.files], "_file int, _path string"
    )
    address = of.regexp_replace(of.col("_metadata.file_path"), _SLASHES, "$1/")
    told = piece.frame.select("*", address.alias("_path"), row.alias("_at"))
    placed = told.join(of.broadcast(numbers), "_path", "left")
    return placed.withColumn("_row", of.when(of.col("_file").isNotNull(), of.col("_at")))


def _plain(address: str) -> str:
    """An address with one slash after its scheme: Spark and Hadoop write `file:/a` or `file:///a` as they please."""
    return re.sub(_SLASHES, r"\1/", address)
