"""The five tabs. Each runs its queries concurrently, then draws."""

from collections.abc import Awaitable, Callable
from typing import Any

from whence_ledger.dashboard.look import Look
from whence_ledger.dashboard.tabs.cost import ask_cost, cost
from whence_ledger.dashboard.tabs.overview import ask_overview, overview
from whence_ledger.dashboard.tabs.repositories import ask_repositories, repositories
from whence_ledger.dashboard.tabs.usage import ask_usage, usage
from whence_ledger.dashboard.tabs.users import ask_users, users

DRAW: dict[str, Callable[[Look], Awaitable[None]]] = {
    "overview": overview,
    "cost": cost,
    "usage": usage,
    "users": users,
    "repositories": repositories,
}
ASK: dict[str, Callable[[Look], Awaitable[Any]]] = {
    "overview": ask_overview,
    "cost": ask_cost,
    "usage": ask_usage,
    "users": ask_users,
    "repositories": ask_repositories,
}
"""What each tab asks before it draws."""
