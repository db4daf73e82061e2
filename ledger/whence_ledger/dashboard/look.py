"""Query the ledger for the dashboard: the shared cache, and the query that all widgets of one refresh use."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta, tzinfo
from itertools import groupby
from typing import Any, NamedTuple

from whence_ledger.alert.watch import Watch
from whence_ledger.dashboard.colour import LABELS, assign
from whence_ledger.dashboard.setup import Place
from whence_ledger.dashboard.view import Period, View, only
from whence_ledger.model.case import Status
from whence_ledger.model.query import EVERYTHING, Query
from whence_ledger.model.working_hours import WorkingHours
from whence_ledger.store.turns import Turns

FRESH_SECONDS = 5.0
COLOURS_SECONDS = 60.0
MAX_KEPT = 300
BEGIN_SECONDS = 0.001

Row = dict[str, Any]
Decide = Callable[[str, str, Status, str, date], Awaitable[None]]
"""Sets a case: user, repository, status, note, day. Raises ``NoCaseError``."""


class _Asking(NamedTuple):
    """A cached query, running or finished. ``since``: when it started (monotonic, s). ``viewers``: who asked for it."""

    since: float
    rows: "asyncio.Task[list[Row]]"
    viewers: set[str]


class Answers:
    """A cache of the last few seconds' answers, so that many viewers of the same view cost as much as one."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._kept: dict[tuple[str, Query], _Asking] = {}
        self._seen: list[Row] = []
        self._colours: dict[str, dict[str, str]] = {}

    async def ask_now(self, viewer: str, question: str, query: Query = EVERYTHING) -> list[Row]:
        """Run a query without the cache, for pages that wait for a change; return its rows."""
        return await self._turns.ask(viewer.partition(" ")[0], question, query)

    def forget(self) -> None:
        """Clear the cache."""
        self._kept.clear()

    async def colours(self, kind: str) -> dict[str, str]:
        """Return the colours of all models or repositories, or of the labels, by name. Other names have none: a chart
        gives each one by itself. ``kind``: a key of ``GROUPS``."""
        if kind == "label":
            return LABELS
        rows = await self.ask("", "appearances", EVERYTHING, COLOURS_SECONDS)
        if rows is not self._seen:
            self._seen = rows
            self._colours = {
                name: assign(row["name"] for row in these)
                for name, these in groupby(rows, key=lambda row: str(row["kind"]))
            }
        return self._colours.get(kind, {})

    async def ask(self, viewer: str, question: str, query: Query, fresh: float = FRESH_SECONDS) -> list[Row]:
        """Return a query's rows, at most ``fresh`` seconds old, shared by all viewers. ``viewer``: user or address, a
        space, and the id of a browser tab."""
        key, now = (question, query), time.monotonic()
        kept = self._kept.get(key)
        if kept is None or now - kept.since > fresh or _failed(kept.rows):
            task = asyncio.create_task(self._turns.ask(viewer.partition(" ")[0], question, query))
            self._kept[key] = kept = _Asking(now, task, set())
            while len(self._kept) > MAX_KEPT:
                del self._kept[next(iter(self._kept))]
        kept.viewers.add(viewer)
        return await asyncio.shield(kept.rows)

    def leave(self, viewer: str) -> None:
        """Cancel the running queries that only this viewer waits for."""
        for key, kept in list(self._kept.items()):
            kept.viewers.discard(viewer)
            if not kept.viewers and not kept.rows.done():
                kept.rows.cancel()
                del self._kept[key]


def _failed(rows: "asyncio.Task[list[Row]]") -> bool:
    return rows.done() and (rows.cancelled() or rows.exception() is not None)


@dataclass
class Leafed:
    """The state of a table that a refresh keeps: its pagination and search words."""

    pagination: dict[str, Any] = field(default_factory=dict)
    words: str = ""


async def begin(*asked: Awaitable[list[Row]]) -> "asyncio.Future[list[list[Row]]]":
    """Ask questions, and return their answers to wait for, once they have had time to begin: drawing keeps the event
    loop for longer than they take to reach the store."""
    answers = asyncio.gather(*asked)
    await asyncio.sleep(BEGIN_SECONDS)
    return answers


class Look(NamedTuple):
    """The context of one refresh. ``go``: shows another view. ``zone``: the viewer's time zone. ``sheets``: the tables'
    states, by name. ``place``: where the browser reached the ledger. ``sort``: remembers a table's sorting: table,
    column, descending. ``keep``: how long sessions are kept; ``None``: forever. ``decide``: sets a case; ``None``
    for viewers who may not. ``working``: the organization's working hours. ``watch``: the alerts; ``None`` if
    this ledger evaluates none."""

    answers: Answers
    viewer: str
    view: View
    period: Period
    query: Query
    locale: str
    zone: tzinfo
    go: Callable[[View], None]
    sheets: dict[str, Leafed]
    place: Place
    sort: Callable[[str, str | None, bool], None]
    keep: timedelta | None
    decide: Decide | None
    working: WorkingHours
    watch: Watch | None

    async def ask(self, question: str, **more: Any) -> list[Row]:
        """Ask a question about this view and return its rows. ``more`` replaces fields of the query."""
        return await self.answers.ask(self.viewer, question, replace(self.query, **more))

    async def is_labelled(self) -> bool:
        """Return whether the classifier has labelled the repositories."""
        return bool((await self.answers.ask(self.viewer, "chain", EVERYTHING))[0]["labelled"])

    def filter(self, name: str, value: str) -> None:
        """Filter this view by one value. ``name``: of ``FILTERS``."""
        self.go(only(self.view, name, value))

    def open(self, kind: str, about: str) -> None:
        """Open a drawer beside this view."""
        self.go(self.view._replace(drawer=(kind, about)))
