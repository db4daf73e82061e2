"""Parse times and durations that people type."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class PeriodError(ValueError):
    """An invalid time or duration; the message shows the format."""


def parse_time(text: str) -> datetime:
    """Parse a date or time in ISO 8601 (UTC unless it has a zone); return naive UTC. Raises ``PeriodError``."""
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            time = time.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise PeriodError(f"{text[:40]!r} is not a time: write 2026-01-31 or 2026-01-31T12:00:00Z.") from None
    return time


def since(text: str, now: datetime) -> datetime:
    """Return ``now`` minus a duration (see :func:`length`)."""
    return now - length(text)


def length(text: str) -> timedelta:
    """Parse a duration: ``30m``, ``12h``, ``7d``, ``4w``. Raises ``PeriodError``."""
    match = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
    if match is None:
        raise PeriodError(f"{text[:40]!r} is not a duration: write 30m, 12h, 7d or 4w.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def write_length(length: timedelta) -> str:
    """Write a duration in whole minutes or hours: ``30m``, ``12h``."""
    minutes = length // timedelta(minutes=1)
    return f"{minutes // 60}h" if minutes and minutes % 60 == 0 else f"{minutes}m"
