"""Transfer: copy a ledger's file into ClickHouse, and compare the totals.

A session counts in ClickHouse once its division is named in ``whence_divisions``, as for any division (``batch.py``).
So a copy may end at any moment and begin again: closed sessions that were copied are not copied again, and of what is
copied twice one counts.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import duckdb
from clickhouse_connect.driver.client import Client

from whence_ledger.store.batch import run
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.database import Database, answers, text
from whence_ledger.store.days import NOW
from whence_ledger.store.division import divide_open, open_sessions
from whence_ledger.store.refusal import in_words
from whence_ledger.store.unfold import (
    COLUMNS,
    unfold_calls,
    unfold_commands,
    unfold_requests,
    unfold_starts,
    unfold_tool_uses,
    unfold_touches,
    unfold_usage,
)
from whence_ledger.store.work import work_tables

SESSIONS = 200
"""Sessions that are copied together: this limits memory."""
ROWS = 20_000
"""Rows that are inserted together."""
_DIVIDED = {
    "closed_usage": "whence_usage",
    "closed_tool_uses": "whence_tool_uses",
    "closed_shares": "whence_shares",
    "closed_branches": "whence_branches",
    "closed_extensions": "whence_extensions",
}
_HISTORY = {
    "label_changes": ("changed_at", "repository"),
    "classifications": ("classified_at",),
    "case_changes": ("decided_at", "user", "repository"),
}
"""Tables to which rows are added, and what tells their rows apart: first a moment."""
_NEWEST = ("labels", "scopes", "pull_requests", "saved_views")
"""Tables of which the newest row counts."""
_REPOSITORIES = """
repository String, display String, host String, owner String, name String, remote Bool, root_commits Array(String),
first_seen DateTime64(6), last_seen DateTime64(6), last_span String
"""
_COLUMNS = "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'ledger' AND table_name = $name"
_SEEN = """
SELECT session_id, sum(rows), toUnixTimestamp64Micro(max(until))
FROM whence_arrivals
WHERE session_id IN {sessions:Array(String)}
GROUP BY session_id
"""
_DAY = 86_400_000_000

_T = TypeVar("_T")
Row = dict[str, Any]
Tell = Callable[[int, int], None]
"""Is told how many sessions are copied, and of how many."""


class Total(NamedTuple):
    """What the sessions of the file add up to in a month, in the file and in ClickHouse: sessions, cost in dollars and
    tokens, divided by request. ``same``: whether all splits agree, to the last unit."""

    month: str
    file: tuple[Any, ...]
    clickhouse: tuple[Any, ...]
    same: bool


def transfer(path: Path, store: ClickHouseStore, tell: Tell) -> list[Total]:
    """Copy everything of the ledger's file at ``path``, or of a backup, into ``store``, and return the totals of each
    month. The file is not changed. Raises ``StoreError``."""
    source = Database(path, read_only=True)
    try:
        with source.cursor() as cursor, in_words(store.place):
            _copy_history(cursor, store.client)
            _copy_sessions(cursor, store.client, tell)
            store.tidy()
            return list(_totals(cursor, store.client))
    finally:
        source.close()


def _copy_history(cursor: duckdb.DuckDBPyConnection, client: Client) -> None:
    """Copy repositories, labels, pull requests, cases and saved views, except what ClickHouse has already."""
    for table in _NEWEST:
        _insert(client, f"whence_{table}", [row | _more(table, row) for row in _rows(cursor, table)])
    for table, (moment, *others) in _HISTORY.items():
        asked = ", ".join((f"toUnixTimestamp64Micro({moment})", *others))
        there = {tuple(row) for row in client.query(f"SELECT {asked} FROM whence_{table}").result_rows}  # noqa: S608
        new = [row for row in _rows(cursor, table) if tuple(row[name] for name in (moment, *others)) not in there]
        _insert(client, f"whence_{table}", new)
    with work_tables(client) as work:
        client.command(f"CREATE TABLE {work}repositories ({_REPOSITORIES}) ENGINE = Memory")
        _insert(client, f"{work}repositories", _rows(cursor, "repositories"))
        run(client, "repositories", {"work": work})


def _more(table: str, row: Row) -> Row:
    """Return the columns that the file does not have."""
    if table == "pull_requests":
        # What is received later replaces it.
        return {"received_at": row["updated_at"]}
    return {"is_kept": 1} if table in {"scopes", "saved_views"} else {}


def _copy_sessions(cursor: duckdb.DuckDBPyConnection, client: Client, tell: Tell) -> None:
    opened = [{"session_id": name, "since": since, "mark": ""} for name, since in open_sessions(cursor).items()]
    sessions = answers(cursor, text("transfer/closed.sql"), {})
    copied = {tuple(row) for row in client.query("SELECT session_id, mark FROM whence_copied").result_rows}
    left = [one for one in sessions if (one["session_id"], one["mark"]) not in copied]
    repositories = {row["repository"]: row for row in _rows(cursor, "repositories")}
    done, total = len(sessions) - len(left), len(sessions) + len(opened)
    tell(done, total)
    for some in _parts(chain(left, opened), SESSIONS):
        for table, rows in _raw(cursor, some, repositories):
            client.insert(table, rows, column_names=COLUMNS[table])
        closed = [one for one in some if one["mark"]]
        if closed:
            _copy_divisions(cursor, client, closed)
        done += len(some)
        tell(done, total)


def _raw(
    cursor: duckdb.DuckDBPyConnection, sessions: Sequence[Row], repositories: Mapping[str, Row]
) -> Iterator[tuple[str, Sequence[tuple[Any, ...]]]]:
    """Yield the rows of these sessions that divisions are made of, with their table."""

    def of(table: str) -> list[Row]:
        return _rows(cursor, table, sessions)

    events = chain(
        unfold_requests(of("requests")),
        unfold_calls(of("calls")),
        unfold_commands(of("commands")),
        unfold_starts(of("starts")),
        unfold_tool_uses(of("tool_uses")),
    )
    made: dict[str, Iterable[tuple[Any, ...]]] = {
        "whence_spans": unfold_touches(of("touches"), repositories),
        "whence_events": events,
        "whence_points": unfold_usage(of("usage")),
    }
    for table, rows in made.items():
        for some in _parts(rows, ROWS):
            yield table, some


def _copy_divisions(cursor: duckdb.DuckDBPyConnection, client: Client, sessions: Sequence[Row]) -> None:
    """Copy how these closed sessions were divided."""
    names = [one["session_id"] for one in sessions]
    divisions = {name: secrets.randbits(64) for name in names}
    days: set[int] = set()
    for table, divided in _DIVIDED.items():
        rows = _rows(cursor, table, sessions)
        days |= {row["time"] // _DAY for row in rows if "time" in row}
        _insert(client, divided, [row | {"division": divisions[row["session_id"]], "is_closed": 1} for row in rows])
    # Rows that were inserted in vain before count too.
    seen = {name: more for name, *more in client.query(_SEEN, parameters={"sessions": names}).result_rows}
    at = int(client.query(NOW).result_rows[0][0])
    _insert(client, "whence_touched", [{"day": day, "at": at} for day in sorted(days)])
    kept = [
        row
        | {
            "seen": int(seen.get(row["session_id"], (0, 0))[0]),
            "until": max(row["ended"], seen.get(row["session_id"], (0, 0))[1]),
            "division": divisions[row["session_id"]],
            "is_closed": 1,
            "is_whole": int(row["gap"] != ""),
            "at": at,
        }
        for row in _rows(cursor, "closed_sessions", sessions, by_time=False)
    ]
    _insert(client, "whence_divisions", kept)
    _insert(client, "whence_copied", [{"session_id": one["session_id"], "mark": one["mark"]} for one in sessions])


def _totals(cursor: duckdb.DuckDBPyConnection, client: Client) -> Iterator[Total]:
    """Yield the totals of each month. The open sessions are divided as a server would."""
    divide_open(cursor, open_sessions(cursor))
    names = [name for (name,) in cursor.execute("SELECT session_id FROM sessions").fetchall()]
    yield from compare_totals(cursor, client, names)


def compare_totals(cursor: duckdb.DuckDBPyConnection, client: Client, sessions: Iterable[str]) -> Iterator[Total]:
    """Yield the totals of each month: of all sessions in the file, and of these ``sessions`` in ClickHouse."""
    ours = answers(cursor, text("transfer/totals.sql"), {})
    with work_tables(client) as work:
        client.command(f"CREATE TABLE {work}sessions (session_id String) ENGINE = Memory")
        for some in _parts(sessions, ROWS):
            client.insert(f"{work}sessions", [[name] for name in some], column_names=["session_id"])
        asked = text("clickhouse/totals.sql").replace("{work}", work)
        found = client.query(asked)
    theirs = [dict(zip(found.column_names, row, strict=True)) for row in found.result_rows]
    for month in sorted({row["month"] for row in chain(ours, theirs)}):
        here, there = ([row for row in rows if row["month"] == month] for rows in (ours, theirs))
        yield Total(month, _by_request(here), _by_request(there), _figures(here) == _figures(there))


def _figures(rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    return {tuple(row.values()) for row in rows}


def _by_request(rows: Sequence[Row]) -> tuple[Any, ...]:
    parts = [row for row in rows if "request" in row["split"]]
    return (
        max((row["sessions"] for row in parts), default=0),
        sum(row["cost_usd"] for row in parts),
        sum(row["tokens"] for row in parts),
    )


def _rows(
    cursor: duckdb.DuckDBPyConnection, table: str, sessions: Sequence[Row] | None = None, by_time: bool = True
) -> list[Row]:
    """Return the rows of a table of the file, all or those of ``sessions``. Moments are in microseconds since 1970."""
    kinds = dict(cursor.execute(_COLUMNS, {"name": table}).fetchall())
    names = ", ".join(
        f"epoch_us({name}) AS {name}" if kind == "TIMESTAMP" else f'"{name}"' for name, kind in kinds.items()
    )
    asked = f"SELECT {names} FROM ledger.{table} AS one"  # noqa: S608 our own names
    if sessions is None:
        return answers(cursor, asked, {})
    since = " AND one.time >= make_timestamp($since)" if by_time and "time" in kinds else ""
    return answers(
        cursor,
        f"{asked} WHERE one.session_id IN (SELECT unnest(CAST($sessions AS VARCHAR[]))){since}",
        {"sessions": [one["session_id"] for one in sessions], "since": min(one["since"] for one in sessions)},
    )


def _parts(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


def _insert(client: Client, table: str, rows: Sequence[Row]) -> None:
    for some in _parts(rows, ROWS):
        names = list(some[0])
        client.insert(table, [list(row.values()) for row in some], column_names=names)
