"""The columns and rows of a table of sessions."""

from collections.abc import Sequence

from whence_ledger.dashboard.amount import count, lines, moment, money
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.sheet import Column
from whence_ledger.dashboard.zone import there

COLUMNS = [
    Column("session", "Session"),
    Column("started", "Started", moment),
    Column("user", "User"),
    Column("repository", "Repository"),
    Column("cost_usd", "Cost", money),
    Column("tokens", "Tokens", count),
    Column("lines", "Lines", lines),
    Column("commits", "Commits", count),
]


def session_rows(look: Look, rows: Sequence[Row]) -> list[Row]:
    """Return rows of a report of sessions as the table shows them."""
    return [
        row
        | {
            "started": there(row["started"], look.zone),
            "lines": (row["lines_added"], row["lines_removed"]),
            "repository": row["repository"] or UNKNOWN,
        }
        for row in rows
    ]
