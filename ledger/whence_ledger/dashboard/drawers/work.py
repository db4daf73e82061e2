"""The branches in a drawer: what work the cost bought."""

from collections.abc import Sequence

from whence_ledger.dashboard.amount import count, lines, moment, money
from whence_ledger.dashboard.card import card
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.sheet import Column, sheet
from whence_ledger.dashboard.zone import there

BRANCHES = 10
NO_BRANCH = "no branch"
_REPOSITORY = Column("repository", "Repository")
_COLUMNS = [
    Column("branch", "Branch"),
    Column("ticket", "Ticket"),
    Column("cost_usd", "Cost", money),
    Column("tokens", "Tokens", count),
    Column("lines", "Lines", lines),
    Column("commits", "Commits", count),
    Column("last_seen", "Last seen", moment),
]


def work_card(look: Look, rows: Sequence[Row], *, of_one: bool) -> None:
    """Draw the card. ``rows``: of the report branches. ``of_one``: they are of one repository; otherwise a row opens
    the repository's drawer."""
    shown = [
        one
        | {
            "repository": one["repository"] or UNKNOWN,
            "branch": one["branch"] or NO_BRANCH,
            "lines": (one["lines_added"], one["lines_removed"]),
            "last_seen": there(one["last_seen"], look.zone),
        }
        for one in rows
    ]
    with card("Work", "drawer-work", "wide", f"the {BRANCHES} branches with the highest cost"):
        columns = _COLUMNS if of_one else [_REPOSITORY, *(one for one in _COLUMNS if one.name != "tokens")]
        sheet(look, "drawer-work", columns, shown, None if of_one else "repository")
