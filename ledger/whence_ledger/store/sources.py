"""The sources of rows: tables of the Collector's ClickHouse exporter, and servers that receive telemetry themselves."""

from collections.abc import Iterable
from typing import NamedTuple

import orjson
from clickhouse_connect.driver.client import Client

from whence_ledger.model.exported import Exported


class Source(NamedTuple):
    """A table of the exporter. ``inbox``: where its rows go. ``columns``: of both."""

    inbox: str
    columns: str


SOURCES = {
    "otel_metrics_sum": Source(
        "whence_in_metrics",
        "MetricName, StartTimeUnix, TimeUnix, Value, AggregationTemporality, IsMonotonic, "
        "Attributes, ResourceAttributes",
    ),
    "otel_logs": Source("whence_in_logs", "Timestamp, LogAttributes"),
    "otel_traces": Source(
        "whence_in_traces",
        "Timestamp, TraceId, SpanId, SpanName, ScopeName, SpanAttributes, ResourceAttributes, Duration",
    ),
}
_THERE = """
SELECT name
FROM system.tables
WHERE database = currentDatabase() AND name NOT IN (SELECT name FROM whence_sources)
"""


def take_sources(client: Client, wanted: Iterable[str]) -> set[str]:
    """Read the exporter's tables from now on, including the rows that they already have. Return the tables that are
    read; the exporter creates its tables when it starts."""
    left = set(wanted)
    if not left:
        return set()
    known = {name for (name,) in client.query("SELECT name FROM whence_sources").result_rows}
    there = {name for (name,) in client.query(_THERE).result_rows}
    for name in left & there:
        inbox, columns = SOURCES[name]
        client.command(
            f"CREATE MATERIALIZED VIEW IF NOT EXISTS whence_from_{name} TO {inbox} AS SELECT {columns} FROM {name}"  # noqa: S608
        )
        # Rows that are read twice count once.
        client.command(f"INSERT INTO {inbox} ({columns}) SELECT {columns} FROM {name}")  # noqa: S608 our own names
        client.insert("whence_sources", [(name,)], column_names=("name",))
    return left & (known | there)


def insert_rows(client: Client, rows: Exported) -> None:
    """Insert the rows that a server has received; when this returns, ClickHouse has stored them."""
    for source, items in zip(SOURCES.values(), rows, strict=True):
        if items:
            lines = b"\n".join(map(orjson.dumps, items))
            client.raw_insert(
                source.inbox, column_names=source.columns.split(", "), insert_block=lines, fmt="JSONEachRow"
            )
