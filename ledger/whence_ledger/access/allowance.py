"""Rate limits by client address, so that one client cannot crowd out the others."""

import time
from collections import OrderedDict
from collections.abc import Callable

MAX_ADDRESSES = 10_000


class Allowance:
    """A token bucket for each address."""

    def __init__(self, burst: int, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        """``burst``: requests allowed at once. ``per_second``: refill rate."""
        self._burst, self._per_second, self._now = burst, per_second, now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> bool:
        """Take one request from an address's bucket; return false if it is empty."""
        now = self._now()
        left, at = self._left.pop(address, (float(self._burst), now))
        left = min(self._burst, left + (now - at) * self._per_second)
        self._left[address] = max(0.0, left - 1), now
        if len(self._left) > MAX_ADDRESSES:
            self._left.popitem(last=False)
        return left >= 1
