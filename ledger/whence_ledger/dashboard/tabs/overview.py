"""The tab *Overview*: eight figures, and cost over time."""

import asyncio

from nicegui import ui

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.amount import count, money, text
from whence_ledger.dashboard.card import card, figure
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.trend import Course, Trend, ask_before, compared, course, ratio


async def ask_overview(look: Look) -> tuple[list[Row], list[Row], Row]:
    """Return the answers that the tab shows."""
    return await asyncio.gather(look.ask("overview"), look.ask("series"), ask_before(look, "overview"))


async def overview(look: Look) -> None:
    """Draw the tab."""
    (row,), series, before = await ask_overview(look)
    locale = look.locale

    def trend(field: str, of: Course) -> Trend:
        return Trend(row[field], before.get(field), course(look, series, of))

    with ui.element("div").classes("figures"):
        compared("Estimated cost", money, trend("cost_usd", "cost_usd"), locale, name="cost")
        compared("Sessions", count, trend("sessions", "sessions"), locale, name="sessions")
        compared("Tokens", count, trend("tokens", "tokens"), locale, name="tokens")
        compared("Active users", count, trend("active_users", "users"), locale, name="active-users")
        each = trend("cost_usd_per_session", ratio("cost_usd", "sessions"))
        compared("Average cost per session", money, each, locale, name="cost-per-session")
        compared("Models in use", count, trend("models", "models"), locale, name="models")
        figure("Highest-cost model", text(row["highest_cost_model"]), "highest-cost-model")
        figure("Power user", text(row["power_user"]), "power-user", "most cost")
    with card("Cost over time", "cost-over-time", "wide"):
        plot.over_time(look, series, {"Cost": "cost_usd"}, True)
