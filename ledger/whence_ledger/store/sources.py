"""Where rows come from: the tables of the Collector's ClickHouse exporter, and servers that receive themselves."""

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
    """Take from now on what is inserted into these tables of the exporter, and what was there before. Return those
    that are taken; the exporter creates its tables when it starts."""
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
        # What is taken twice counts once.
        client.command(f"INSERT INTO {inbox} ({columns}) SELECT {columns} FROM {name}")  # noqa: S608 our own names
        client.insert("whence_sources", [(name,)], column_names=("name",))
    return left & (known | there)


def insert_rows(client: Client, rows: Exported) -> None:
    """Insert what a server has received; when this returns, ClickHouse has it."""
    for source, items in zip(SOURCES.values(), rows, strict=True):
        if items:
            lines = b"\n".join(map(orjson.dumps, items))
            client.raw_insert(
                source.inbox, column_names=source.columns.split(", "), insert_block=lines, fmt="JSONEachRow"
            )
