"""Convert received items to the rows that the Collector's ClickHouse exporter would write.

https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/clickhouseexporter
"""

from collections.abc import Iterable, Mapping, Set
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import orjson
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from whence_contract.units import Nanoseconds
from whence_ledger.ingest.attributes import MAX_KEPT, MAX_KEPT_BYTES, MAX_LISTED, cut
from whence_ledger.model.exported import LOG_ATTRIBUTES, METRIC_ATTRIBUTES, SPAN_ATTRIBUTES, ExportedRow

_LATEST = 2**63 - 1
"""The last nanosecond that ClickHouse's DateTime64(9) holds."""


class Measured(NamedTuple):
    """What distinguishes a data point from others with its attributes."""

    start: int
    moment: int
    value: float


def measured(data: NumberDataPoint) -> Measured:
    """Return the times and the value of a data point."""
    value = data.as_double if data.HasField("as_double") else float(data.as_int)
    return Measured(data.start_time_unix_nano, data.time_unix_nano, value)


def metric_row(name: str, one: Measured, attributes: NumberDataPoint, resource: Mapping[str, str]) -> ExportedRow:
    """Return the row of a data point of a monotonic delta sum. ``attributes``: the data point, without the rest."""
    encoded = attributes.SerializeToString()
    # A client sends the same attributes every minute. Cache only short lists, to save memory.
    named = (_named if len(encoded) <= MAX_KEPT_BYTES else _named.__wrapped__)(encoded)
    return {
        "MetricName": name,
        "StartTimeUnix": _moment(one.start),
        "TimeUnix": _moment(one.moment),
        "Value": one.value,
        "Attributes": named,
        "ResourceAttributes": resource,
        "AggregationTemporality": 1,
        "IsMonotonic": True,
    }


@lru_cache(maxsize=MAX_KEPT)
def _named(encoded: bytes) -> Mapping[str, str]:
    return allowed(NumberDataPoint.FromString(encoded).attributes, METRIC_ATTRIBUTES)


def log_row(record: LogRecord, time: Nanoseconds) -> ExportedRow:
    """Return the row of an event."""
    return {"Timestamp": _moment(time), "LogAttributes": allowed(record.attributes, LOG_ATTRIBUTES)}


def span_row(span: Span, scope: str, resource: Mapping[str, str]) -> ExportedRow:
    """Return the row of a span."""
    return {
        "Timestamp": _moment(span.start_time_unix_nano),
        "TraceId": span.trace_id.hex(),
        "SpanId": span.span_id.hex(),
        "SpanName": span.name,
        "ScopeName": scope,
        "SpanAttributes": allowed(span.attributes, SPAN_ATTRIBUTES),
        "ResourceAttributes": resource,
        "Duration": max(0, min(span.end_time_unix_nano, _LATEST) - span.start_time_unix_nano),
    }


def allowed(pairs: Iterable[KeyValue], names: Set[str]) -> dict[str, str]:
    """Return the attributes of these names, as text."""
    return {pair.key: as_text(pair.value) for pair in pairs if pair.key in names}


def as_text(value: AnyValue) -> str:
    """Return a value as the exporter writes it; empty for a value that no figure needs."""
    # Nearly all values are text, and reading the field is faster than checking which field is set.
    if text := value.string_value:
        return cut(text)
    kind = value.WhichOneof("value")
    if kind == "int_value":
        return str(value.int_value)
    if kind == "bool_value":
        return str(value.bool_value).lower()
    if kind == "double_value":
        return _number(value.double_value)
    if kind == "array_value":
        return orjson.dumps([cut(item.string_value) for item in value.array_value.values[:MAX_LISTED]]).decode()
    return ""


def _moment(nanoseconds: int) -> str:
    seconds, rest = divmod(min(nanoseconds, _LATEST), 10**9)
    return f"{seconds}.{rest:09}"


def _number(number: float) -> str:
    """Return a number as Go's JSON has it: its shortest form, without an exponent from 1e-6 to 1e21."""
    if number and 1e-6 <= abs(number) < 1e21:
        return f"{Decimal(repr(number)):f}".removesuffix(".0")
    return repr(number).replace("e-0", "e-").removesuffix(".0")
