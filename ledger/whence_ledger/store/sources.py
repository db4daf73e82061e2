"""The sources of rows: tables of the Collector's ClickHouse exporter, and servers that receive telemetry themselves."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson
from clickhouse_connect.driver.client import Client

from whence_ledger.model.exported import Exported


class Source(NamedTuple):
    """A table of the exporter. ``inbox``: where its rows go. ``columns``: of both. ``values``: other than its columns,
    by name."""

    inbox: str
    columns: str
    values: Mapping[str, str] = {}

    def query(self, table: str) -> str:
        """Return the query that reads all rows of the exporter's ``table``."""
        values = [
            f"{self.values[name]} AS {name}" if name in self.values else f"exported.{name}"
            for name in self.columns.split(", ")
        ]
        return f"SELECT {', '.join(values)} FROM {table} AS exported"  # noqa: S608 our own names


def _exact(column: str, attribute: str) -> str:
    """Return the time that ``deploy/ledger/collector.yaml`` adds as an attribute: the column has whole seconds."""
    nanoseconds = f"toInt64OrNull(exported.Attributes['{attribute}'])"
    return f"coalesce(fromUnixTimestamp64Nano({nanoseconds}, 'UTC'), toDateTime64(exported.{column}, 9, 'UTC'))"


SOURCES = {
    "otel_metrics_sum": Source(
        "whence_in_metrics",
        "MetricName, StartTimeUnix, TimeUnix, Value, AggregationTemporality, IsMonotonic, "
        "Attributes, ResourceAttributes",
        {
            "StartTimeUnix": _exact("StartTimeUnix", "start_time_unix_nano"),
            "TimeUnix": _exact("TimeUnix", "time_unix_nano"),
        },
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
_INEXACT = """
SELECT name
FROM system.tables
WHERE
    database = currentDatabase()
    AND name = 'whence_from_otel_metrics_sum'
    AND position(create_table_query, 'time_unix_nano') = 0
"""


def take_sources(client: Client, wanted: Iterable[str]) -> set[str]:
    """Read the exporter's tables from now on, including the rows that they already have. Return the tables that are
    read; the exporter creates its tables when it starts."""
    left = set(wanted)
    if not left:
        return set()
    known = {name for (name,) in client.query("SELECT name FROM whence_sources").result_rows}
    there = {name for (name,) in client.query(_THERE).result_rows}
    for (view,) in client.query(_INEXACT).result_rows:
        # That of an earlier version. This replaces its query without a gap.
        table = view.removeprefix("whence_from_")
        client.command(f"ALTER TABLE {view} MODIFY QUERY {SOURCES[table].query(table)}")
    for name in left & there:
        source = SOURCES[name]
        client.command(
            f"CREATE MATERIALIZED VIEW IF NOT EXISTS whence_from_{name} TO {source.inbox} AS {source.query(name)}"
        )
        # Rows that are read twice count once.
        client.command(f"INSERT INTO {source.inbox} ({source.columns}) {source.query(name)}")
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
