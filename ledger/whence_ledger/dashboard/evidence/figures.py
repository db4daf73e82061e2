"""The figures of a pack, and how each is computed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from whence_ledger.dashboard.amount import count, lines, money
from whence_ledger.dashboard.evidence.pack import Figure
from whence_ledger.dashboard.evidence.tables import LOCALE
from whence_ledger.dashboard.look import Row

_COST = (
    "The cost that Claude Code reported (claude_code.cost.usage), an estimate in US dollars, divided by the rule above."
)
_TOKENS = "Input, output, cache read and cache write tokens that Claude Code reported, divided in the same way."
_LINES = "Lines that Claude Code reported as added and removed, divided as the hook measured them."
_COMMITS = "Commits that Claude Code reported, divided as the hook measured them."
_NUMBERS = {"Sessions": "Sessions with any share of it.", "Users": "Users with any share of it."}


def figures(rows: Sequence[Row], **numbers: Any) -> list[Figure]:
    """Return the sums of the rows' amounts. ``numbers``: counts of sessions and users, which cannot be summed."""

    def total(name: str) -> Any:
        return sum(row[name] for row in rows)

    return [
        Figure("Total cost", money(total("cost_usd"), LOCALE), _COST),
        *(Figure(title, count(number, LOCALE), _NUMBERS[title]) for title, number in numbers.items()),
        Figure("Tokens", count(total("tokens"), LOCALE), _TOKENS),
        Figure("Lines", lines((total("lines_added"), total("lines_removed")), LOCALE), _LINES),
        Figure("Commits", count(total("commits"), LOCALE), _COMMITS),
    ]


def decided(changes: Sequence[Row]) -> dict[tuple[str, str, str], datetime]:
    """Return when each repository last got each label with its reason. ``changes``: newest first."""
    found: dict[tuple[str, str, str], datetime] = {}
    for one in changes:
        found.setdefault((one["repository"], one["to"], one["reason"]), one["at"])
    return found


def with_day(rows: Sequence[Row], changes: Sequence[Row]) -> list[Row]:
    """Return the rows with ``decided``: since when the repository has had its label for its reason."""
    since = decided(changes)
    return [row | {"decided": since.get((row["repository"], row["label"], row["reason"]))} for row in rows]


def when(moment: datetime) -> str:
    """Return a moment as text in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
