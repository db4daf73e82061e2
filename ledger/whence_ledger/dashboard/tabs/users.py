"""The tab *Users*: each user's cost and output."""

from whence_ledger.dashboard.amount import count, money, share
from whence_ledger.dashboard.card import card
from whence_ledger.dashboard.look import Look
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


async def users(look: Look) -> None:
    """Draw the tab."""
    rows = await look.ask("users")
    with card("Users by cost", "users", "wide") as end:
        searchable(look, end, sheet(look, "users", _USERS, rows, "user"), "users")
