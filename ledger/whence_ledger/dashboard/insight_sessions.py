"""The card of the sessions that an insight is about, on the tab *Usage*, where such an insight leads to."""

from collections.abc import Sequence

from whence_ledger.dashboard.card import card
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.session_rows import COLUMNS, session_rows
from whence_ledger.dashboard.sheet import sheet
from whence_ledger.model.insight import RULES

CARD, SESSIONS = "insight-sessions", 25
# What they cost stands beside them, so that a narrow screen shows it.
_COLUMNS = sorted(COLUMNS, key=lambda column: column.name not in {"session", "cost_usd"})


async def ask_sessions(look: Look) -> list[Row]:
    """Return the sessions of the insight that the view marks, highest cost first; none if it marks no such insight."""
    name, rule = look.view.mark or ("", "")
    if name != CARD or rule not in RULES or RULES[rule].report != "sessions":
        return []
    return await look.ask("insight_sessions", by=rule, limit=SESSIONS)


def insight_sessions(look: Look, rows: Sequence[Row]) -> None:
    """Draw the card, with the first row marked."""
    rule = look.view.mark[1] if look.view.mark else ""
    marked = look._replace(view=look.view._replace(mark=(CARD, rows[0]["session"])))
    with card(RULES[rule].title, CARD, "wide", f"the {SESSIONS} sessions with the highest cost of those it counts"):
        sheet(marked, CARD, _COLUMNS, session_rows(look, rows), "session")
