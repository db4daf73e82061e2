"""The period in which items are accepted: from the retention limit to a little ahead, because clocks differ."""

import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from whence_contract.units import Nanoseconds
from whence_ledger.model.quarter import QUARTER, floor

EARLIEST = datetime(2025, 1, 1)
"""No earlier item is accepted: Claude Code did not exist yet."""
_FIRST = int(EARLIEST.replace(tzinfo=UTC).timestamp())
_AHEAD = timedelta(days=1)


class Window(NamedTuple):
    """From ``earliest`` (inclusive) to ``latest`` (exclusive)."""

    earliest: Nanoseconds
    latest: Nanoseconds

    def problem(self, moment: Nanoseconds) -> str | None:
        """Return why an item of that time is refused; ``None`` if it is accepted."""
        if not moment:
            return "An item has no time."
        if moment < self.earliest:
            return "An item is older than the ledger keeps, or its clock is wrong."
        if moment >= self.latest:
            return "An item is in the future: its clock is wrong."
        return None


def window(keep: timedelta | None) -> Window:
    """Return the period that a ledger accepts now. ``keep``: how long it keeps sessions; ``None``: forever."""
    now = time.time()
    earliest = max(_FIRST, now - keep.total_seconds()) if keep else _FIRST
    return Window(Nanoseconds(int(earliest * 1e9)), Nanoseconds(int((now + _AHEAD.total_seconds()) * 1e9)))


def latest() -> datetime:
    """Return the moment (UTC, on a quarter of an hour) before which all received items lie."""
    return floor(datetime.now(UTC).replace(tzinfo=None) + _AHEAD) + QUARTER
