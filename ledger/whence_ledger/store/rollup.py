"""Roll-up: sum closed sessions by day (UTC), so that questions over months are fast."""

from datetime import UTC, datetime, timedelta

import duckdb

from whence_ledger.model.query import Query
from whence_ledger.store.database import text

EPOCH = datetime(1970, 1, 1)
AGAIN = timedelta(days=7)
"""How far back the roll-up is repeated, to include late data."""


def roll(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Roll up the completed days within a transaction. Return whether there were any."""
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
    """Set the moment up to which the cursor reads rolled-up days."""
    cursor.execute("SET VARIABLE rolled = $moment", {"moment": _rolled(cursor) if query.reads_days else EPOCH})


def _rolled(cursor: duckdb.DuckDBPyConnection) -> datetime:
    before = cursor.execute("SELECT before FROM ledger.rolled").fetchall()[0][0]
    assert isinstance(before, datetime)  # noqa: S101
    return before
