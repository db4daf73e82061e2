"""The tab *Usage*: sessions, commits, lines and tools."""

import asyncio

from nicegui import ui

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.amount import Amount, count, duration, lines, share
from whence_ledger.dashboard.card import card, figure
from whence_ledger.dashboard.look import Look
from whence_ledger.dashboard.sheet import Column, sheet

_TOOLS = [
    Column("tool", "Tool"),
    Column("uses", "Uses", count),
    Column("failures", "Failures", count),
    Column("failure_rate", "Failure rate", share),
]


async def usage(look: Look) -> None:
    """Draw the tab."""
    (row,), series, tools = await asyncio.gather(look.ask("usage"), look.ask("series"), look.ask("tools"))
    locale = look.locale
    with ui.element("div").classes("figures"):
        figure("Sessions", count(row["sessions"], locale), "sessions")
        figure("Commits", count(row["commits"], locale), "commits")
        figure("Pull requests", count(row["pull_requests"], locale), "pull-requests")
        figure("Lines", lines((row["lines_added"], row["lines_removed"]), locale), "lines")
        figure("Acceptance rate", share(row["acceptance_rate"], locale), "acceptance-rate", "of proposed edits")
        ratio = row["productivity_ratio"]
        shown = Amount(f"{count(ratio, locale).shown} ×", str(ratio)) if ratio is not None else count(None, locale)
        user, cli = duration(row["active_time_user"], locale), duration(row["active_time_cli"], locale)
        figure("Productivity ratio", shown, "productivity-ratio", f"cli {cli.shown} ÷ user {user.shown}")
    with card("Sessions over time", "sessions-over-time", "wide"):
        plot.over_time(look, series, {"Sessions": "sessions"}, False)
    with card("Commits and pull requests over time", "commits-over-time"):
        plot.over_time(look, series, {"Commits": "commits", "Pull requests": "pull_requests"}, False)
    with card("Top used tools", "tools"):
        sheet(look, "tools", _TOOLS, tools)
