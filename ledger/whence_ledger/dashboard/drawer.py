"""The drawer: details of one repository, label or user, beside the tab."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo

from babel.dates import format_date
from nicegui import ui

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.amount import count, money
from whence_ledger.dashboard.card import card, figure, nothing
from whence_ledger.dashboard.colour import marks
from whence_ledger.dashboard.legend import Part, stack
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.reason import reason_of
from whence_ledger.dashboard.setup import connect_github
from whence_ledger.dashboard.sheet import spenders_sheet

TITLES = {"repository": "Repository", "label": "Label", "user": "User", "unmanaged": "Spend outside the organization"}
USERS = 10
WORK = range(8, 18)
WORKING, EVENINGS, WEEKENDS = "Working hours", "Evenings and nights", "Weekends"


async def draw(look: Look, kind: str, about: str) -> None:
    """Draw a drawer. ``kind``: a key of ``TITLES``. ``about``: the repository, label or user."""
    ui.label(TITLES[kind]).classes("drawer-kind")
    ui.label(about).classes("drawer-title").props('role="heading" aria-level="2"')
    if kind in {"label", "unmanaged"} and not await look.is_labelled():
        with card("No labels yet", "drawer-unlabelled", "wide"):
            connect_github(look.place)
        return
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
    """Draw cost, sessions and the users who spent most."""
    (row,), rows = await asyncio.gather(look.ask("overview", **chosen), look.ask("spenders", limit=USERS, **chosen))
    with ui.element("div").classes("figures"):
        figure("Total cost", money(row["cost_usd"], look.locale), "drawer-cost")
        figure("Sessions", count(row["sessions"], look.locale), "drawer-sessions")
        figure("Users", count(row["active_users"], look.locale), "drawer-users")
    with card("Users", "drawer-spenders", "wide"):
        kind = "unmanaged" if chosen.get("labels") == ["Unmanaged"] else "user"
        spenders_sheet(look, "drawer-spenders", rows, kind, "No users in this range.")


async def _user(look: Look, user: str) -> None:
    """Draw sessions, tokens, code impact and models over time."""
    chosen = {"users": [_key_of(user)]}
    rows, series, models, colours = await asyncio.gather(
        look.ask("users", **chosen),
        look.ask("series", **chosen),
        look.ask("series_by", by="model", limit=plot.NAMES, **chosen),
        look.answers.colours("model"),
    )
    if not rows:
        nothing("No data in this range.")
        return
    (row,), locale = rows, look.locale
    with ui.element("div").classes("figures"):
        figure("Total cost", money(row["cost_usd"], locale), "drawer-cost")
        figure("Sessions", count(row["sessions"], locale), "drawer-sessions")
        figure("Tokens", count(row["tokens"], locale), "drawer-tokens")
        figure("Commits", count(row["commits"], locale), "drawer-commits")
        figure("Pull requests", count(row["pull_requests"], locale), "drawer-pull-requests")
        figure("Lines added", count(row["lines_added"], locale), "drawer-lines")
    for title, name, measures in (
        ("Sessions", "sessions", {"Sessions": "sessions"}),
        ("Tokens", "tokens", {"Tokens": "tokens"}),
        ("Code impact", "impact", {"Lines added": "lines_added", "Lines removed": "lines_removed"}),
    ):
        with card(title, f"drawer-{name}-over-time", "wide"):
            plot.over_time(look, series, measures, False, "low")
    with card("Models", "drawer-models-over-time", "wide", "cost"):
        plot.by_name(look, models, colours, "cost_usd", True, size="low")
    outside = look.view._replace(drawer=("unmanaged", user))
    ui.button("Spend outside the organization", on_click=lambda: look.go(outside)).props("flat no-caps")


async def _unmanaged(look: Look, user: str) -> None:
    """Draw the repositories outside the organization, and tokens by part of the week."""
    chosen = {"users": [_key_of(user)], "labels": ["Unmanaged"]}
    (row,), rows, hours, colours = await asyncio.gather(
        look.ask("overview", **chosen),
        look.ask("repositories", **chosen),
        look.ask("series", **chosen | {"bucket": "hour"}),
        look.answers.colours("repository"),
    )
    locale = look.locale
    with ui.element("div").classes("figures"):
        figure("Total cost", money(row["cost_usd"], locale), "drawer-cost")
        figure("Sessions", count(row["sessions"], locale), "drawer-sessions")
        figure("Repositories", count(len(rows), locale), "drawer-repositories")
    with card("GitHub repository spend", "drawer-spend", "wide"):
        _spend(rows, colours, locale)
    with card("Tokens over time", "drawer-tokens-over-time", "wide", f"in {look.zone}"):
        if not hours:
            nothing("No data in this range.")
            return
        days, values = by_part_of_week(hours, look.zone)
        names = [format_date(day, "EEE d MMM", locale=locale) for day in days]
        plot.draw(names, values, plot.of_measures(values), False, locale)


def _key_of(user: str) -> str:
    return "" if user == plot.UNKNOWN else user


def _spend(rows: Sequence[Row], colours: Mapping[str, str], locale: str) -> None:
    """Draw one bar divided among the repositories, with the reason for each one's label."""
    if not any(one["cost_usd"] for one in rows):
        nothing("No data in this range.")
        return
    shown = marks([str(one["repository"]) for one in rows], colours, {})
    parts = [
        Part(
            name := str(one["repository"]),
            money(one["cost_usd"], locale),
            shown[name],
            reason_of(one) if one["evidence"] else None,
        )
        for one in rows
    ]
    stack(parts, "GitHub repository spend", locale)


def by_part_of_week(hours: Sequence[Row], zone: tzinfo) -> tuple[list[date], dict[str, list[float]]]:
    """Return the days (viewer's time zone) and each day's tokens in working hours, evenings and weekends."""
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
