"""The tab *Cost*: cost by model, user or another group, and ways to save."""

import asyncio
from collections.abc import Sequence
from typing import Any

from nicegui import ui

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.amount import count, growth, money, share
from whence_ledger.dashboard.card import card, figure, nothing, show_mark
from whence_ledger.dashboard.extensions import extensions_card
from whence_ledger.dashboard.legend import Part, stack
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.sheet import PAGE_ROWS, Column, searchable, sheet
from whence_ledger.dashboard.trend import Trend, ask_before, compared, course, ratio
from whence_ledger.dashboard.view import GROUPS, View
from whence_ledger.model.insight import explain

INSIGHTS, SEARCHED = 20, PAGE_ROWS
# The tab and card that show the report named by an insight. Those about sessions have a card of their own there.
WIDGETS = {
    "users": ("users", "users"),
    "repositories": ("repositories", "repositories"),
    "models": ("cost", "models"),
    "sessions": ("usage", "insight-sessions"),
    "unmanaged": ("repositories", "unmanaged"),
}
_GROUPED = [
    Column("cost_usd", "Cost", money),
    Column("cost_share", "Share", share),
    Column("cache_hit_rate", "Cache hit rate", share),
    Column("usd_per_million_tokens", "$ per million tokens", money),
]
_SPENDERS = [
    Column("user", "User"),
    Column("cost_usd", "Cost", money),
    Column("cost_share", "Share", share),
    Column("tokens", "Tokens", count),
]


_Totals = tuple[list[Row], list[Row], Row]
_Parts = tuple[list[Row], list[Row], list[Row], list[Row], list[Row], dict[str, str]]


async def ask_cost(look: Look) -> tuple[_Totals, _Parts]:
    """Return the answers that the tab shows."""
    group = look.view.group
    return await asyncio.gather(
        asyncio.gather(look.ask("cost"), look.ask("series"), ask_before(look, "cost")),
        asyncio.gather(
            look.ask("series_by", by=group, limit=plot.NAMES),
            look.ask("groups", by=group),
            look.ask("extensions", by=look.view.extension),
            look.ask("spenders", limit=10),
            look.ask("insights", limit=INSIGHTS),
            look.answers.colours(group),
        ),
    )


async def cost(look: Look) -> None:
    """Draw the tab."""
    group = look.view.group
    ((row,), whole, earlier), (series, groups, extensions, spenders, insights, colours) = await ask_cost(look)
    locale = look.locale
    before = "no previous period"
    if row["previous_cost_usd"] is not None:
        before = f"previously {money(row['previous_cost_usd'], locale).shown}"
    with ui.element("div").classes("figures"):
        total = Trend(row["cost_usd"], earlier.get("cost_usd"), course(look, whole, "cost_usd"))
        compared("Total cost", money, total, locale, name="cost")
        figure("Cost change", growth(row["cost_change"], locale), "cost-change", before)
        per_session = course(look, whole, ratio("cost_usd", "sessions"))
        each = Trend(row["cost_usd_per_session"], earlier.get("cost_usd_per_session"), per_session)
        compared("Average per session", money, each, locale, name="cost-per-session")
        rates = course(look, whole, _cache_hit_rate)
        rate = Trend(row["cache_hit_rate"], earlier.get("cache_hit_rate"), rates, is_rate=True)
        compared("Cache hit rate", share, rate, locale, name="cache-hit-rate")
    with card("Cost over time", "cost-over-time", "wide") as end:
        with end:
            _choose_group(look)
        # An owner is no filter.
        plot.by_name(look, series, colours, "cost_usd", True, filters="" if group == "owner" else group)
    with ui.element("div").classes("cards"):
        with card("Token breakdown", "token-breakdown"):
            _breakdown(row, locale)
        # The models have a name of their own, because insights lead there.
        name = "models" if group == "model" else "groups"
        with card(f"Cost by {group}", name) as end:
            column = Column("name", GROUPS[group], filters="" if group == "owner" else group)
            # Lines and commits have no model.
            spent = [one for one in groups if one["cost_usd"] or one["tokens"]]
            rows = sheet(look, name, [column, *_GROUPED], spent)
            if len(spent) > SEARCHED:
                searchable(look, end, rows, name)
    with card("High-spending users", "spenders"):
        sheet(look, "spenders", _SPENDERS, spenders, "user")
    extensions_card(look, extensions)
    with card("Optimization insights", "insights", "wide", "estimates"):
        _insights(look, [explain(one) for one in insights])


def _choose_group(look: Look) -> None:
    """Draw the choice of what the chart and the table group by."""
    choice = ui.select(
        GROUPS, value=look.view.group, on_change=lambda event: look.go(look.view._replace(group=event.value))
    )
    choice.props('dense outlined options-dense prefix="By" aria-label="Group by"').classes("group-by")


def _cache_hit_rate(row: Row) -> float | None:
    read = sum(row[name] for name in ("cache_read_tokens", "input_tokens", "cache_creation_tokens"))
    return float(row["cache_read_tokens"]) / float(read) if read else None


def _breakdown(row: Row, locale: str) -> None:
    kinds = (
        ("Cache read", "cache_read_tokens"),
        ("Cache write", "cache_creation_tokens"),
        ("Input", "input_tokens"),
        ("Output", "output_tokens"),
    )
    if not row["tokens"]:
        nothing("No data in this range.")
        return
    shown = plot.of_measures(title for title, _ in kinds)
    parts = [Part(title, count(row[name], locale), shown[title]) for title, name in kinds]
    stack(parts, "Token breakdown", locale)


def _insights(look: Look, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        nothing("No savings found in this range.")
        return
    with ui.element("ol").classes("insights"):
        for one in rows:
            tab, widget = WIDGETS[one["widget"]]
            with ui.element("li"):
                with ui.element("div").classes("insight-words"):
                    ui.label(one["title"]).classes("insight-title")
                    ui.label(one["evidence"]).classes("insight-evidence")
                with ui.element("div").classes("insight-end"):
                    saving = money(one["saving_usd"], look.locale)
                    ui.label(f"{saving.shown}").classes("insight-saving").props["title"] = saving.exact
                    view = look.view._replace(tab=tab, drawer=None, mark=(widget, _marked(one)))
                    view = view._replace(group="model") if widget == "models" else view
                    show = ui.button("Show", on_click=lambda view=view: _show(look, view)).props("flat dense no-caps")
                    show.props["aria-label"] = f"Show: {one['title']}"


def _marked(row: Row) -> str:
    """Return what a card marks: the row that an insight is about, or the insight whose sessions it lists."""
    return str(row["rule"] if row["widget"] == "sessions" else row["subject"] or "")


def _show(look: Look, view: View) -> None:
    """Go to a card, and to the row that an insight is about."""
    if view != look.view:
        look.go(view)
    elif view.mark:
        show_mark(*view.mark)
