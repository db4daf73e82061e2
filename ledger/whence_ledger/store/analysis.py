"""Analysis: the views of a ledger's file, for people who write SQL. Nothing is changed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb

from whence_ledger.store.database import Database
from whence_ledger.store.division import Division


class Column(NamedTuple):
    """A column of a view, its type, and what it holds."""

    view: str
    name: str
    type: str
    meaning: str


@contextmanager
def views(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the ledger at ``path`` read-only and yield a connection to its views. Raises ``StoreError``."""
    database = Database(path, read_only=True)
    try:
        with Division(database).reading(time.monotonic()):
            # It has divided the open sessions. Nothing changes any more, so a mistake need not end a transaction.
            pass
        with database.cursor() as cursor:
            yield cursor
    finally:
        database.close()


def meanings(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the views that have a meaning, and what each holds."""
    question = "SELECT view_name, comment FROM duckdb_views() WHERE comment <> '' ORDER BY view_name"
    return dict(cursor.execute(question).fetchall())


def columns(cursor: duckdb.DuckDBPyConnection) -> list[Column]:
    """Return the columns of those views, in their order."""
    question = """
        SELECT table_name, column_name, data_type, coalesce(comment, '')
        FROM duckdb_columns()
        WHERE schema_name = 'main' AND database_name = 'memory' AND table_name IN (
            SELECT view_name FROM duckdb_views() WHERE comment <> ''
        )
        ORDER BY table_name, column_index
    """
    return [Column(*row) for row in cursor.execute(question).fetchall()]
