"""Division: sessions are divided among their repositories while they are open, whenever somebody asks, and once more
when they have been quiet for a while, for good. Something that comes later opens a session again."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import duckdb

from whence_ledger.store.database import Database, divide, text

QUIET = timedelta(minutes=10)
MAX_OPEN = 5_000
MAX_CLOSED_AT_ONCE = 2_000
MANY_OPEN = 200
HOLD_SECONDS = 1.0
"""With more open sessions than that, they are divided once in so many seconds at most."""

Sessions = Mapping[str, int]
"""Session ids, and the first moment of each that matters, in microseconds since 1970."""


def open_sessions(cursor: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the sessions that the file holds as open."""
    return dict(cursor.execute("SELECT session_id, epoch_us(since) FROM ledger.open_sessions").fetchall())


def divide_open(cursor: duckdb.DuckDBPyConnection, sessions: Sessions) -> None:
    """Divide these sessions into the tables of ``live``."""
    divide(cursor, sessions)
    cursor.execute(text("duckdb/divide.sql"))


class Change:
    """A write to the ledger, and which sessions it opens and closes. Everything is done through ``cursor``."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, since: Sessions) -> None:
        self.cursor = cursor
        self._since = since
        self.arrived: dict[str, int] = {}
        self.opened: dict[str, int] = {}
        self.closed: dict[str, int] = {}
        self.reopened = False

    def open(self, sessions: Sessions) -> None:
        """Something of ``sessions`` is stored: open those that are not open since then."""
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

    def close(self, sessions: Sessions) -> None:
        """Divide these open sessions for good."""
        divide(self.cursor, sessions)
        _rolled(self.cursor)
        self.cursor.execute(text("duckdb/close.sql"))
        self.closed.update(sessions)

    def remove(self, session: str) -> None:
        """Remove everything of a session, which may be closed, as ``write/withdraw.sql`` does."""
        self.open({session: 0})
        self.cursor.execute("SET VARIABLE trial = $session", {"session": session})
        self.cursor.execute(text("write/withdraw.sql"))
        self.closed[session] = 0


class Division:
    """Which sessions are open, and how they were divided last. One thread at a time writes; any may read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writing = threading.Lock()
        # Held while what is open and what is divided change places, so that no reader sees a session twice or never.
        self._places = threading.Lock()
        self._dividing = threading.Lock()
        self._changes = self._reopenings = 0
        self._divided_changes = self._divided_reopenings = 0
        self._begun_at = self._divided_at = 0.0
        self._since: dict[str, int] = {}
        self._arrival: dict[str, float] = {}
        self._restart()

    def _restart(self) -> None:
        with self._database.cursor() as cursor:
            self._since = open_sessions(cursor)
        self._arrival = dict.fromkeys(self._since, time.monotonic())
        self._changed(reopened=True)

    @contextmanager
    def writing(self) -> Iterator[Change]:
        """Give a transaction that is committed when the block ends, or not at all. Every write to the ledger is one."""
        with self._writing, self._database.cursor() as cursor:
            cursor.begin()
            change = Change(cursor, self._since)
            try:
                yield change
                with self._places if change.reopened or change.closed else nullcontext():
                    cursor.commit()
                    self._note(change)
            except BaseException:
                cursor.rollback()
                raise

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """While everything is replaced, nobody writes and no question begins. Then begin with what the ledger holds."""
        with self._writing, self._places:
            yield
            self._restart()

    def _note(self, change: Change) -> None:
        self._since.update(change.opened)
        self._arrival.update(dict.fromkeys(change.arrived, time.monotonic()))
        if change.arrived:
            self._changed(change.reopened)
        for name in change.closed:
            del self._since[name], self._arrival[name]

    def _changed(self, reopened: bool) -> None:
        # In this order: a reader that sees the change sees the reopening too, and does not take it for divided.
        self._reopenings += reopened
        self._changes += 1

    def closable(self, quiet: timedelta) -> dict[str, int]:
        """Return the open sessions to close now: the quiet ones, and the quietest of too many."""
        before = time.monotonic() - quiet.total_seconds()
        by_arrival = sorted(self._arrival, key=self._arrival.__getitem__)
        many = len(by_arrival) - MAX_OPEN
        names = [name for place, name in enumerate(by_arrival) if place < many or self._arrival[name] <= before]
        return {name: self._since[name] for name in names[:MAX_CLOSED_AT_ONCE]}

    @contextmanager
    def reading(self, asked_at: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor that sees all that was stored before ``asked_at`` (by ``time.monotonic``; ``None`` for now);
        with many open sessions, at least until a second before it."""
        asked_at = time.monotonic() if asked_at is None else asked_at
        while True:
            self._divide(asked_at)
            with self._places:
                if self._divided_reopenings != self._reopenings:
                    continue
                cursor = self._database.cursor()
                cursor.begin()
                # Each of the two databases takes its snapshot at the first read.
                cursor.execute(
                    "SELECT (SELECT count(*) FROM ledger.open_sessions), (SELECT count(*) FROM live.sessions)"
                )
            break
        with cursor:
            try:
                yield cursor
            finally:
                cursor.rollback()

    def _divide(self, asked_at: float) -> None:
        with self._dividing:
            begun, changes, reopenings = time.monotonic(), self._changes, self._reopenings
            if changes == self._divided_changes:
                return
            # The first of several waiting questions divides for all of them.
            known = asked_at < self._begun_at
            held = len(self._since) > MANY_OPEN and begun - self._divided_at < HOLD_SECONDS
            if (known or held) and reopenings == self._divided_reopenings:
                return
            sessions = dict(self._since)
            with self._database.transaction() as cursor:
                divide_open(cursor, sessions)
            self._divided_changes, self._divided_reopenings = changes, reopenings
            self._begun_at, self._divided_at = begun, time.monotonic()


def _choose(cursor: duckdb.DuckDBPyConnection, sessions: Sessions) -> None:
    since = min(sessions.values(), default=0)
    cursor.execute("SET VARIABLE since = make_timestamp($since)", {"since": since})
    cursor.execute("SET VARIABLE sessions = CAST($sessions AS VARCHAR[])", {"sessions": list(sessions)})


def _rolled(cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute("SET VARIABLE rolled = (SELECT before FROM ledger.rolled)")
