"""The working hours of an organization."""

from datetime import datetime
from typing import NamedTuple

HOURS, DAYS = "8-18", "Mon-Fri"
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WorkingHoursError(Exception):
    """Invalid working hours or days; the message says what to write."""


class WorkingHours(NamedTuple):
    """From hour ``begin`` to hour ``end`` on the ``days`` (0: Monday), in order."""

    begin: int = 8
    end: int = 18
    days: tuple[int, ...] = (0, 1, 2, 3, 4)

    def is_day(self, moment: datetime) -> bool:
        """Return whether that day is a working day."""
        return moment.weekday() in self.days

    def is_within(self, moment: datetime) -> bool:
        """Return whether that moment is within the working hours of a working day."""
        return self.is_day(moment) and self.begin <= moment.hour < self.end


def parse_hours(words: str) -> tuple[int, int]:
    """Return begin and end of ``8-18``. Raises ``WorkingHoursError``."""
    first, dash, last = words.partition("-")
    if dash and first.isdecimal() and last.isdecimal() and 0 <= int(first) < int(last) <= 24:
        return int(first), int(last)
    raise WorkingHoursError(
        f"{words} is not a range of hours. Write it like 8-18: from 0 to 24, the first hour before the last."
    )


def parse_days(words: str) -> tuple[int, ...]:
    """Return the days of ``Mon-Fri`` or ``Sun-Thu``. Raises ``WorkingHoursError``."""
    first, dash, last = words.lower().partition("-")
    if dash and first in _NAMES and last in _NAMES:
        begin = _NAMES.index(first)
        count = (_NAMES.index(last) - begin) % 7 + 1
        return tuple((begin + number) % 7 for number in range(count))
    raise WorkingHoursError(f"{words} is not a range of days. Write it like Mon-Fri or Sun-Thu.")
