"""The period in which items are accepted: from the retention limit to a little ahead, because clocks differ."""

import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from whence_contract.units import Nanoseconds
from whence_ledger.model.quarter import QUARTER, floor

EARLIEST = datetime(2025, 1, 1)
"""Claude Code did not exist before."""
_FIRST = int(EARLIEST.replace(tzinfo=UTC).timestamp())
_AHEAD = timedelta(days=1)


class Window(NamedTuple):
    """From ``earliest`` until before ``latest``, in nanoseconds since 1970."""

    earliest: int
    latest: int

    def problem(self, moment: Nanoseconds) -> str | None:
        """Why an item of that time cannot count; ``None`` if it can."""
        if not moment:
            return "An item has no time."
        if moment < self.earliest:
            return "An item is older than what the ledger keeps, or its clock is wrong."
        if moment >= self.latest:
            return "An item is of the future: its clock is wrong."
        return None


def window(keep: timedelta | None) -> Window:
    """What counts now, in a ledger that keeps sessions for so long (``None``: for ever)."""
    now = time.time()
    earliest = max(_FIRST, now - keep.total_seconds()) if keep else _FIRST
    return Window(int(earliest * 1e9), int((now + _AHEAD.total_seconds()) * 1e9))


def latest() -> datetime:
    """Return the moment (UTC) before which everything lies that has been received, on a quarter of an hour."""
    return floor(datetime.now(UTC).replace(tzinfo=None) + _AHEAD) + QUARTER
