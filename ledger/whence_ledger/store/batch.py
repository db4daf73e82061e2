"""Divide sessions in ClickHouse, a batch at a time, from their stored rows.

Only the last statement of a batch makes its result visible, and of several divisions of a session the one that saw the
most data is used. So any number of servers may divide the same sessions, and any of them may stop at any moment.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache

from clickhouse_connect.driver.client import Client

from whence_ledger.store.database import text
from whence_ledger.store.dialect import SETTINGS, split_views, statements

SESSIONS = 2_000
"""How many sessions are divided at a time: this limits memory."""
ALL = "true"
"""The condition of ``batch.sql`` with which it looks in all sessions."""

_RAW = ("whence_points", "whence_events", "whence_spans")
_PREFIX = "whence_work_"
_TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase()"
_LEFT = f"""
{_TABLES} AND startsWith(name, '{_PREFIX}') AND metadata_modification_time < now() - INTERVAL 1 DAY
"""


def divide_batch(client: Client, quiet: timedelta, looked: str = ALL, limit: int = SESSIONS) -> int:
    """Divide at most ``limit`` sessions that have new data, or that have become quiet because nothing has arrived for
    ``quiet``. ``looked``: in which sessions to look. Return how many were divided."""
    with work_tables(client) as work:
        values = {
            "work": work,
            "mark": secrets.token_hex(16),
            "quiet": str(round(quiet / timedelta(milliseconds=1))),
            "sessions": str(limit),
            "looked": looked,
        }
        run(client, "batch", values)
        count = int(client.query(f"SELECT count() FROM {work}batch").result_rows[0][0])  # noqa: S608 our own name
        if count:
            take_input(client, work)
            _make(client, work, split_views())
            run(client, "keep", values)
    return count


def take_input(client: Client, work: str) -> None:
    """Make the tables of ``input.sql`` from the rows of the sessions in ``{work}batch``."""
    run(client, "raw", {"work": work})
    _make(client, work, _input())


def _make(client: Client, work: str, queries: Iterable[tuple[str, str]]) -> None:
    for name, query in queries:
        renamed = _renamed(query.replace(" FINAL", ""), work)
        client.command(f"CREATE TABLE {work}{name} ENGINE = Memory AS {renamed}", settings=SETTINGS)


def drop_left(client: Client) -> None:
    """Drop the tables of servers that were stopped while dividing."""
    for (name,) in client.query(_LEFT).result_rows:
        client.command(f"DROP TABLE IF EXISTS {name}")


def query_of(view: str) -> str:
    """Return the query of a view of ``sql/clickhouse/input.sql`` over rows without duplicates."""
    return dict(_input())[view].replace(" FINAL", "")


def kept_query(view: str) -> str:
    """Return the query of a materialized view of ``sql/clickhouse/kept.sql`` that has no values to insert."""
    every = statements(text("clickhouse/kept.sql"))
    (found,) = (one for one in every if f"MATERIALIZED VIEW IF NOT EXISTS {view} TO" in one)
    return found.partition(" AS\n")[2]


@contextmanager
def work_tables(client: Client) -> Iterator[str]:
    """Yield a unique prefix for tables; they are dropped when the block ends."""
    work = f"{_PREFIX}{secrets.token_hex(8)}_"
    try:
        yield work
    finally:
        names = [name for (name,) in client.query(f"{_TABLES} AND startsWith(name, '{work}')").result_rows]
        if names:
            client.command(f"DROP TABLE IF EXISTS {', '.join(names)}")


def run(client: Client, name: str, values: Mapping[str, str] | None = None) -> None:
    """Run ``sql/clickhouse/<name>.sql`` with these values inserted."""
    for statement in statements_of(name, values or {}):
        client.command(statement, settings=SETTINGS)


def statements_of(name: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the statements of ``sql/clickhouse/<name>.sql`` with these values inserted."""
    for statement in statements(text(f"clickhouse/{name}.sql")):
        yield re.sub(r"\{(\w+)\}", lambda place: values[place[1]], statement)


@cache
def _input() -> list[tuple[str, str]]:
    """Return name and query of each view of ``input.sql``, in order."""
    views = []
    for statement in statements(text("clickhouse/input.sql")):
        head, _, query = statement.partition(" AS\n")
        views.append((head.rsplit(maxsplit=1)[-1], query.rstrip().rstrip(";")))
    return views


def _renamed(query: str, work: str) -> str:
    """Return the query over the tables of this batch."""
    tables = {*_RAW, *(name for name, _ in [*_input(), *split_views()])}
    names = "|".join(tables.difference(re.findall(r"\b(\w+) AS \(", query)))
    # The alias of a table without one is its name.
    return re.sub(
        rf"\b(FROM|JOIN) ({names})\b(?! AS\b)",
        lambda found: f"{found[1]} {work}{found[2]} AS {found[2]}",
        re.sub(rf"\b(FROM|JOIN) ({names}) AS\b", rf"\1 {work}\2 AS", query),
    )
