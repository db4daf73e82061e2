"""Filters: the parameters of every question, as SQL takes them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from whence_ledger.model.window import EARLIEST, latest

FIRST, LAST = EARLIEST, datetime(2200, 1, 1)
"""What stands for an open end in parameters; no question reads past ``latest()``."""

EVERY = 2**32 - 1
"""The limit of a question that is to give every row."""

NO_FILTER: dict[str, Any] = {
    "from": FIRST,
    "to": LAST,
    "previous_from": FIRST,
    "users": [],
    "models": [],
    "repositories": [],
    "labels": [],
    "teams": [],
    "split": "request",
    "limit": EVERY,
    "rows": EVERY,
    "skip": 0,
    "bucket": "day",
    "by": "model",
    "offset": 0,
    "session": "",
}
"""All of it. ``split``: request, prompt or session. ``bucket``: a unit of ``date_trunc``. ``offset``: of the buckets
from UTC, in minutes. ``limit``: rows at most, or how many are told apart where ``rows`` is the limit. ``skip``: rows to
leave out before them. ``by``: what is told apart, user, repository or model.
``session``: which one, where a question is about one."""


def filled(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """``parameters`` with ``NO_FILTER`` for those that are missing. E-mail addresses are stored in lower case and found
    in any; a user's name that is none is found as it is written. The range ends where the ledger's data can end."""
    every = NO_FILTER | dict(parameters or {})
    folded = [name.lower() for name in every["users"] if "@" in name]
    begin, end = (min(clamp(every[name]), latest()) for name in ("from", "to"))
    return every | {"from": begin, "to": end, "users": list(dict.fromkeys([*every["users"], *folded]))}


def clamp(time: datetime) -> datetime:
    """Return the moment from ``FIRST`` to ``LAST`` that is nearest to ``time``."""
    return min(max(time, FIRST), LAST)


_UNITS = {"15m": "minute"}


def unit_of(bucket: str) -> str:
    """A bucket (``15m``, ``hour``, ``day``, ``week`` or ``month``) as questions take it: a unit of ``date_trunc``."""
    # Amounts are stored by the quarter of an hour: the minute in which one begins is the quarter.
    return _UNITS.get(bucket, bucket)


def period_before(begin: datetime, end: datetime, keep: timedelta | None) -> datetime:
    """The begin of the equal period before; ``begin`` itself where either end is open, or where not all of that period
    is kept any more (``keep``: for how long sessions are, ``None`` for ever)."""
    if begin <= FIRST or end >= LAST:
        return begin
    before = max(FIRST, begin - (end - begin))
    return begin if keep and before < datetime.now(UTC).replace(tzinfo=None) - keep else before
