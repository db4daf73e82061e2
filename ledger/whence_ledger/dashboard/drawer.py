"""The drawer: more about one repository, one label or one user, beside the tab."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo

from babel.dates import format_date
from nicegui import ui

from whence_ledger.dashboard import chart
from whence_ledger.dashboard.amount import count, money
from whence_ledger.dashboard.card import card, figure, nothing
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.tabs import by_name, chart_series, over_time, reason_of, spenders_sheet

TITLES = {"repository": "Repository", "label": "Label", "user": "User", "unmanaged": "Spend outside the organization"}
USERS = 10
WORK = range(8, 18)
WORKING, EVENINGS, WEEKENDS = "Working hours", "Evenings and nights", "Weekends"


async def draw(look: Look, kind: str, about: str) -> None:
    """Draw what a drawer of that kind shows."""
    ui.label(TITLES[kind]).classes("drawer-kind")
    ui.label(about).classes("drawer-title").props('role="heading" aria-level="2"')
    match kind:
        case "repository":
            await _spent(look, {"repositories": [about]})
        case "label":
            await _spent(look, {"labels": [about]})
        case "user":
            await _user(look, about)
        case _:
            await _unmanaged(look, about)


async def _spent(look: Look, chosen: dict[str, list[str]]) -> None:
    """Cost, sessions, users, and who."""
    (row,), rows = await asyncio.gather(look.ask("overview", **chosen), look.ask("spenders", limit=USERS, **chosen))
    with ui.element("div").classes("figures"):
        figure("Total cost", money(row["cost_usd"], look.locale), "drawer-cost")
        figure("Sessions", count(row["sessions"], look.locale), "drawer-sessions")
        figure("Users", count(row["active_users"], look.locale), "drawer-users")
    with card("Users", "drawer-spenders", "wide"):
        kind = "unmanaged" if chosen.get("labels") == ["Unmanaged"] else "user"
        spenders_sheet(look, rows, kind, "Nobody in this range.")


async def _user(look: Look, user: str) -> None:
    """Sessions, tokens, code impact, models over time."""
    chosen = {"users": [user]}
    (row,), (used,), series, models = await asyncio.gather(
        look.ask("overview", **chosen),
        look.ask("usage", **chosen),
        look.ask("series", **chosen),
        look.ask("series_by_model", limit=chart_series(), **chosen),
    )
    locale = look.locale
    with ui.element("div").classes("figures"):
        figure("Total cost", money(row["cost_usd"], locale), "drawer-cost")
        figure("Sessions", count(row["sessions"], locale), "drawer-sessions")
        figure("Tokens", count(row["tokens"], locale), "drawer-tokens")
        figure("Commits", count(used["commits"], locale), "drawer-commits")
        figure("Pull requests", count(used["pull_requests"], locale), "drawer-pull-requests")
        figure("Lines added", count(used["lines_added"], locale), "drawer-lines")
    if not series:
        nothing("Nothing in this range.")
        return
    for title, name, measures in (
        ("Sessions", "sessions", {"Sessions": "sessions"}),
        ("Tokens", "tokens", {"Tokens": "tokens"}),
        ("Code impact", "impact", {"Lines added": "lines_added", "Lines removed": "lines_removed"}),
    ):
        with card(title, f"drawer-{name}-over-time", "wide"):
            ui.echart(chart.bars(*over_time(look, series, measures), False, locale)).classes("chart low")
    with card("Models", "drawer-models-over-time", "wide", "cost"):
        ui.echart(chart.bars(*by_name(look, models, "cost_usd"), True, locale)).classes("chart low")
    outside = look.view._replace(drawer=("unmanaged", user))
    ui.button("Spend outside the organization", on_click=lambda: look.go(outside)).props("flat no-caps")


async def _unmanaged(look: Look, user: str) -> None:
    """Which repositories outside the organization, and when."""
    chosen = {"users": [user], "labels": ["Unmanaged"]}
    (row,), rows, hours = await asyncio.gather(
        look.ask("overview", **chosen),
        look.ask("repositories", **chosen),
        look.ask("series", **chosen | {"bucket": "hour"}),
    )
    locale = look.locale
    with ui.element("div").classes("figures"):
        figure("Total cost", money(row["cost_usd"], locale), "drawer-cost")
        figure("Sessions", count(row["sessions"], locale), "drawer-sessions")
        figure("Repositories", count(len(rows), locale), "drawer-repositories")
    with card("GitHub repository spend", "drawer-spend", "wide"):
        _spend(rows, locale)
    with card("Tokens over time", "drawer-tokens-over-time", "wide", f"in {look.zone}"):
        if not hours:
            nothing("Nothing in this range.")
            return
        days, values = by_part_of_week(hours, look.zone)
        names = [format_date(day, "EEE d MMM", locale=locale) for day in days]
        ui.echart(chart.bars(names, values, False, locale)).classes("chart")


def _spend(rows: Sequence[Row], locale: str) -> None:
    """One bar, divided among the repositories, with why each is outside."""
    whole = float(sum(one["cost_usd"] for one in rows))
    if not whole:
        nothing("Nothing in this range.")
        return
    with ui.element("div").classes("stack").props('role="img" aria-label="GitHub repository spend"'):
        for place, one in enumerate(rows):
            part = ui.element("span").style(
                f"width:{float(one['cost_usd']) / whole * 100:.3f}%;background:{_colour(place)}"
            )
            part.props["title"] = str(one["repository"])
    with ui.element("ul").classes("ring-legend"):
        for place, one in enumerate(rows):
            with ui.element("li"):
                ui.element("span").classes("dot").style(f"background:{_colour(place)}")
                with ui.element("span").classes("legend-words"):
                    ui.label(str(one["repository"])).classes("name-text")
                    if one["evidence"]:
                        ui.label(str(reason_of(one))).classes("evidence")
                amount = money(one["cost_usd"], locale)
                ui.label(amount.shown).classes("ring-value").props["title"] = amount.exact


def by_part_of_week(hours: Sequence[Row], zone: tzinfo) -> tuple[list[date], dict[str, list[float]]]:
    """Tokens by the viewer's days, each told apart by when: in working hours, in the evening, at the weekend."""
    there = [one["bucket"].replace(tzinfo=UTC).astimezone(zone) for one in hours]
    first, last = min(there).date(), max(there).date()
    days = [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]
    parts = {name: [0.0] * len(days) for name in (WORKING, EVENINGS, WEEKENDS)}
    for moment, one in zip(there, hours, strict=True):
        parts[_part(moment)][moment.date().toordinal() - first.toordinal()] += float(one["tokens"])
    return days, parts


def _part(moment: datetime) -> str:
    if moment.weekday() >= 5:
        return WEEKENDS
    return WORKING if moment.hour in WORK else EVENINGS


def _colour(place: int) -> str:
    return chart.COLOURS[place % len(chart.COLOURS)]
