"""OTLP: what a request to ``/v1/metrics``, ``/v1/logs`` or ``/v1/traces`` holds for the ledger.

https://opentelemetry.io/docs/specs/otlp/
"""

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from google.protobuf.json_format import ParseDict
from google.protobuf.json_format import ParseError as JsonParseError
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric, NumberDataPoint

from whence_contract import attribute as a
from whence_ledger.attributes import read_attributes, team_of, text
from whence_ledger.event import Event, read_event
from whence_ledger.point import Point, point_problem, read_point
from whence_ledger.span import Span, read_span

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


Decoder = Callable[[bytes, bool], Decoded]


def decode_metrics(body: bytes, is_json: bool) -> Decoded:
    """Data points of Claude Code's monotonic delta sums."""
    request = _parse(ExportMetricsServiceRequest(), body, is_json)
    points, rejected, reason = [], 0, ""
    for resource in request.resource_metrics:
        team = team_of(read_attributes(resource.resource.attributes))
        for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
            problem = _metric_problem(metric)
            for data in _data_points(metric):
                if refused := problem or point_problem(data):
                    rejected, reason = rejected + 1, refused
                else:
                    points.append(read_point(metric.name, data, team))
    return Decoded(Rows(points=points), rejected, reason)


def decode_logs(body: bytes, is_json: bool) -> Decoded:
    """Events of Claude Code."""
    request = _parse(ExportLogsServiceRequest(), body, is_json)
    events, rejected, reason = [], 0, ""
    for resource in request.resource_logs:
        team = team_of(read_attributes(resource.resource.attributes))
        for scope in resource.scope_logs:
            for record in scope.log_records:
                attributes = read_attributes(record.attributes)
                ours = record.body.string_value.startswith(METRIC_PREFIX) or "claude_code" in scope.scope.name
                name = text(attributes.get("event.name"))
                time = record.time_unix_nano or record.observed_time_unix_nano
                if ours and name and time:
                    events.append(read_event(name, time, attributes, team))
                else:
                    rejected, reason = rejected + 1, "The ledger stores only Claude Code's events, with name and time."
    return Decoded(Rows(events=events), rejected, reason)


def decode_traces(body: bytes, is_json: bool) -> Decoded:
    """Attribution spans of the hook."""
    request = _parse(ExportTraceServiceRequest(), body, is_json)
    spans, rejected, reason = [], 0, ""
    for resource in request.resource_spans:
        team = team_of(read_attributes(resource.resource.attributes))
        for scope in resource.scope_spans:
            for record in scope.spans:
                ours = scope.scope.name == a.SCOPE and record.name == a.SPAN_NAME
                span = read_span(record, team) if ours else None
                if span:
                    spans.append(span)
                else:
                    rejected, reason = rejected + 1, f"The ledger stores only whole {a.SPAN_NAME} spans of {a.SCOPE}."
    return Decoded(Rows(spans=spans), rejected, reason)


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


def _data_points(metric: Metric) -> Iterable[NumberDataPoint]:
    kind = metric.WhichOneof("data")
    return getattr(metric, kind).data_points if kind else ()
