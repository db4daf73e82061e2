"""Turns: run a few questions at once, and let viewers take turns."""

import asyncio
import functools
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Protocol

from whence_ledger.model.query import EVERYTHING, Query
from whence_ledger.store.database import Interruption

PLACES = max(1, min(4, (os.cpu_count() or 2) - 1))
"""Questions that run at once: one processor stays free for ingest, and DuckDB's memory is enough for four."""
MAX_WAITING = 1_000
INTERRUPT_SECONDS = 0.02

Row = dict[str, Any]


class BusyError(Exception):
    """Too many questions are waiting already."""


class Asked(Protocol):
    """A store that answers questions."""

    def ask(self, question: str, query: Query = EVERYTHING, interruption: Interruption | None = None) -> list[Row]:
        """Return the rows that answer a question."""


class Turns:
    """The slots for running questions, and the viewers waiting for one. Use it from one event loop. ``answered``: when
    the store last answered."""

    def __init__(self, store: Asked, places: int = PLACES) -> None:
        self._store = store
        self._free = places
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="question")
        # The first viewer gets the next slot, then moves to the end.
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._running: set[Interruption] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self.answered: datetime | None = None

    def close(self) -> None:
        """Cancel the running questions and refuse new ones."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for interruption in self._running:
            interruption.interrupt()

    async def ask(self, viewer: str, question: str, query: Query = EVERYTHING) -> list[Row]:
        """Return the rows that answer a question. Raises ``BusyError``. If the caller is cancelled, so is the question:
        it leaves the queue, or is interrupted."""
        interruption = Interruption()
        await self._place(viewer)
        answer = functools.partial(self._store.ask, question, query, interruption)
        working = asyncio.get_running_loop().run_in_executor(self._threads, answer)
        self._running.add(interruption)
        working.add_done_callback(functools.partial(self._leave, interruption))
        try:
            rows = await asyncio.shield(working)
            self.answered = datetime.now(UTC)
            return rows
        except asyncio.CancelledError:
            if not working.done():
                ending = asyncio.create_task(_interrupt(working, interruption))
                self._ending.add(ending)
                ending.add_done_callback(self._ending.discard)
            raise

    async def _place(self, viewer: str) -> None:
        """Wait for a slot and take it."""
        if self._free:
            self._free -= 1
            return
        if sum(map(len, self._waiting.values())) >= MAX_WAITING:
            raise BusyError("Too many questions are waiting for an answer. Ask again in a moment.")
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(viewer, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._next()
            raise

    def _leave(self, interruption: Interruption, working: "asyncio.Future[list[Row]]") -> None:
        self._running.discard(interruption)
        if not working.cancelled():
            # Retrieve the exception, or asyncio logs it if no caller is left.
            working.exception()
        self._next()

    def _next(self) -> None:
        """Give a free slot to the next viewer."""
        while self._waiting:
            viewer = next(iter(self._waiting))
            turns = self._waiting.pop(viewer)
            turn = turns.popleft()
            if turns:
                self._waiting[viewer] = turns
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


async def _interrupt(working: "asyncio.Future[list[Row]]", interruption: Interruption) -> None:
    # Repeat this: a question runs several statements, and only a running statement can be interrupted.
    while not working.done():
        interruption.interrupt()
        await asyncio.wait({working}, timeout=INTERRUPT_SECONDS)
