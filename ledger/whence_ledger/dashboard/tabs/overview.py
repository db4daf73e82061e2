"""The tab *Overview*: eight figures, and cost over time."""

import asyncio

from nicegui import ui

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.amount import count, money, text
from whence_ledger.dashboard.card import card, figure
from whence_ledger.dashboard.look import Look


async def overview(look: Look) -> None:
    """Draw the tab."""
    (row,), series = await asyncio.gather(look.ask("overview"), look.ask("series"))
    locale = look.locale
    with ui.element("div").classes("figures"):
        figure("Estimated cost", money(row["cost_usd"], locale), "cost")
        figure("Sessions", count(row["sessions"], locale), "sessions")
        figure("Tokens", count(row["tokens"], locale), "tokens")
        figure("Active users", count(row["active_users"], locale), "active-users")
        figure("Average cost per session", money(row["cost_usd_per_session"], locale), "cost-per-session")
        figure("Models in use", count(row["models"], locale), "models")
        figure("Highest-cost model", text(row["highest_cost_model"]), "highest-cost-model")
        figure("Power user", text(row["power_user"]), "power-user", "most cost")
    with card("Cost over time", "cost-over-time", "wide"):
        plot.over_time(look, series, {"Cost": "cost_usd"}, True)
