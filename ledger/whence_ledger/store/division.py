"""Division: open sessions are divided among their repositories whenever a question is asked. When a session has been
quiet for a while, it is closed and its division is stored. Data that arrives later reopens it."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import duckdb

from whence_contract.units import Microseconds
from whence_ledger.store.database import Database, divide, text

QUIET = timedelta(minutes=10)
MAX_OPEN = 5_000
MAX_CLOSED_AT_ONCE = 2_000
MANY_OPEN = 200
HOLD_SECONDS = 1.0
"""With more open sessions than this, divide them at most once in this many seconds."""

Sessions = Mapping[str, Microseconds]
"""Session id to the first moment that matters."""


def open_sessions(cursor: duckdb.DuckDBPyConnection) -> dict[str, Microseconds]:
    """Return the open sessions in the file."""
    return dict(cursor.execute("SELECT session_id, epoch_us(since) FROM ledger.open_sessions").fetchall())


def divide_open(cursor: duckdb.DuckDBPyConnection, sessions: Sessions) -> None:
    """Divide these sessions and store the result in the tables of ``live``."""
    divide(cursor, sessions)
    cursor.execute(text("duckdb/divide.sql"))


class Change:
    """A write to the ledger, and the sessions that it opens and closes. All statements run on ``cursor``."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, since: Sessions, arrival: Mapping[str, float]) -> None:
        self.cursor = cursor
        self._since, self._arrival = since, arrival
        self.arrived: dict[str, Microseconds] = {}
        self.opened: dict[str, Microseconds] = {}
        self.closed: set[str] = set()
        self.reopened = False

    def open(self, sessions: Sessions) -> None:
        """Open the ``sessions`` whose data is being stored, from the given moments on, unless they already are open."""
        self.arrived.update(sessions)
        opened = {name: since for name, since in sessions.items() if since < self._since.get(name, since + 1)}
        if not opened:
            return
        closed = dict(self.cursor.execute(text("duckdb/closed.sql"), {"sessions": list(opened)}).fetchall())
        opened.update({name: min(since, opened[name]) for name, since in closed.items()})
        if closed:
            _choose(self.cursor, {name: opened[name] for name in closed})
            _rolled(self.cursor)
            self.cursor.execute(text("duckdb/reopen.sql"))
            self.reopened = True
        values = {"sessions": list(opened), "since": list(opened.values())}
        self.cursor.execute(text("duckdb/unopen.sql"), {"sessions": values["sessions"]})
        self.cursor.execute(text("duckdb/opened.sql"), values)
        self.opened.update(opened)

    def close_quiet(self, quiet: timedelta) -> bool:
        """Divide the sessions that have been quiet for ``quiet`` and, if too many are open, those quiet for longest,
        and store the result permanently. Return whether there were any."""
        before = time.monotonic() - quiet.total_seconds()
        by_arrival = sorted(self._arrival, key=self._arrival.__getitem__)
        many = len(by_arrival) - MAX_OPEN
        names = [name for place, name in enumerate(by_arrival) if place < many or self._arrival[name] <= before]
        sessions = {name: self._since[name] for name in names[:MAX_CLOSED_AT_ONCE]}
        if sessions:
            divide(self.cursor, sessions)
            _rolled(self.cursor)
            self.cursor.execute(text("duckdb/close.sql"))
            self.closed.update(sessions)
        return bool(sessions)

    def remove(self, session: str) -> None:
        """Remove a session, open or closed, with ``write/withdraw.sql``."""
        self.open({session: Microseconds(0)})
        self.cursor.execute("SET VARIABLE trial = $session", {"session": session})
        self.cursor.execute(text("write/withdraw.sql"))
        self.closed.add(session)


