"""The tab *Users*: each user's cost and output, and what is missing."""

import asyncio

from whence_ledger.dashboard.amount import count, money, share
from whence_ledger.dashboard.card import card, nothing
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.sheet import Column, searchable, sheet

_USERS = [
    Column("user", "User"),
    Column("cost_usd", "Cost", money),
    Column("cost_share", "Share", share),
    Column("sessions", "Sessions", count),
    Column("tokens", "Tokens", count),
    Column("lines_added", "Lines added", count),
    Column("lines_removed", "Lines removed", count),
    Column("commits", "Commits", count),
    Column("pull_requests", "Pull requests", count),
    Column("models", "Models"),
]
_COVERAGE = [
    Column("user", "User"),
    Column("day", "Day"),
    Column("because", "What is missing"),
    Column("sessions", "Sessions", count),
    Column("cost_usd", "Cost", money),
    Column("request_share", "By request", share),
    Column("client_share", "By Claude Code’s report", share),
    Column("none_share", "Without a basis", share),
    Column("machine", "Machine"),
    Column("client_versions", "Claude Code"),
]
GAPS = {
    "no-session-id": "Claude Code sends no session ids",
    "no-metrics": "no metrics arrived",
    "hooks-off": "Claude Code registered no hooks",
    "client-too-old": "the hook reported nothing, and this Claude Code cannot name the repository",
    "hook-missing": "the hook reported nothing",
    "no-events": "no events arrived, only metrics",
    "hook-too-old": "the hook is too old to name tool calls",
    "closed-before": "not recorded: an earlier version of whence divided the session",
}
"""What is missing from a session."""


async def ask_users(look: Look) -> tuple[list[Row], list[Row]]:
    """Return the answers that the tab shows."""
    return await asyncio.gather(look.ask("users"), look.ask("coverage", missing="only"))


async def users(look: Look) -> None:
    """Draw the tab."""
    rows, gaps = await ask_users(look)
    with card("Users by cost", "users", "wide") as end:
        searchable(look, end, sheet(look, "users", _USERS, rows, "user"), "users")
    with card("Coverage", "coverage", "wide", "Days and machines with missing data") as end:
        missing = [_explained(row) for row in gaps]
        if rows and not missing:
            nothing("Nothing is missing: the hook and Claude Code reported every session.")
        else:
            searchable(look, end, sheet(look, "coverage", _COVERAGE, missing, "user"), "coverage")


def _explained(row: Row) -> Row:
    parts = {
        f"{basis}_share": row[f"{basis}_cost_usd"] / row["cost_usd"] if row["cost_usd"] else None
        for basis in ("request", "client", "none")
    }
    because = "; ".join(GAPS[gap] for gap in row["reasons"].split(", "))
    # A user.id has 64 characters; a few are enough to distinguish machines.
    return row | parts | {"day": f"{row['day']:%Y-%m-%d}", "machine": (row["machine"] or "")[:8], "because": because}
