"""The drawer of a repository: its label and reason, who spent on it, when, and with which models."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from nicegui import ui

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.amount import count, moment, money, share
from whence_ledger.dashboard.card import card, nothing
from whence_ledger.dashboard.drawers.sessions import SESSIONS, sessions_card
from whence_ledger.dashboard.drawers.work import BRANCHES, work_card
from whence_ledger.dashboard.look import Look, Row, begin
from whence_ledger.dashboard.reason import reason_of
from whence_ledger.dashboard.sheet import Column, sheet, spenders_sheet
from whence_ledger.dashboard.trend import Trend, ask_before, compared, compared_lines, course, lines_of
from whence_ledger.dashboard.zone import there
from whence_ledger.model.query import FIRST, LAST

USERS, CHANGES, PULLS = 10, 20, 10_000
_MODELS = [
    Column("model", "Model", filters="model"),
    Column("cost_usd", "Cost", money),
    Column("cost_share", "Share", share),
    Column("tokens", "Tokens", count),
    Column("sessions", "Sessions", count),
]
_CHANGES = [
    Column("to", "Label"),
    Column("from", "Before"),
    Column("because", "Reason and evidence", wraps=True),
    Column("at", "Decided", moment),
]


async def repository(look: Look, about: str) -> None:
    """Draw the drawer, with the view's filters."""
    chosen: dict[str, Any] = {"repositories": (about,)}
    (before, every, colours), (rows, series, models, spenders) = await asyncio.gather(
        asyncio.gather(
            ask_before(look, "overview", "usage", **chosen),
            look.ask("series", **chosen),
            look.answers.colours("model"),
        ),
        asyncio.gather(
            look.ask("repositories", **chosen),
            look.ask("series_by", by="model", limit=plot.NAMES, **chosen),
            look.ask("models", **chosen),
            look.ask("spenders", limit=USERS, **chosen),
        ),
    )
    if not rows:
        nothing("No data in this range.")
        return
    # What takes longest is answered while everything above it is drawn.
    later = await begin(
        look.ask("label_changes", limit=CHANGES, begin=FIRST, end=LAST, **chosen),
        look.ask("sessions", limit=SESSIONS, **chosen),
        look.ask("branches", limit=BRANCHES, **chosen),
        look.ask("pull_requests", limit=PULLS, **chosen),
    )
    (row,), locale = rows, look.locale
    _whose(row)

    def trend(field: str) -> Trend:
        return Trend(row[field], before.get(field), course(look, every, field))

    with ui.element("div").classes("figures"):
        compared("Total cost", money, trend("cost_usd"), locale, name="drawer-cost")
        compared("Sessions", count, trend("sessions"), locale, name="drawer-sessions")
        users = Trend(row["users"], before.get("active_users"), course(look, every, "users"))
        compared("Users", count, users, locale, name="drawer-users")
        compared("Tokens", count, trend("tokens"), locale, name="drawer-tokens")
        compared_lines(row, before, course(look, every, lines_of, 0), locale, name="drawer-lines")
        compared("Commits", count, trend("commits"), locale, name="drawer-commits")
    with card("Users", "drawer-spenders", "wide", f"the {USERS} with the highest cost"):
        spenders_sheet(look, "drawer-spenders", spenders, "user", "No users in this range.")
    with card("Cost over time", "drawer-models-over-time", "wide", "by model"):
        plot.by_name(look, series, colours, "cost_usd", True, size="low")
    with card("Models", "drawer-models", "wide"):
        sheet(look, "drawer-models", _MODELS, [one for one in models if one["cost_usd"] or one["tokens"]])
    changes, sessions, branches, pulls = await later
    work_card(look, branches, of_one=True, pulls=pulls)
    sessions_card(look, sessions, "repository")
    _history(look, changes)


def _whose(row: Row) -> None:
    """Draw the label with its reason, and the link to the repository."""
    with ui.row().classes("drawer-filters"):
        words = " · ".join(filter(None, (row["label"], reason_of(row))))
        ui.label(words or "Not labelled yet").classes("drawer-label")
        if row["url"]:
            # Names are untrusted input.
            link = ui.link("Open the repository", quote(row["url"], safe=":/"), new_tab=True).classes("name")
            link.props('rel="noopener noreferrer"')


def _history(look: Look, changes: Sequence[Row]) -> None:
    with card("Label history", "drawer-history", "wide", f"the newest {CHANGES} changes"):
        if not changes:
            nothing("The label has not been decided yet.")
            return
        rows = [one | {"because": reason_of(one), "at": there(one["at"], look.zone)} for one in changes]
        sheet(look, "drawer-history", _CHANGES, rows)
