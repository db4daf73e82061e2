"""Work tables: tables in ClickHouse's memory for one piece of work, such as the division of a batch."""

import secrets
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from clickhouse_connect.driver.client import Client

_PREFIX = "whence_work_"
_TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase()"
_LEFT = f"""
{_TABLES}
    AND startsWith(name, '{_PREFIX}')
    AND metadata_modification_time > toDateTime(0)
    AND metadata_modification_time < now() - INTERVAL 1 DAY
"""
"""Databases that keep nothing on a disk report 1970: their tables may be in use, and end with the server."""

Columns = dict[Hashable, str]
"""Names and types of the columns of queries, as ``CREATE TABLE`` has them."""


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


def drop_left(client: Client) -> None:
    """Drop the tables of servers that were stopped while they worked."""
    for (name,) in client.query(_LEFT).result_rows:
        client.command(f"DROP TABLE IF EXISTS {name}")


def create(
    client: Client,
    table: str,
    query: str,
    columns: Columns,
    key: Hashable,
    *,
    parameters: dict[str, Any] | None = None,
) -> None:
    """Create an empty table for the rows of ``query``. Its columns are kept in ``columns`` under ``key``."""
    if key not in columns:
        rows = client.query(f"DESCRIBE TABLE ({query})", parameters=parameters).result_rows
        columns[key] = ", ".join(f"{name} {kind}" for name, kind, *_ in rows)
    client.command(f"CREATE TABLE {table} ({columns[key]}) ENGINE = Memory")


def fill(
    client: Client, table: str, query: str, settings: Mapping[str, Any], *, parameters: dict[str, Any] | None = None
) -> None:
    """Insert the rows of ``query``. ``CREATE TABLE … AS SELECT`` would analyse it twice."""
    client.command(with_settings(f"INSERT INTO {table} {query}", settings), parameters=parameters)


def with_settings(statement: str, settings: Mapping[str, Any]) -> str:
    """Return a statement that ends with a ``SELECT``, with these settings."""
    given = ", ".join(f"{name} = {value}" for name, value in settings.items())
    return f"{statement}\nSETTINGS {given}" if given else statement
