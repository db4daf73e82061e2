"""Quarters of an hour: the resolution at which amounts are stored.

In every time zone, hours and days start with one.
"""

from datetime import UTC, datetime, timedelta

from whence_contract.units import Microseconds

QUARTER = timedelta(minutes=15)
_MICROSECONDS = QUARTER // timedelta(microseconds=1)


def quarter_of(time: Microseconds) -> Microseconds:
    """Return the start of the quarter of an hour that contains ``time``."""
    return Microseconds(time - time % _MICROSECONDS)


def minute_of(time: Microseconds) -> Microseconds:
    """Return the start of the minute that contains ``time``."""
    return Microseconds(time - time % 60_000_000)


def floor(time: datetime) -> datetime:
    """Return the start of the quarter of an hour that contains ``time``."""
    return time - (time - datetime(1970, 1, 1, tzinfo=time.tzinfo)) % QUARTER


def day_of(time: Microseconds) -> str:
    """Return the UTC day of ``time``: ``2026-01-31``."""
    return datetime.fromtimestamp(time // 1_000_000, UTC).strftime("%Y-%m-%d")
