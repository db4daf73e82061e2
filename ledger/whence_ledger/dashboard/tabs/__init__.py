"""The five tabs. Each runs its queries concurrently, then draws."""

from collections.abc import Awaitable, Callable

from whence_ledger.dashboard.look import Look
from whence_ledger.dashboard.tabs.cost import cost
from whence_ledger.dashboard.tabs.overview import overview
from whence_ledger.dashboard.tabs.repositories import repositories
from whence_ledger.dashboard.tabs.usage import usage
from whence_ledger.dashboard.tabs.users import users

DRAW: dict[str, Callable[[Look], Awaitable[None]]] = {
    "overview": overview,
    "cost": cost,
    "usage": usage,
    "users": users,
    "repositories": repositories,
}