class Division:
    """The open sessions and their last division. One thread at a time writes; any thread may read.

    ``_writing`` is held during each write, so that there is one at a time. ``_dividing`` is held while a reader divides
    the open sessions and takes its snapshot, and while a write that closes or reopens sessions is committed. Without
    it, a reader could see a session twice or not at all. All other writes, and questions that have their snapshot,
    continue during a division. A thread that needs both locks takes ``_writing`` first.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writing = threading.Lock()
        self._dividing = threading.Lock()
        # Changed only by a thread that holds _writing.
        self._since: dict[str, Microseconds] = {}
        self._arrival: dict[str, float] = {}
        # Whether data has arrived since the last division began.
        self._is_behind = True
        # Whether the last division lacks a session that was reopened. From here on, _dividing guards.
        self._is_incomplete = True
        # Whether the last division has sessions.
        self._has_sessions = False
        self._begun_at = self._ended_at = 0.0
        self._restart()

    def _restart(self) -> None:
        with self._database.cursor() as cursor:
            self._since = open_sessions(cursor)
        self._arrival = dict.fromkeys(self._since, time.monotonic())
        self._is_behind = self._is_incomplete = True

    @contextmanager
    def writing(self) -> Iterator[Change]:
        """Yield a transaction that is committed when the block ends, or rolled back. Every write to the ledger uses
        one."""
        with self._writing, self._database.cursor() as cursor:
            cursor.begin()
            change = Change(cursor, self._since, self._arrival)
            try:
                yield change
                with self._dividing if change.reopened or change.closed else nullcontext():
                    cursor.commit()
                    self._note(change)
            except BaseException:
                cursor.rollback()
                raise

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """Block writes and new questions while everything is replaced, then read the open sessions from the file."""
        with self._writing, self._dividing:
            yield
            self._restart()

    def _note(self, change: Change) -> None:
        self._since.update(change.opened)
        self._arrival.update(dict.fromkeys(change.arrived, time.monotonic()))
        for name in change.closed:
            del self._since[name], self._arrival[name]
        if change.reopened:
            self._is_incomplete = True
        if change.arrived:
            self._is_behind = True

    @contextmanager
    def reading(self, asked_at: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor that sees everything stored before ``asked_at`` (by ``time.monotonic``; ``None``: now); with
        many open sessions, everything stored up to a second before it."""
        asked_at = time.monotonic() if asked_at is None else asked_at
        with self._dividing:
            if self._must_divide(asked_at):
                self._divide()
            cursor = self._database.cursor()
            cursor.begin()
            # Read both databases, because each takes its snapshot at the first read.
            cursor.execute("SELECT (SELECT count(*) FROM ledger.open_sessions), (SELECT count(*) FROM live.sessions)")
        with cursor:
            try:
                yield cursor
            finally:
                cursor.rollback()

    def _must_divide(self, asked_at: float) -> bool:
        # The first of several waiting questions divides for all of them.
        is_known = asked_at < self._begun_at
        is_held = len(self._since) > MANY_OPEN and time.monotonic() - self._ended_at < HOLD_SECONDS
        return self._is_incomplete or (self._is_behind and not is_known and not is_held)

    def _divide(self) -> None:
        begun = time.monotonic()
        # Data that arrives from now on may be missing from this division.
        self._is_behind = False
        sessions = dict(self._since)
        if sessions or self._has_sessions:
            try:
                with self._database.transaction() as cursor:
                    divide_open(cursor, sessions)
            except BaseException:
                self._is_behind = True
                raise
        self._has_sessions = bool(sessions)
        self._is_incomplete = False
        self._begun_at, self._ended_at = begun, time.monotonic()


def _choose(cursor: duckdb.DuckDBPyConnection, sessions: Sessions) -> None:
    since = min(sessions.values(), default=0)
    cursor.execute("SET VARIABLE since = make_timestamp($since)", {"since": since})
    cursor.execute("SET VARIABLE sessions = CAST($sessions AS VARCHAR[])", {"sessions": list(sessions)})


def _rolled(cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute("SET VARIABLE rolled = (SELECT before FROM ledger.rolled)")
