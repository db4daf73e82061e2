"""Analysis: read-only views of a ledger's file, for people who write SQL."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from whence_ledger.model.query import EVERYTHING
from whence_ledger.model.ticket import TICKETS
from whence_ledger.store.database import Database, text
from whence_ledger.store.division import Division
from whence_ledger.store.question import relations, without
from whence_ledger.store.rollup import choose_days

_CHOSEN = (
    "The usage that the reports read. Here it is everything, divided by request; a day that is over is one row "
    "for each user, team, model and repository. The files of sql/questions run with it: whence sql < users.sql. "
    "Not on ClickHouse."
)
_CHOSEN_TIME = "start of the quarter of an hour, or of the day"


class Column(NamedTuple):
    """A column of a view, its type and its meaning."""

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
            # The open sessions are divided. Nothing changes from here on, so a failing statement need not abort a
            # transaction.
            pass
        with database.cursor() as cursor:
            cursor.execute(text("duckdb/comments.sql"))
            _create_relations(cursor)
            yield cursor
    finally:
        database.close()


def run(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Execute SQL on a connection to the views. The parameters of a question from ``sql/questions`` have the defaults
    of ``Query``, which match everything."""
    known = EVERYTHING.parameters() | {"tickets": TICKETS}
    named = set(re.findall(r"\$(\w+)", sql))
    if named & known.keys():
        sql = without(sql, EVERYTHING.unset)
        named = set(re.findall(r"\$(\w+)", sql))
    cursor.execute(sql, {name: value for name, value in known.items() if name in named})


def _create_relations(cursor: duckdb.DuckDBPyConnection) -> None:
    """Create a view of each relation in ``sql/chosen.sql``, without filters."""
    choose_days(cursor, EVERYTHING)
    for name, body in relations(EVERYTHING.unset).items():
        sql = body
        for parameter, value in EVERYTHING.parameters().items():
            kind = "TIMESTAMP " if isinstance(value, datetime) else ""
            sql = re.sub(rf"\${parameter}\b", f"{kind}'{value}'", sql)
        cursor.execute(f"CREATE VIEW {name} AS {sql}")
    cursor.execute(f"COMMENT ON VIEW chosen IS '{_CHOSEN}'")
    ours = {name for (name, *_) in cursor.execute("DESCRIBE chosen").fetchall()}
    for column in columns(cursor):
        if column.view == "attributed" and column.name in ours:
            meaning = (_CHOSEN_TIME if column.name == "time" else column.meaning).replace("'", "''")
            cursor.execute(f"COMMENT ON COLUMN chosen.{column.name} IS '{meaning}'")


def meanings(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the documented views and their descriptions."""
    question = "SELECT view_name, comment FROM duckdb_views() WHERE comment <> '' ORDER BY view_name"
    return dict(cursor.execute(question).fetchall())


def columns(cursor: duckdb.DuckDBPyConnection) -> list[Column]:
    """Return the columns of those views, in order."""
    question = """
        SELECT table_name, column_name, data_type, coalesce(comment, '')
        FROM duckdb_columns()
        WHERE schema_name = 'main' AND database_name = 'memory' AND table_name IN (
            SELECT view_name FROM duckdb_views() WHERE comment <> ''
        )
        ORDER BY table_name, column_index
    """
    return [Column(*row) for row in cursor.execute(question).fetchall()]
