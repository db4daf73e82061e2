"""Filters: the parameters of every question, as SQL takes them."""

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


def period_before(begin: datetime, end: datetime, keep: timedelta | None) -> datetime:
    """The begin of the equal period before; ``begin`` itself where either end is open, or where not all of that period
    is kept any more (``keep``: for how long sessions are, ``None`` for ever)."""
    if begin <= FIRST or end >= LAST:
        return begin
    before = max(FIRST, begin - (end - begin))
    return begin if keep and before < datetime.now(UTC).replace(tzinfo=None) - keep else before
