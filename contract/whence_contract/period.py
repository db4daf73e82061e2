"""Periods: half-open ranges of time, as people write them."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class PeriodError(ValueError):
    """Not a time or a length of time; the message says how to write one."""


def parse_time(text: str) -> datetime:
    """A date or time in ISO 8601; UTC where it names no zone. Given as UTC without zone, as the store keeps it."""
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            time = time.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise PeriodError(f"{text[:40]!r} is no time: write 2026-01-31 or 2026-01-31T12:00:00Z.") from None
    return time


def since(text: str, now: datetime) -> datetime:
    """The beginning of the period of that length (see :func:`length`) that ends now."""
    return now - length(text)


def length(text: str) -> timedelta:
    """A length of time: ``30m``, ``12h``, ``7d``, ``4w``."""
    match = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
    if match is None:
        raise PeriodError(f"{text[:40]!r} is no length of time: write 30m, 12h, 7d or 4w.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
