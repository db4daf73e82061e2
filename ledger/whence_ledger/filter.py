"""Filters: the parameters of every question, as SQL takes them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

FIRST, LAST = datetime(1970, 1, 1), datetime(2200, 1, 1)

NO_FILTER: dict[str, Any] = {
    "from": FIRST,
    "to": LAST,
    "previous_from": FIRST,
    "users": [],
    "models": [],
    "repositories": [],
    "labels": [],
    "teams": [],
    "split": "session",
    "limit": 1000,
    "bucket": "day",
    "offset": 0,
}
"""All of it. ``split``: session or prompt. ``offset``: of the buckets from UTC, in minutes."""


def filled(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """``parameters`` with ``NO_FILTER`` for those that are missing. E-mail addresses are stored in lower case and found
    in any; a user's name that is none is found as it is written."""
    every = NO_FILTER | dict(parameters or {})
    folded = [name.lower() for name in every["users"] if "@" in name]
    return every | {"users": list(dict.fromkeys([*every["users"], *folded]))}


def clamp(time: datetime) -> datetime:
    """The nearest moment to ``time`` from ``FIRST`` to ``LAST``: the ledger has nothing outside them."""
    return min(max(time, FIRST), LAST)


def period_before(begin: datetime, end: datetime, keep: timedelta | None) -> datetime:
    """The begin of the equal period before; ``begin`` itself where either end is open, or where not all of that period
    is kept any more (``keep``: for how long sessions are, ``None`` for ever)."""
    if begin <= FIRST or end >= LAST:
        return begin
    before = max(FIRST, begin - (end - begin))
    return begin if keep and before < datetime.now(UTC).replace(tzinfo=None) - keep else before
