"""The drawer of a user: the repositories they spent on, when, with which models, and their output."""

import asyncio
from collections.abc import Sequence
from typing import Any

from nicegui import ui

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.amount import count, duration, money
from whence_ledger.dashboard.card import card, nothing
from whence_ledger.dashboard.drawers.case import cases_of
from whence_ledger.dashboard.drawers.hours import hours
from whence_ledger.dashboard.drawers.sessions import SESSIONS, sessions_card
from whence_ledger.dashboard.drawers.spend import spend
from whence_ledger.dashboard.drawers.work import BRANCHES, work_card
from whence_ledger.dashboard.legend import Part, stack
from whence_ledger.dashboard.look import Look, Row, begin
from whence_ledger.dashboard.trend import Trend, ask_before, compared, compared_lines, course, lines_of
from whence_ledger.model.query import Minutes

OUTSIDE = "Unmanaged"


async def user(look: Look, about: str, *, only_outside: bool) -> None:
    """Draw the drawer. The spend bar has all the user's repositories in the range; everything else is filtered as the
    view is, and with ``only_outside`` to repositories that the organization does not own."""
    me: dict[str, Any] = {"users": ("" if about == plot.UNKNOWN else about,)}
    chosen = me | ({"labels": (OUTSIDE,)} if only_outside else {})
    every: dict[str, Any] = dict.fromkeys(("models", "repositories", "labels", "teams"), ())
    # By quarters of an hour, because some time zones differ from UTC by them.
    is_fine = look.period.bucket in {"1m", "5m"}
    before, cases, colours, (rows, repositories, series, tokens, models) = await asyncio.gather(
        ask_before(look, "overview", "usage", **chosen),
        cases_of(look, about),
        look.answers.colours("model"),
        asyncio.gather(
            look.ask("users", **chosen),
            look.ask("repositories", **every | me),
            look.ask("series", **chosen),
            look.ask("token_hours", **chosen | ({} if is_fine else {"bucket": "minute", "grain": Minutes(15)})),
            look.ask("series_by", by="model", limit=plot.NAMES, **chosen),
        ),
    )
    if not repositories:
        _filters(look, about, only_outside, is_labelled=False)
        nothing("No data in this range.")
        return
    # What takes longest is answered while everything above it is drawn.
    later = await begin(
        look.ask("sessions", limit=SESSIONS, **chosen),
        look.ask("branches", limit=BRANCHES, **chosen),
        look.ask("pull_requests", **chosen),
    )
    _filters(look, about, only_outside, is_labelled=any(one["label"] for one in repositories))
    _figures(look, rows, series, before)
    with card("GitHub repository spend", "drawer-spend", "wide", "all repositories in this range"):
        spend(look, about, repositories, cases)
    hours(look, tokens)
    with card("Models", "drawer-models-over-time", "wide", "cost"):
        plot.by_name(look, models, colours, "cost_usd", True, size="low")
    with card("Sessions over time", "drawer-sessions-over-time", "wide"):
        plot.over_time(look, series, {"Sessions": "sessions"}, False, "low")
    with card("Code impact", "drawer-impact-over-time", "wide"):
        impact = {"Lines added": "lines_added", "Lines removed": "lines_removed"}
        plot.over_time(look, series, impact, False, "low")
    sessions, branches, pulls = await later
    work_card(look, branches, of_one=False, pulls=pulls)
    sessions_card(look, sessions, "user")
    with card("Active time", "drawer-active-time", "wide"):
        _active(series, look.locale)


def _filters(look: Look, about: str, only_outside: bool, *, is_labelled: bool) -> None:
    """Show the filters of the figures, and offer the other choice."""
    words = [", ".join(getattr(look.view, name)) for name in ("label", "repository", "model", "team")]
    if only_outside:
        words[0] = "spend outside the organization"
    with ui.row().classes("drawer-filters"):
        if any(words):
            ui.label(f"Filtered: {'; '.join(filter(None, words))}").classes("evidence")
        if not is_labelled:
            return
        kind, title = ("user", "All spend") if only_outside else ("unmanaged", "Only outside the organization")
        ui.button(title, on_click=lambda: look.open(kind, about)).props("flat dense no-caps")


_SUMS = ("cost_usd", "tokens", "commits", "pull_requests", "lines_added", "lines_removed")


def _figures(look: Look, rows: Sequence[Row], series: Sequence[Row], before: Row) -> None:
    row = {name: sum(one[name] for one in series) for name in _SUMS} | {"sessions": rows[0]["sessions"] if rows else 0}
    locale = look.locale

    def trend(field: str) -> Trend:
        return Trend(row[field], before.get(field), course(look, series, field))

    with ui.element("div").classes("figures"):
        compared("Total cost", money, trend("cost_usd"), locale, name="drawer-cost")
        compared("Sessions", count, trend("sessions"), locale, name="drawer-sessions")
        compared("Tokens", count, trend("tokens"), locale, name="drawer-tokens")
        compared("Commits", count, trend("commits"), locale, name="drawer-commits")
        compared("Pull requests", count, trend("pull_requests"), locale, name="drawer-pull-requests")
        compared_lines(row, before, course(look, series, lines_of, 0), locale, name="drawer-lines")


def _active(series: Sequence[Row], locale: str) -> None:
    """Draw how active time is divided between the user and Claude."""
    times = [("User", "active_time_user"), ("Claude", "active_time_cli")]
    shown = plot.of_measures(title for title, _ in times)
    parts = [Part(title, duration(sum(one[name] for one in series), locale), shown[title]) for title, name in times]
    if any(part.size for part in parts):
        stack(parts, "Active time", locale)
    else:
        nothing("No active time in this range.")
