"""The drawer of a repository: its label and reason, who spent on it, when, and with which models."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from nicegui import ui

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.amount import count, lines, moment, money, share
from whence_ledger.dashboard.card import card, figure, nothing
from whence_ledger.dashboard.drawers.sessions import SESSIONS, sessions_card
from whence_ledger.dashboard.drawers.work import BRANCHES, work_card
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.reason import reason_of
from whence_ledger.dashboard.sheet import Column, sheet, spenders_sheet
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
    rows, series, models, spenders, changes, sessions, branches, pulls = await asyncio.gather(
        look.ask("repositories", **chosen),
        look.ask("series_by", by="model", limit=plot.NAMES, **chosen),
        look.ask("models", **chosen),
        look.ask("spenders", limit=USERS, **chosen),
        look.ask("label_changes", limit=CHANGES, begin=FIRST, end=LAST, **chosen),
        look.ask("sessions", limit=SESSIONS, **chosen),
        look.ask("branches", limit=BRANCHES, **chosen),
        look.ask("pull_requests", limit=PULLS, **chosen),
    )
    colours = await look.answers.colours("model")
    if not rows:
        nothing("No data in this range.")
        return
    (row,), locale = rows, look.locale
    _whose(row)
    with ui.element("div").classes("figures"):
        figure("Total cost", money(row["cost_usd"], locale), "drawer-cost")
        figure("Sessions", count(row["sessions"], locale), "drawer-sessions")
        figure("Users", count(row["users"], locale), "drawer-users")
        figure("Tokens", count(row["tokens"], locale), "drawer-tokens")
        figure("Lines", lines((row["lines_added"], row["lines_removed"]), locale), "drawer-lines")
        figure("Commits", count(row["commits"], locale), "drawer-commits")
    with card("Users", "drawer-spenders", "wide", f"the {USERS} with the highest cost"):
        spenders_sheet(look, "drawer-spenders", spenders, "user", "No users in this range.")
    with card("Cost over time", "drawer-models-over-time", "wide", "by model"):
        plot.by_name(look, series, colours, "cost_usd", True, size="low")
    with card("Models", "drawer-models", "wide"):
        sheet(look, "drawer-models", _MODELS, [one for one in models if one["cost_usd"] or one["tokens"]])
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
