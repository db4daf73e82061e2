"""Whole days: what closed sessions used is rolled up by day (UTC), so that months are asked in a moment."""

from datetime import UTC, datetime, timedelta

import duckdb

from whence_ledger.model.query import Query
from whence_ledger.store.database import text

EPOCH = datetime(1970, 1, 1)
AGAIN = timedelta(days=7)
"""How far back what came late is rolled up again."""


def roll(cursor: duckdb.DuckDBPyConnection) -> bool:
    """As part of a transaction: roll up the days that are over. False where none is."""
    before = _rolled(cursor)
    now = datetime.now(UTC).replace(tzinfo=None)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if before >= today:
        return False
    cursor.execute("SET VARIABLE roll_from = $moment", {"moment": max(EPOCH, before - AGAIN)})
    cursor.execute("SET VARIABLE roll_before = $moment", {"moment": today})
    cursor.execute(text("duckdb/roll.sql"))
    return True


def choose_days(cursor: duckdb.DuckDBPyConnection, query: Query) -> None:
    """Tell the cursor before which moment it may take whole days: none where parts of days are asked for."""
    parts = query.bucket in {"minute", "hour"} or query.offset % (24 * 60)
    cursor.execute("SET VARIABLE rolled = $moment", {"moment": EPOCH if parts else _rolled(cursor)})


def _rolled(cursor: duckdb.DuckDBPyConnection) -> datetime:
    before = cursor.execute("SELECT before FROM ledger.rolled").fetchall()[0][0]
    assert isinstance(before, datetime)  # noqa: S101
    return before
