"""OTLP: what a request to ``/v1/metrics``, ``/v1/logs`` or ``/v1/traces`` holds for the ledger.

https://opentelemetry.io/docs/specs/otlp/
"""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from google.protobuf.json_format import ParseDict
from google.protobuf.json_format import ParseError as JsonParseError
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric, NumberDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from whence_contract import attribute as a
from whence_ledger.attributes import MAX_ATTRIBUTES, read_attributes, team_of, text
from whence_ledger.event import Event, read_event
from whence_ledger.point import METRICS, Point, read_point
from whence_ledger.span import Span, read_span
from whence_ledger.window import Window

MAX_ITEMS = 100_000
"""Items that one request may hold."""
METRIC_PREFIX = "claude_code."
CUMULATIVE = (
    "The ledger adds up deltas and cannot use cumulative points. Set "
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta where Claude Code runs."
)

Request = TypeVar("Request", bound=Message)


class Rows(NamedTuple):
    """What one request brings."""

    points: list[Point] = []  # noqa: RUF012 never mutated in place
    events: list[Event] = []  # noqa: RUF012
    spans: list[Span] = []  # noqa: RUF012


class OtlpError(Exception):
    """The request is no OTLP request; the message says why."""


class Decoded(NamedTuple):
    """The rows of a request, and how many of its items were refused and why (the last reason)."""

    rows: Rows
    rejected: int
    reason: str


Decoder = Callable[[bytes, bool, Window], Decoded]


def decode_metrics(body: bytes, is_json: bool, window: Window) -> Decoded:
    """Data points of Claude Code's monotonic delta sums. Raises ``OtlpError``, as the other two do."""
    request = _parse(ExportMetricsServiceRequest(), body, is_json)
    every = [
        (resource.resource, metric)
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        # It says what the spans say, for others.
        if metric.name != a.INFO_NAME
    ]
    _check_size(sum(len(_data_points(metric)) for _, metric in every))
    points: list[Point] = []
    rejected, reason = 0, ""
    for resource, metric in every:
        team = team_of(read_attributes(resource.attributes))
        problem = _metric_problem(metric)
        for data in _data_points(metric):
            point: Point | str | None = problem or _item_problem(data, data.time_unix_nano, window)
            if point is None and metric.name in METRICS:
                point = read_point(metric.name, data, team)
            if isinstance(point, str):
                rejected, reason = rejected + 1, point
            elif point:
                points.append(point)
    return Decoded(Rows(points=points), rejected, reason)


def decode_logs(body: bytes, is_json: bool, window: Window) -> Decoded:
    """Events of Claude Code; of those that no figure needs nothing is kept."""
    request = _parse(ExportLogsServiceRequest(), body, is_json)
    every = [(scope, scope.log_records) for resource in request.resource_logs for scope in resource.scope_logs]
    _check_size(sum(len(records) for _, records in every))
    events, rejected, reason = [], 0, ""
    for scope, records in every:
        for record in records:
            time = record.time_unix_nano or record.observed_time_unix_nano
            problem = _item_problem(record, time, window)
            attributes = {} if problem else read_attributes(record.attributes)
            ours = record.body.string_value.startswith(METRIC_PREFIX) or "claude_code" in scope.scope.name
            name = text(attributes.get("event.name"))
            if problem or not ours or not name:
                rejected, reason = rejected + 1, problem or "The ledger stores only Claude Code's events, with a name."
            elif event := read_event(name, time, attributes):
                events.append(event)
    return Decoded(Rows(events=events), rejected, reason)


def decode_traces(body: bytes, is_json: bool, window: Window) -> Decoded:
    """Attribution spans of the hook."""
    request = _parse(ExportTraceServiceRequest(), body, is_json)
    every = [(resource.resource, scope) for resource in request.resource_spans for scope in resource.scope_spans]
    _check_size(sum(len(scope.spans) for _, scope in every))
    spans, rejected, reason = [], 0, ""
    for resource, scope in every:
        team = team_of(read_attributes(resource.attributes))
        for record in scope.spans:
            problem = _item_problem(record, record.start_time_unix_nano, window)
            ours = scope.scope.name == a.SCOPE and record.name == a.SPAN_NAME
            span = read_span(record, team) if ours and not problem else None
            if span:
                spans.append(span)
            else:
                reason = problem or f"The ledger stores only whole {a.SPAN_NAME} spans of {a.SCOPE}."
                rejected += 1
    return Decoded(Rows(spans=spans), rejected, reason)


def _check_size(items: int) -> None:
    if items > MAX_ITEMS:
        raise OtlpError(f"The request holds {items} items, more than {MAX_ITEMS}: send smaller batches.")


def _item_problem(item: NumberDataPoint | LogRecord | OtlpSpan, time: int, window: Window) -> str | None:
    if len(item.attributes) > MAX_ATTRIBUTES:
        return f"An item has more than {MAX_ATTRIBUTES} attributes."
    return window.problem(time)


def _parse(request: Request, body: bytes, is_json: bool) -> Request:
    try:
        if is_json:
            return ParseDict(_with_binary_ids(json.loads(body)), request, ignore_unknown_fields=True)
        request.ParseFromString(body)
        return request
    except (DecodeError, JsonParseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        kind = "JSON" if is_json else "protobuf"
        raise OtlpError(f"The body is not an OTLP request in {kind}: {type(error).__name__}.") from error


def _with_binary_ids(value: Any) -> Any:
    """OTLP writes trace and span ids as hex where protobuf's JSON has base64 ("JSON Protobuf Encoding")."""
    if isinstance(value, list):
        return [_with_binary_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: base64.b64encode(bytes.fromhex(item)).decode()
        if name in {"traceId", "spanId", "parentSpanId"} and isinstance(item, str)
        else _with_binary_ids(item)
        for name, item in value.items()
    }


def _metric_problem(metric: Metric) -> str | None:
    if not metric.name.startswith(METRIC_PREFIX):
        return "The ledger stores only Claude Code's metrics."
    if metric.WhichOneof("data") != "sum" or not metric.sum.is_monotonic:
        return "The ledger stores only monotonic sums."
    if metric.sum.aggregation_temporality != AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA:
        return CUMULATIVE
    return None


def _data_points(metric: Metric) -> Sequence[NumberDataPoint]:
    kind = metric.WhichOneof("data")
    return getattr(metric, kind).data_points if kind else ()
