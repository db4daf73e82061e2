"""Limit how many bytes of request bodies are in memory at the same time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.exceptions import HTTPException

ROOM_BYTES = 128 * 1024 * 1024
"""More than the largest request and its rows take."""
ROW_BYTES = 1024

Take = Callable[[int], None]
"""Reserve this many more bytes; raise a 503 if there is no room for them."""


class Room:
    """Counts the bytes in use, on the event loop only."""

    def __init__(self, size: int = ROOM_BYTES) -> None:
        self._left = size

    @contextmanager
    def part(self) -> Iterator[Take]:
        """Yield a function that reserves bytes for one request; they are released when the block ends."""
        used = 0

        def take(size: int) -> None:
            nonlocal used
            if size > self._left:
                raise HTTPException(503, "The ledger is receiving too much at once. Send the request again later.")
            used += size
            self._left -= size

        try:
            yield take
        finally:
            self._left += used
