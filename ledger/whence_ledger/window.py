"""The range of time in which items count: what the ledger keeps, and no further ahead than a clock may be off."""

import time
from datetime import timedelta
from typing import NamedTuple

_FIRST = 1_735_689_600
"""2025-01-01: Claude Code did not exist before."""
_AHEAD = timedelta(days=1)


class Window(NamedTuple):
    """From ``earliest`` until before ``latest``, in nanoseconds since 1970."""

    earliest: int
    latest: int

    def problem(self, moment: int) -> str | None:
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
