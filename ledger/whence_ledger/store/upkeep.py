"""Upkeep: divide arriving sessions and delete old ones on ClickHouse, in the background."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EVERY_SECONDS = 10.0
FORGET_SECONDS = 3600.0
_log = logging.getLogger(__name__)


class _Kept(Protocol):
    def tidy(self, *, rest: timedelta) -> None: ...
    def forget(self, before: datetime) -> None: ...


class Upkeep:
    """The thread that does a store's upkeep. ``keep``: how long to keep sessions; ``None``: forever. Of several
    servers, one divides a session, and the others leave it alone for ``every`` seconds."""

    def __init__(self, store: _Kept, keep: timedelta | None, every: float = EVERY_SECONDS) -> None:
        self._store, self._keep, self._every = store, keep, every
        self._forgot = -FORGET_SECONDS
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish the current step, then stop."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        told = ""
        while not self._ended.wait(self._every):
            try:
                self._store.tidy(rest=timedelta(seconds=self._every))
                if self._keep and time.monotonic() - self._forgot >= FORGET_SECONDS:
                    self._store.forget(datetime.now(UTC) - self._keep)
                    self._forgot = time.monotonic()
            except Exception as error:
                # The next round tries again.
                if str(error) != told:
                    _log.warning("The figures were not updated: %s", error)
                told = str(error)
            else:
                told = ""
