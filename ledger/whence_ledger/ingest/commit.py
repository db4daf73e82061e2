"""Group commit: store many requests in one transaction, and answer each when its rows are on disk."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from whence_ledger.model.exported import Exported
from whence_ledger.model.item import Rows
from whence_ledger.store.damage import StoreError

MAX_GROUP = 256
TIDY_SECONDS = 15.0
FORGET_SECONDS = 3600.0
WARN_SECONDS = 60.0
"""The least time between two messages that the store takes nothing: meanwhile clients send again and again."""

_log = logging.getLogger(__name__)
_Waiting = tuple[Rows | Exported, "Future[None]"]


class Stored(Protocol):
    """The writing side of a store. ``insert`` takes either ``Rows`` or ``Exported``, depending on the store."""

    def insert(self, rows: Any) -> None: ...
    def tidy(self) -> None: ...
    def forget(self, before: datetime) -> None: ...


class Committer:
    """The only thread that writes rows; it also does the upkeep. Creating it starts it."""

    def __init__(self, store: Stored, keep: timedelta | None = None, gathers: float = 0, tidies: bool = True) -> None:
        """``keep``: how long to keep sessions; ``None``: forever. ``gathers``: the least seconds between two
        writes, in which requests gather. ``tidies``: whether to do the store's upkeep here, because nothing else does
        it."""
        self._store = store
        self._keep, self._gathers, self._tidies = keep, gathers, tidies
        self._wrote = time.monotonic() - gathers
        self._tidied = time.monotonic()
        self._forgot = -FORGET_SECONDS
        self._refused, self._warned = 0, -WARN_SECONDS
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    async def commit(self, rows: Rows | Exported) -> None:
        """Store ``rows``; return when they are committed. Raises the store's exception."""
        future: Future[None] = Future()
        self._queue.put((rows, future))
        await asyncio.wrap_future(future)

    def close(self) -> None:
        """Commit the queued rows, then stop."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                first = self._queue.get(timeout=TIDY_SECONDS)
                if first is None:
                    return
                time.sleep(max(0.0, self._wrote + self._gathers - time.monotonic()))
                self._wrote = time.monotonic()
                group, last = self._collect(first)
                self._write(group)
                if last:
                    return
            except queue.Empty:
                pass
            self._tidy()

    def _collect(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """Return ``first`` and everything else in the queue, and whether to stop afterwards."""
        group = [first]
        while len(group) < MAX_GROUP:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return group, True
            group.append(waiting)
        return group, False

    def _write(self, group: Sequence[_Waiting]) -> None:
        kinds = zip(*(rows for rows, _ in group), strict=True)
        rows = type(group[0][0])(*([item for items in kind for item in items] for kind in kinds))
        try:
            self._store.insert(rows)
        except StoreError as error:
            # The store cannot be reached: every other request would fail too.
            self._warn(len(group), error)
            for _, future in group:
                future.set_exception(error)
            return
        except Exception as error:
            if len(group) > 1:
                # A request that cannot be stored must not fail the others.
                for waiting in group:
                    self._write([waiting])
                return
            _log.exception("a request could not be stored")
            group[0][1].set_exception(error)
            return
        for _, future in group:
            future.set_result(None)

    def _warn(self, refused: int, error: StoreError) -> None:
        self._refused += refused
        if time.monotonic() - self._warned >= WARN_SECONDS:
            _log.warning("Requests that could not be stored: %d. %s", self._refused, error)
            self._refused, self._warned = 0, time.monotonic()

    def _tidy(self) -> None:
        now = time.monotonic()
        if not self._tidies or now - self._tidied < TIDY_SECONDS:
            return
        try:
            self._store.tidy()
            if self._keep and now - self._forgot >= FORGET_SECONDS:
                self._store.forget(datetime.now(UTC) - self._keep)
                self._forgot = now
        except Exception:
            # The next round tries again.
            _log.exception("the ledger's upkeep failed; it is tried again")
        self._tidied = time.monotonic()
