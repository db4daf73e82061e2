"""Limit how many bytes of request bodies are in memory at the same time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.exceptions import HTTPException

ROOM_BYTES = 128 * 1024 * 1024
"""More than one request of the largest size takes, with its rows."""
ROW_BYTES = 1024

Take = Callable[[int], None]
"""Use so many bytes more; raise a 503 if there is no room for them."""


class Room:
    """Counts the bytes in use, on the event loop only."""

    def __init__(self, size: int = ROOM_BYTES) -> None:
        self._left = size

    @contextmanager
    def part(self) -> Iterator[Take]:
        """A part of the room for one request, empty at first, until the block ends."""
        used = 0

        def take(size: int) -> None:
            nonlocal used
            if size > self._left:
                raise HTTPException(503, "The ledger is receiving as much as it can. Send the request again later.")
            used += size
            self._left -= size

        try:
            yield take
        finally:
            self._left += used
