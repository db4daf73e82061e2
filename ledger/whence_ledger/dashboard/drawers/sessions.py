"""The list of sessions in a drawer: the newest ones, each of which opens its own drawer."""

from collections.abc import Sequence

from whence_ledger.dashboard.card import card
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.session_rows import COLUMNS, session_rows
from whence_ledger.dashboard.sheet import sheet

SESSIONS = 10


def sessions_card(look: Look, rows: Sequence[Row], without: str) -> None:
    """Draw the card. ``rows``: of the report sessions. ``without``: a column to leave out."""
    columns = [column for column in COLUMNS if column.name != without]
    words = "with their share in this repository" if without == "repository" else "repository of the largest share"
    with card("Sessions", "drawer-session-list", "wide", f"the newest {SESSIONS}; {words}"):
        sheet(look, "drawer-session-list", columns, session_rows(look, rows), "session")
