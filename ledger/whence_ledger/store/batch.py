"""Divide sessions in ClickHouse, a batch at a time, from their stored rows.

Only the last statement of a batch makes its result visible, and of several divisions of a session the one that saw the
most data is used. So any number of servers may divide the same sessions, and any of them may stop at any moment.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from clickhouse_connect.driver.client import Client

from whence_ledger.store.database import text
from whence_ledger.store.dialect import SMALL, UNCOMPILED, split_views, statements
from whence_ledger.store.work import Columns, create, fill, with_settings, work_tables

SESSIONS = 2_000
"""How many sessions are divided at a time: this limits memory."""
FEW = 50
"""Up to this many sessions, planning a statement takes longer than to run it."""
ALL = "true"
"""The condition of ``batch.sql`` with which it looks in all sessions."""

_PLACE = re.compile(r"\{(\w+)\}")
_RAW = ("whence_points", "whence_events", "whence_spans")
_READ_ONCE = ("whence_points", "whence_spans")
_BATCH = "session_id String, seen UInt64, is_closed UInt8, division UInt64, since DateTime64(6), until DateTime64(6)"
_OF_REQUESTS = (
    "prompted",
    "request_line",
    "request_places",
    "requested_branches",
    "requested",
    "requested_cells",
    "split_extensions",
)
_NEEDS = (
    ("requests", frozenset(_OF_REQUESTS)),
    ("requested WHERE is_shared = 1", frozenset({"requested_cells"})),
    ("tool_uses", frozenset({"split_tool_uses"})),
)
"""Rows, and the views of which nothing comes without them."""


def divide_batch(
    client: Client, quiet: timedelta, columns: Columns, looked: str = ALL, rest: timedelta = timedelta(0)
) -> int:
    """Divide at most ``SESSIONS`` sessions that have new data, or that have become quiet because nothing has arrived
    for ``quiet``. ``columns``: those of earlier batches. ``looked``: in which sessions to look. ``rest``: how long to
    leave a session alone after its last division. Return how many were divided."""
    values = {
        "mark": secrets.token_hex(16),
        "quiet": str(round(quiet / timedelta(milliseconds=1))),
        "sessions": str(SESSIONS),
        "looked": looked,
        "rest": str(rest // timedelta(microseconds=1)),
    }
    (asked,) = statements_of("batch", values)
    found = client.query(asked)
    count = len(found.result_rows)
    if count:
        with work_tables(client) as work:
            client.command(f"CREATE TABLE {work}batch ({_BATCH}) ENGINE = Memory")
            client.insert(f"{work}batch", found.result_rows, column_names=found.column_names)
            settings = SMALL if count <= FEW else {}
            take_input(client, work, columns, settings)
            kept = _divide(client, work, columns, settings)
            run(client, "keep", {"work": work} | kept, settings)
    return count


def take_input(client: Client, work: str, columns: Columns, settings: Mapping[str, Any] | None = None) -> None:
    """Make the tables of ``input.sql`` from the rows of the sessions in ``{work}batch``."""
    run(client, "raw", {"work": work})
    for name, query in _input():
        renamed = _renamed(query.replace(" FINAL", "")).replace("{work}", work)
        create(client, f"{work}{name}", renamed, columns, name)
        # Only what reads no stored table can do without the search in its index.
        fill(client, f"{work}{name}", renamed, UNCOMPILED if " FINAL" in renamed else settings or {})


def _divide(client: Client, work: str, columns: Columns, settings: Mapping[str, Any]) -> dict[str, str | None]:
    """Make the tables of ``sql/split`` that others read. Return the queries of the rest by name, ``None`` for those
    without rows."""
    there: dict[str, bool] = {}
    kept: dict[str, str | None] = {}
    for name, query in split_views():
        asked = _renamed(query).replace("{work}", work)
        needed = [rows for rows, views in _NEEDS if name in views]
        for rows in needed:
            if rows not in there:
                there[rows] = bool(client.query(f"SELECT 1 FROM {work}{rows} LIMIT 1").result_rows)  # noqa: S608 our own
        has_rows = all(there[rows] for rows in needed)
        if name.startswith("split_"):
            kept[name] = asked if has_rows else None
            continue
        create(client, f"{work}{name}", asked, columns, name)
        if has_rows:
            fill(client, f"{work}{name}", asked, settings)
    return kept


def query_of(view: str) -> str:
    """Return the query of a view of ``sql/clickhouse/input.sql`` over rows without duplicates."""
    return dict(_input())[view].replace(" FINAL", "")


def kept_query(view: str) -> str:
    """Return the query of a materialized view of ``sql/clickhouse/kept.sql`` that has no values to insert."""
    every = statements(text("clickhouse/kept.sql"))
    (found,) = (one for one in every if f"MATERIALIZED VIEW IF NOT EXISTS {view} TO" in one)
    return found.partition(" AS\n")[2]


def run(
    client: Client, name: str, values: Mapping[str, str | None] | None = None, settings: Mapping[str, Any] | None = None
) -> None:
    """Run ``sql/clickhouse/<name>.sql`` with these values inserted. ``settings``: of statements that end with a
    ``SELECT``."""
    for statement in statements_of(name, values or {}):
        client.command(with_settings(statement.rstrip().rstrip(";"), settings or {}))


def statements_of(name: str, values: Mapping[str, str | None]) -> Iterator[str]:
    """Yield the statements of ``sql/clickhouse/<name>.sql`` with these values inserted, but not those in which one is
    ``None``."""
    for statement in statements(text(f"clickhouse/{name}.sql")):
        given = {place: values[place] for place in _PLACE.findall(statement)}
        if None not in given.values():
            yield _PLACE.sub(lambda place: str(values[place[1]]), statement)


@cache
def _input() -> list[tuple[str, str]]:
    """Return name and query of each view of ``input.sql``, in order."""
    views = []
    for statement in statements(text("clickhouse/input.sql")):
        head, _, query = statement.partition(" AS\n")
        views.append((head.rsplit(maxsplit=1)[-1], query.rstrip().rstrip(";")))
    return views


@cache
def _renamed(query: str) -> str:
    """Return the query over the tables of a batch, of which the names begin with ``{work}``."""
    tables = {*_RAW, *(name for name, _ in [*_input(), *split_views()])}
    names = "|".join(tables.difference(re.findall(r"\b(\w+) AS \(", query)))
    # The alias of a table without one is its name.
    return re.sub(
        rf"\b(FROM|JOIN) ({names})\b(?! AS\b)",
        lambda found: f"{found[1]} {_rows_of(found[2])} AS {found[2]}",
        re.sub(rf"\b(FROM|JOIN) ({names}) AS\b", r"\1 {work}\2 AS", query),
    )


def _rows_of(table: str) -> str:
    """Return the table that has the batch's rows of ``table``, or a query of them, without duplicates."""
    if table in _READ_ONCE:
        return f"(SELECT * FROM {table} FINAL WHERE session_id IN (SELECT session_id FROM {{work}}batch))"  # noqa: S608
    return f"{{work}}{table}"
