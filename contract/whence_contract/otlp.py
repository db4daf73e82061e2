"""Encode OTLP requests, in protobuf.

https://opentelemetry.io/docs/specs/otlp/. Not for the hook's hot path: it needs OpenTelemetry's messages.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, NumberDataPoint

from whence_contract.units import Nanoseconds

Value = str | bool | int | float | Sequence[str]
Attributes = tuple[tuple[str, Value], ...]


class Source(NamedTuple):
    """Where telemetry comes from: a scope, and the attributes of its resource."""

    scope: str = ""
    resource: Attributes = ()


class Point(NamedTuple):
    """One data point. ``start`` 0 for none."""

    metric: str
    attributes: Attributes
    start: Nanoseconds
    time: Nanoseconds
    value: float


class Log(NamedTuple):
    """One log record."""

    time: Nanoseconds
    body: str
    attributes: Attributes


class Span(NamedTuple):
    """One span."""

    trace_id: bytes
    span_id: bytes
    name: str
    start: Nanoseconds
    end: Nanoseconds
    attributes: Attributes


def encode_sums(source: Source, points: Iterable[Point]) -> bytes:
    """Return a request to ``/v1/metrics`` in which each metric is a monotonic delta sum."""
    request = ExportMetricsServiceRequest()
    scope = _scope(request.resource_metrics.add(), source, "scope_metrics")
    sums: dict[str, Any] = {}
    for point in points:
        if point.metric not in sums:
            sums[point.metric] = scope.metrics.add(name=point.metric).sum
            sums[point.metric].aggregation_temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
            sums[point.metric].is_monotonic = True
        _add_point(sums[point.metric].data_points, point)
    return request.SerializeToString()


def encode_gauge(source: Source, description: str, unit: str, points: Iterable[Point]) -> bytes:
    """Return a request to ``/v1/metrics`` with one gauge: ``points`` are all of one metric."""
    request = ExportMetricsServiceRequest()
    scope = _scope(request.resource_metrics.add(), source, "scope_metrics")
    metric = scope.metrics.add(description=description, unit=unit)
    for point in points:
        metric.name = point.metric
        _add_point(metric.gauge.data_points, point)
    return request.SerializeToString()


def encode_logs(source: Source, logs: Iterable[Log]) -> bytes:
    """Return a request to ``/v1/logs``."""
    request = ExportLogsServiceRequest()
    scope = _scope(request.resource_logs.add(), source, "scope_logs")
    for log in logs:
        record = scope.log_records.add(time_unix_nano=log.time)
        record.body.string_value = log.body
        _add_attributes(record.attributes, log.attributes)
    return request.SerializeToString()


def encode_spans(source: Source, spans: Iterable[Span]) -> bytes:
    """Return a request to ``/v1/traces``."""
    request = ExportTraceServiceRequest()
    scope = _scope(request.resource_spans.add(), source, "scope_spans")
    for span in spans:
        record = scope.spans.add(
            trace_id=span.trace_id,
            span_id=span.span_id,
            name=span.name,
            start_time_unix_nano=span.start,
            end_time_unix_nano=span.end,
        )
        _add_attributes(record.attributes, span.attributes)
    return request.SerializeToString()


def _scope(resource: Any, source: Source, field: str) -> Any:
    """Fill ``resource`` and return its new scope."""
    _add_attributes(resource.resource.attributes, source.resource)
    scope = getattr(resource, field).add()
    if source.scope:
        scope.scope.name = source.scope
    return scope


def _add_point(points: Any, point: Point) -> None:
    data = points.add()
    data.CopyFrom(_point_with(point.attributes))
    data.time_unix_nano, data.start_time_unix_nano = point.time, point.start
    if isinstance(point.value, int):
        data.as_int = point.value
    else:
        data.as_double = point.value


@lru_cache(maxsize=4096)
def _point_with(attributes: Attributes) -> NumberDataPoint:
    """Return a data point without time and value. A session sends the same attributes every minute."""
    data = NumberDataPoint()
    _add_attributes(data.attributes, attributes)
    return data


def _add_attributes(pairs: Any, attributes: Attributes) -> None:
    for key, value in attributes:
        target = pairs.add(key=key).value
        if isinstance(value, str):
            target.string_value = value
        elif isinstance(value, bool):
            target.bool_value = value
        elif isinstance(value, int):
            target.int_value = value
        elif isinstance(value, float):
            target.double_value = value
        else:
            for one in value:
                target.array_value.values.add(string_value=one)
