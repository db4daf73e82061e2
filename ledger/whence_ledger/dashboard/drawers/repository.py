"""The drawer of a repository: who spent on it."""

import asyncio

from nicegui import ui

from whence_ledger.dashboard.amount import count, money
from whence_ledger.dashboard.card import card, figure
from whence_ledger.dashboard.look import Look
from whence_ledger.dashboard.sheet import spenders_sheet

USERS = 10


async def repository(look: Look, about: str) -> None:
    """Draw cost, sessions and the users who spent most."""
    chosen = {"repositories": [about]}
    (row,), rows = await asyncio.gather(look.ask("overview", **chosen), look.ask("spenders", limit=USERS, **chosen))
    with ui.element("div").classes("figures"):
        figure("Total cost", money(row["cost_usd"], look.locale), "drawer-cost")
        figure("Sessions", count(row["sessions"], look.locale), "drawer-sessions")
        figure("Users", count(row["active_users"], look.locale), "drawer-users")
    with card("Users", "drawer-spenders", "wide"):
        spenders_sheet(look, "drawer-spenders", rows, "user", "No users in this range.")
