"""The list of sessions in a drawer: the newest ones, each of which opens its own drawer."""

from collections.abc import Sequence

from whence_ledger.dashboard.amount import count, lines, moment, money
from whence_ledger.dashboard.card import card
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.sheet import Column, sheet
from whence_ledger.dashboard.zone import there

SESSIONS = 10
_COLUMNS = [
    Column("session", "Session"),
    Column("started", "Started", moment),
    Column("user", "User"),
    Column("repository", "Repository"),
    Column("cost_usd", "Cost", money),
    Column("tokens", "Tokens", count),
    Column("lines", "Lines", lines),
    Column("commits", "Commits", count),
]


def sessions_card(look: Look, rows: Sequence[Row], without: str) -> None:
    """Draw the card. ``rows``: of the report sessions. ``without``: a column to leave out."""
    shown = [
        one
        | {
            "started": there(one["started"], look.zone),
            "lines": (one["lines_added"], one["lines_removed"]),
            "repository": one["repository"] or UNKNOWN,
        }
        for one in rows
    ]
    with card("Sessions", "drawer-session-list", "wide", f"the newest {SESSIONS}; repository of the largest share"):
        sheet(
            look,
            "drawer-session-list",
            [column for column in _COLUMNS if column.name != without],
            shown,
            "session",
        )
