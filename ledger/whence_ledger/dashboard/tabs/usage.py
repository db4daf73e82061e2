"""The tab *Usage*: sessions, commits, lines and tools."""

import asyncio

from nicegui import ui

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.amount import Amount, Number, count, duration, share
from whence_ledger.dashboard.card import card
from whence_ledger.dashboard.insight_sessions import ask_sessions, insight_sessions
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.sheet import Column, sheet
from whence_ledger.dashboard.trend import Trend, ask_before, compared, compared_lines, course, lines_of, ratio

_TOOLS = [
    Column("tool", "Tool"),
    Column("uses", "Uses", count),
    Column("failures", "Failures", count),
    Column("failure_rate", "Failure rate", share),
]


async def ask_usage(look: Look) -> tuple[list[Row], list[Row], list[Row], Row, list[Row]]:
    """Return the answers that the tab shows."""
    return await asyncio.gather(
        look.ask("usage"), look.ask("series"), look.ask("tools"), ask_before(look, "usage"), ask_sessions(look)
    )


async def usage(look: Look) -> None:
    """Draw the tab."""
    (row,), series, tools, before, sessions = await ask_usage(look)
    locale = look.locale

    def trend(field: str) -> Trend:
        return Trend(row[field], before.get(field), course(look, series, field))

    with ui.element("div").classes("figures"):
        compared("Sessions", count, trend("sessions"), locale, name="sessions")
        compared("Commits", count, trend("commits"), locale, name="commits")
        compared("Pull requests", count, trend("pull_requests"), locale, name="pull-requests")
        compared_lines(row, before, course(look, series, lines_of, 0), locale, name="lines")
        rates = course(look, series, _acceptance_rate)
        rate = Trend(row["acceptance_rate"], before.get("acceptance_rate"), rates, is_rate=True)
        compared("Acceptance rate", share, rate, locale, name="acceptance-rate", note="of proposed edits")
        user, cli = duration(row["active_time_user"], locale), duration(row["active_time_cli"], locale)
        times = course(look, series, ratio("active_time_cli", "active_time_user"))
        productivity = Trend(row["productivity_ratio"], before.get("productivity_ratio"), times)
        note = f"Claude {cli.shown} ÷ user {user.shown}"
        compared("Productivity ratio", _times, productivity, locale, name="productivity-ratio", note=note)
    if sessions:
        insight_sessions(look, sessions)
    with card("Sessions over time", "sessions-over-time", "wide"):
        plot.over_time(look, series, {"Sessions": "sessions"}, False)
    with card("Commits and pull requests over time", "commits-over-time"):
        plot.over_time(look, series, {"Commits": "commits", "Pull requests": "pull_requests"}, False)
    with card("Top used tools", "tools"):
        sheet(look, "tools", _TOOLS, tools)


def _acceptance_rate(row: Row) -> float | None:
    proposed = row["edits_accepted"] + row["edits_rejected"]
    return float(row["edits_accepted"]) / float(proposed) if proposed else None


def _times(value: Number, locale: str) -> Amount:
    return count(None, locale) if value is None else Amount(f"{count(value, locale).shown} ×", str(value))
