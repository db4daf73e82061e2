"""A generated history in ClickHouse, as the Collector would have written it."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import clickhouse_connect

from whence_ledger.demo.encode import VERSION, event_items, metric_items, span_attributes
from whence_ledger.model.item import Rows

EXPORTER = Path(__file__).parents[1] / "data" / "clickhouse" / "exporter.sql"


@contextmanager
def clickhouse_engine(*, exporter: bool = True) -> Iterator[Any]:
    """ClickHouse's own engine, which all tests of a process share, with nothing but the exporter's empty tables if
    ``exporter``, and with nothing in it afterwards."""
    with closing(clickhouse_connect.get_client(interface="chdb")) as client:
        drop_all(client)
        if exporter:
            create_exporter_tables(client)
        yield client
        drop_all(client)


def drop_all(client: Any) -> None:
    """Drop all tables and views that another test may have left in this process's engine."""
    found = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY engine LIKE '%View'"
    )
    for (name,) in reversed(found.result_rows):
        client.command(f"DROP TABLE IF EXISTS {name}")


def create_exporter_tables(client: Any) -> None:
    """Create the tables of the Collector's exporter, empty."""
    for statement in EXPORTER.read_text().split(";\n"):
        if statement.strip():
            client.command(statement)


def fill_exporter_tables(client: Any, rows: Rows) -> None:
    """Write ``rows`` to ClickHouse as the Collector's exporter does."""
    resource = {"service.version": VERSION}
    metrics = [
        (
            item.name,
            item.attributes | exact_times(item.time - 60 * 10**9, item.time),
            resource,
            _moment(item.time - 60 * 10**9),
            _moment(item.time),
            item.value,
            1,
            True,
        )
        for item in metric_items(rows.points)
    ]
    columns = "MetricName Attributes ResourceAttributes StartTimeUnix TimeUnix Value AggregationTemporality IsMonotonic"
    client.insert("otel_metrics_sum", metrics, column_names=columns.split())
    logs = [(_moment(item.time), f"claude_code.{item.name}", item.attributes) for item in event_items(rows.events)]
    client.insert("otel_logs", logs, column_names=("Timestamp", "Body", "LogAttributes"))
    spans = [
        (
            _moment(span.touch.time * 1000),
            span.touch.id[:32],
            span.touch.id[32:],
            "repository.activity",
            "whence.hook",
            {key: _text(value) for key, value in span_attributes(span).items()},
            (span.touch.end_time - span.touch.time) * 1000,
        )
        for span in rows.spans
    ]
    columns = "Timestamp TraceId SpanId SpanName ScopeName SpanAttributes Duration"
    client.insert("otel_traces", spans, column_names=columns.split())


def exact_times(start: int, time: int) -> dict[str, str]:
    """Return the attributes that ``deploy/ledger/collector.yaml`` adds to a data point."""
    return {"start_time_unix_nano": str(start), "time_unix_nano": str(time)}


def _text(value: object) -> str:
    """Return an attribute as the exporter writes it: lists as JSON."""
    return json.dumps(value) if isinstance(value, list) else str(value)


def _moment(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
