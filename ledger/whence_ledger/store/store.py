"""The store: the ledger in one DuckDB file. It inserts rows and answers questions."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

import duckdb

from whence_contract.units import Microseconds
from whence_ledger.model.case import Case
from whence_ledger.model.identity import item_id
from whence_ledger.model.item import Rows, Touch
from whence_ledger.model.pull_request import PullRequest
from whence_ledger.model.quarter import quarter_of
from whence_ledger.model.query import EVERYTHING, Query
from whence_ledger.model.saved_view import SavedView
from whence_ledger.model.ticket import TICKETS
from whence_ledger.model.verdict import Scope, Verdict, without_held
from whence_ledger.store.cases import case_row
from whence_ledger.store.copies import remove_copies
from whence_ledger.store.database import Database, Interruption, answers, columns, text
from whence_ledger.store.division import QUIET, Division
from whence_ledger.store.fold import (
    fold_calls,
    fold_commands,
    fold_points,
    fold_requests,
    fold_starts,
    fold_tool_uses,
    told,
)
from whence_ledger.store.question import statement
from whence_ledger.store.rollup import choose_days, roll
from whence_ledger.store.saved_views import view_row
from whence_ledger.store.selection import Selection

_DAY = 86_400_000_000


class _Item(Protocol):
    @property
    def time(self) -> Microseconds: ...
    @property
    def id(self) -> int | str: ...


class _Part(Protocol):
    """Rows of sessions, folded as ``fold.py`` does."""

    @property
    def touches(self) -> Sequence[Touch]: ...


Item = TypeVar("Item", bound=_Item)


class Store:
    """An open ledger. Any thread may ask questions; one at a time writes. ``tickets``: the pattern of a ticket's
    key."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it. Raises ``StoreError``."""
        self.folder = path.parent
        # Every question sees all that is stored.
        self.brought_up: datetime | None = None
        self.tickets = TICKETS
        self._database = Database(path)
        remove_copies(self.folder)
        self._division = Division(self._database)

    def close(self) -> None:
        """Close the file; everything committed is in it."""
        self._database.close()

    def insert(self, rows: Rows) -> None:
        """Store the rows that are not stored yet, all or none."""
        with self._division.writing() as change:
            cursor = change.cursor
            points = _new(cursor, "points", rows.points, ("time", "id", "former_id"))
            events = _new(cursor, "events", rows.events, ("time", "id"))
            spans = {span.touch.id: span for span in rows.spans}
            touches = _new(cursor, "touches", [span.touch for span in spans.values()])
            _write(cursor, "usage", fold_points(points))
            _write(cursor, "requests", fold_requests(events))
            _write(cursor, "calls", fold_calls(events))
            _write(cursor, "commands", fold_commands(events))
            _write(cursor, "starts", fold_starts(events))
            _write(cursor, "tool_uses", fold_tool_uses(events))
            sightings = [spans[touch.id].sighting for touch in touches]
            if seen := [*told(points), *(sighting for sighting in sightings if sighting)]:
                _write(cursor, "repositories", seen)
                cursor.execute(text("write/repositories_replace.sql"))
            sessions = _since(
                *((point.cell.session_id, point.time) for point in points),
                *((event.session_id, event.time) for event in events),
                *((touch.session_id, touch.time) for touch in touches),
            )
            change.open(sessions)

    def take(self, part: _Part, sessions: Mapping[str, Microseconds]) -> None:
        """Store the folded rows of these sessions, which the file does not have, all or none, and close them.
        ``sessions``: each with the quarter of an hour of its first item."""
        with self._division.writing() as change:
            _new(change.cursor, "touches", part.touches)
            for table in ("usage", "requests", "calls", "commands", "starts", "tool_uses"):
                _write(change.cursor, table, getattr(part, table))
            change.open(sessions)
        self.tidy(timedelta(0))

    def without_known(self, sessions: Mapping[str, Microseconds]) -> dict[str, Microseconds]:
        """Return those of the sessions that the file does not have."""
        with self._division.reading() as cursor:
            known = {name for (name,) in cursor.execute(text("duckdb/known.sql")).fetchall()}
        return {name: first for name, first in sessions.items() if name not in known}

    def replace(self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Replace all rows of a table that no division is made of. ``names``: its columns."""
        with self._division.writing() as change:
            change.cursor.execute(f"DELETE FROM ledger.{table}")  # noqa: S608 our own names
            if rows:
                places = ", ".join("?" * len(names))
                into = f"INSERT INTO ledger.{table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608
                change.cursor.executemany(into, [list(row) for row in rows])

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor that sees the ledger as it is now."""
        with self._division.reading() as cursor:
            yield cursor

    def withdraw(self, session: str, repository: str) -> list[dict[str, Any]]:
        """Remove a test session and the repository made up for it. Return the rows of ``sql/duckdb/session.sql``, its
        cost by repository; an empty list if there is no such session."""
        found = self._ask(text("duckdb/session.sql"), {"session": session})
        if found:
            with self._division.writing() as change:
                change.cursor.execute("SET VARIABLE made_up = $repository", {"repository": repository})
                change.remove(session)
        return found

    def put_labels(
        self, verdicts: Sequence[Verdict], organizations: Sequence[str], scopes: Sequence[Scope] = ()
    ) -> int:
        """Store the result of one complete run and return how many labels it set.

        A label that is based on an organization of another run is kept, by the rule of ``without_held``. Without
        ``scopes``, which older classifiers do not send, every label is set.
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        with self._division.writing() as change:
            cursor = change.cursor
            run = {"classified_at": now, "organizations": list(organizations)}
            cursor.execute(text("write/classification.sql"), run)
            if scopes and verdicts:
                asked = {"scopes": [one.scope for one in scopes], "repository": [one.repository for one in verdicts]}
                verdicts = without_held(verdicts, dict(cursor.execute(text("write/held.sql"), asked).fetchall()))
            if scopes:
                cursor.execute(text("write/scopes.sql"), columns(scopes) | {"classified_at": now})
            if verdicts:
                given = columns(verdicts) | {"classified_at": now}
                changes = ("repository", "label", "reason", "evidence", "classified_at")
                cursor.execute(text("write/label_changes.sql"), {name: given[name] for name in changes})
                cursor.execute(text("write/labels.sql"), given)
        return len(verdicts)

    def put_pull_requests(self, pull_requests: Sequence[PullRequest]) -> int:
        """Store pull requests, or replace them, and return how many."""
        if pull_requests:
            with self._division.writing() as change:
                _write(change.cursor, "pull_requests", pull_requests)
        return len(pull_requests)

    def forget_scope(self, scope: str) -> bool:
        """Remove a scope, so that other runs may label its repositories. Return false if there is none."""
        with self._division.writing() as change:
            return bool(change.cursor.execute(text("write/forget_scope.sql"), {"scope": scope}).fetchall())

    def put_case(self, case: Case) -> None:
        """Store a decision; its day is that of the case. Raises ``NoCaseError``."""
        row = case_row(self.ask, case)
        with self._division.writing() as change:
            change.cursor.execute(text("write/case_changes.sql"), row)

    def put_view(self, view: SavedView) -> None:
        """Save a view, or replace the one of that name. Raises ``ViewError``."""
        row = view_row(self.ask, view)
        with self._division.writing() as change:
            change.cursor.execute(text("write/saved_views.sql"), row)

    def forget_view(self, name: str) -> bool:
        """Delete a saved view. Return false if there is none of that name."""
        with self._division.writing() as change:
            return bool(change.cursor.execute(text("write/forget_view.sql"), {"name": name}).fetchall())

    def tidy(self, quiet: timedelta = QUIET) -> None:
        """Close the sessions that have been quiet for ``quiet``, and roll up the completed days."""
        is_closing = True
        while is_closing:
            with self._division.writing() as change:
                is_closing = change.close_quiet(quiet)
        with self._division.writing() as change:
            roll(change.cursor)

    def forget(self, before: datetime) -> None:
        """Delete the closed sessions that ended before the day (UTC) of ``before``, with all their rows."""
        day = before.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        with self._division.writing() as change:
            change.cursor.execute("SET VARIABLE before = $before", {"before": day})
            change.cursor.execute(text("write/forget.sql"))

    def backup(self, path: Path) -> None:
        """Write everything to a new file in the ledger's folder; reads and writes may continue meanwhile."""
        self._database.copy_to(path)

    def restore(self, path: Path) -> int:
        """Replace everything with a backup in the ledger's folder, atomically; return the number of sessions.
        Raises ``StoreError`` if the file is not a backup."""
        with self._division.replacing():
            self._database.replace_by(path)
        with self._database.cursor() as cursor:
            return int(cursor.execute(text("duckdb/count.sql")).fetchall()[0][0])

    def ask(
        self, question: str, query: Query = EVERYTHING, interruption: Interruption | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows of ``sql/questions/<question>.sql`` as dictionaries. Raises ``duckdb.InterruptException``
        after an ``interruption``."""
        sql = statement(question, query.unset, query.is_by_minute)
        return self._ask(sql, query.parameters() | {"tickets": self.tickets}, query, interruption)

    def ask_together(
        self, asked: Sequence[tuple[str, Query]], interruption: Interruption | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of several questions with the same filters and period, as ``ask`` returns them, all as the
        ledger is now. What several of them read is filtered once."""
        with self._division.reading(interruption.asked_at if interruption else None) as cursor:
            if interruption:
                interruption.begin(cursor)
            selection = Selection(cursor, asked)
            for question, query in asked:
                sql = statement(question, query.unset, query.is_by_minute, selection.of(question, query))
                yield answers(cursor, sql, query.parameters() | {"tickets": self.tickets})

    def ask_alert(self, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of ``sql/alerts/<name>.sql`` as dictionaries: the conditions that hold."""
        return self._ask(text(f"alerts/{name}.sql"), parameters)

    def _ask(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        query: Query = EVERYTHING,
        interruption: Interruption | None = None,
    ) -> list[dict[str, Any]]:
        with self._division.reading(interruption.asked_at if interruption else None) as cursor:
            if interruption:
                interruption.begin(cursor)
            choose_days(cursor, query)
            return answers(cursor, sql, parameters)


def _new(cursor: duckdb.DuckDBPyConnection, table: str, items: Sequence[Item], keys: Sequence[str] = ()) -> list[Item]:
    """Insert the ``items`` that are not stored yet, and return them without duplicates. ``keys``: the fields to insert;
    by default all."""
    given = {(item.time, item.id): item for item in items}
    by_day: defaultdict[int, list[Item]] = defaultdict(list)
    for item in given.values():
        by_day[item.time // _DAY].append(item)
    new: list[Item] = []
    for rows in by_day.values():
        times = [row.time for row in rows]
        every = {name: [getattr(row, name) for row in rows] for name in keys} if keys else columns(rows)
        if "calls" in every:
            every["calls"] = [[item_id(call) for call in calls] for calls in every["calls"]]
        cursor.execute(text(f"write/{table}.sql"), every | {"low": min(times), "high": max(times)})
        stored = cursor.fetchall()
        new += rows if len(stored) == len(rows) else [given[key] for key in stored]
    return new


def _write(cursor: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Any]) -> None:
    if rows:
        cursor.execute(text(f"write/{table}.sql"), columns(rows))


def _since(*moments: tuple[str, Microseconds]) -> dict[str, Microseconds]:
    """Return the first quarter of an hour of each session."""
    first: dict[str, Microseconds] = {}
    for session, moment in moments:
        quarter = quarter_of(moment)
        if quarter < first.get(session, quarter + 1):
            first[session] = quarter
    return first
