"""Turns: run a few questions at once, and let viewers take turns."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from whence_ledger.model.query import EVERYTHING, Query
from whence_ledger.store.database import Interruption

PLACES = max(1, min(4, (os.cpu_count() or 2) - 1))
"""Questions that run at once: one processor stays free for ingest, and DuckDB's memory is enough for four."""
REMOTE_PLACES = 4
"""Questions that run at once if another machine answers them. With inserts, upkeep and alerts they need fewer than the
eight connections that ClickHouse's client keeps."""
MAX_WAITING = 1_000
INTERRUPT_SECONDS = 0.02

Row = dict[str, Any]


class BusyError(Exception):
    """Too many questions are waiting already."""


class Asked(Protocol):
    """A store that answers questions."""

    def ask(self, question: str, query: Query = EVERYTHING, interruption: Interruption | None = None) -> list[Row]:
        """Return the rows of a question."""


class Grouped(Protocol):
    """A store that answers several questions sooner than one after the other."""

    def ask_together(
        self, asked: Sequence[tuple[str, Query]], interruption: Interruption | None = None
    ) -> Iterator[list[Row]]:
        """Yield the rows of several questions with the same selection."""


class _Asking(NamedTuple):
    """A question that somebody waits for. ``at``: when it was asked (monotonic, s)."""

    question: str
    query: Query
    at: float
    answer: "asyncio.Future[list[Row]]"


class _Working(NamedTuple):
    """Questions that one thread answers, one after the other."""

    together: Sequence[_Asking]
    interruption: Interruption
    thread: "asyncio.Future[None]"


class Turns:
    """The slots for running questions, and the viewers waiting for one. Use it from one event loop. ``answered``: when
    the store last answered."""

    def __init__(self, store: Asked, places: int = PLACES, grouped: Grouped | None = None) -> None:
        """``grouped``: the store, if questions of a viewer about the same user or repository, asked at the same time,
        are answered together."""
        self._store, self._grouped = store, grouped
        self._free = places
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="question")
        # The first viewer gets the next slot, then moves to the end.
        self._waiting: dict[str, deque[_Asking]] = {}
        self._working: list[_Working] = []
        self._ending: set[asyncio.Task[None]] = set()
        self.answered: datetime | None = None

    def close(self) -> None:
        """Cancel the running questions and refuse new ones."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for working in self._working:
            working.interruption.interrupt()

    async def ask(self, viewer: str, question: str, query: Query = EVERYTHING) -> list[Row]:
        """Return the rows that answer a question. Raises ``BusyError``. If the caller is cancelled, so is the question:
        it leaves the queue, or is interrupted."""
        if sum(map(len, self._waiting.values())) >= MAX_WAITING + self._free:
            raise BusyError("Too many questions are waiting for an answer. Ask again in a moment.")
        loop = asyncio.get_running_loop()
        asking = _Asking(question, query, time.monotonic(), loop.create_future())
        self._waiting.setdefault(viewer, deque()).append(asking)
        # After what else is asked at the same time.
        loop.call_soon(self._next)
        try:
            return await asking.answer
        except asyncio.CancelledError:
            for working in self._working:
                if any(one is asking for one in working.together):
                    self._give_up(working)
            raise

    def _give_up(self, working: _Working) -> None:
        """Interrupt questions whose answers nobody waits for any more."""
        if not working.thread.done() and all(one.answer.done() for one in working.together):
            ending = asyncio.create_task(_interrupt(working.thread, working.interruption))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def _next(self) -> None:
        """Give the free slots to the next viewers."""
        while self._free and self._waiting:
            viewer = next(iter(self._waiting))
            asked = self._waiting.pop(viewer)
            together = _first(asked, self._grouped is not None)
            if asked:
                self._waiting[viewer] = asked
            if together:
                self._begin(together)

    def _begin(self, together: Sequence[_Asking]) -> None:
        interruption = Interruption(max(one.at for one in together))
        loop = asyncio.get_running_loop()
        try:
            thread = loop.run_in_executor(self._threads, self._answer, together, interruption, loop)
        except RuntimeError as error:
            _fail(together, error)
            return
        self._free -= 1
        working = _Working(together, interruption, thread)
        self._working.append(working)
        thread.add_done_callback(lambda _: self._leave(working))

    def _answer(self, together: Sequence[_Asking], interruption: Interruption, loop: asyncio.AbstractEventLoop) -> None:
        if self._grouped and len(together) > 1:
            answers = self._grouped.ask_together([(one.question, one.query) for one in together], interruption)
        else:
            answers = (self._store.ask(one.question, one.query, interruption) for one in together)
        for one, rows in zip(together, answers, strict=True):
            loop.call_soon_threadsafe(self._settle, one, rows)

    def _settle(self, asking: _Asking, rows: list[Row]) -> None:
        self.answered = datetime.now(UTC)
        if not asking.answer.done():
            asking.answer.set_result(rows)

    def _leave(self, working: _Working) -> None:
        self._working.remove(working)
        if working.thread.cancelled():
            for one in working.together:
                one.answer.cancel()
        elif error := working.thread.exception():
            _fail(working.together, error)
        self._free += 1
        self._next()


def _first(asked: deque[_Asking], is_grouped: bool) -> list[_Asking]:
    """Take the first question that somebody waits for, and those that can be answered together with it if
    ``is_grouped``."""
    while asked and asked[0].answer.done():
        asked.popleft()
    if not asked:
        return []
    first = asked.popleft()
    if not is_grouped or not (first.query.users or first.query.repositories):
        return [first]
    same = [one for one in asked if one.query.selection == first.query.selection and not one.answer.done()]
    rest = [one for one in asked if not any(one is other for other in same)]
    asked.clear()
    asked.extend(rest)
    return [first, *same]


def _fail(together: Sequence[_Asking], error: BaseException) -> None:
    for one in together:
        if not one.answer.done():
            one.answer.set_exception(error)


async def _interrupt(working: "asyncio.Future[None]", interruption: Interruption) -> None:
    # Repeat this: a question runs several statements, and only a running statement can be interrupted.
    while not working.done():
        interruption.interrupt()
        await asyncio.wait({working}, timeout=INTERRUPT_SECONDS)
