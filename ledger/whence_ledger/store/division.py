"""Division: sessions are divided among their repositories while they are open, whenever somebody asks, and once more
when they have been quiet for a while, for good. Something that comes later opens a session again."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

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


class Opened(NamedTuple):
    """What a transaction opened. ``reopened``: something of it had been closed."""

    sessions: Sessions
    reopened: bool


class Division:
    """Which sessions are open, and how they were divided last. One thread at a time writes; any may read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Held while what is open and what is divided change places, so that no reader sees a session twice or never.
        self._places = threading.Lock()
        self._dividing = threading.Lock()
        self._changes = self._reopenings = 0
        self._divided_changes = self._divided_reopenings = 0
        self._begun_at = self._divided_at = 0.0
        self._since: dict[str, int] = {}
        self._arrival: dict[str, float] = {}
        self.restart()

    def restart(self) -> None:
        """Begin with what the ledger holds now."""
        with self._database.cursor() as cursor:
            self._since = open_sessions(cursor)
        self._arrival = dict.fromkeys(self._since, time.monotonic())
        self._changed(reopened=True)

    @property
    def places(self) -> threading.Lock:
        """To be held while a transaction commits that reopens or closes sessions, until it is noted here."""
        return self._places

    def open(self, cursor: duckdb.DuckDBPyConnection, sessions: Sessions) -> Opened:
        """As part of a transaction that stores something of ``sessions``: open those that are not."""
        opened = {name: since for name, since in sessions.items() if since < self._since.get(name, since + 1)}
        if not opened:
            return Opened({}, False)
        closed = dict(cursor.execute(text("duckdb/closed.sql"), {"sessions": list(opened)}).fetchall())
        opened.update({name: min(since, opened[name]) for name, since in closed.items()})
        if closed:
            _choose(cursor, {name: opened[name] for name in closed})
            _rolled(cursor)
            cursor.execute(text("duckdb/reopen.sql"))
        values = {"sessions": list(opened), "since": list(opened.values())}
        cursor.execute(text("duckdb/unopen.sql"), {"sessions": values["sessions"]})
        cursor.execute(text("duckdb/opened.sql"), values)
        return Opened(opened, bool(closed))

    def note(self, sessions: Sessions, opened: Opened) -> None:
        """After that transaction."""
        self._since.update(opened.sessions)
        self._arrival.update(dict.fromkeys(sessions, time.monotonic()))
        self._changed(opened.reopened)

    def _changed(self, reopened: bool) -> None:
        # In this order: a reader that sees the change sees the reopening too, and does not take it for divided.
        self._reopenings += reopened
        self._changes += 1

    def closable(self, quiet: timedelta) -> dict[str, int]:
        """Open sessions to close now: the quiet ones, and the quietest of too many."""
        before = time.monotonic() - quiet.total_seconds()
        by_arrival = sorted(self._arrival, key=self._arrival.__getitem__)
        many = len(by_arrival) - MAX_OPEN
        names = [name for place, name in enumerate(by_arrival) if place < many or self._arrival[name] <= before]
        return {name: self._since[name] for name in names[:MAX_CLOSED_AT_ONCE]}

    def close(self, cursor: duckdb.DuckDBPyConnection, sessions: Sessions) -> None:
        """As part of a transaction: divide these sessions for good."""
        divide(cursor, sessions)
        _rolled(cursor)
        cursor.execute(text("duckdb/close.sql"))

    def forget(self, sessions: Sessions) -> None:
        """After that transaction: they are open no more."""
        for name in sessions:
            del self._since[name], self._arrival[name]

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
                # Each of the two databases fixes what it shows when it is first read.
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
            # Of questions that waited in line together, the first divides for all of them.
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
