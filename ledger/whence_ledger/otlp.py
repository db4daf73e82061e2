"""OTLP: what a request to ``/v1/metrics``, ``/v1/logs`` or ``/v1/traces`` holds for the ledger.

https://opentelemetry.io/docs/specs/otlp/
"""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

import orjson
from google.protobuf.json_format import ParseDict
from google.protobuf.json_format import ParseError as JsonParseError
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, NumberDataPoint
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from whence_contract import attribute as a
from whence_ledger.attributes import MAX_ATTRIBUTES, read_attributes, team_of, text
from whence_ledger.event import Event, read_event
from whence_ledger.point import METRICS, Point, read_point
from whence_ledger.span import Span, read_span
from whence_ledger.window import Window
from whence_ledger.wire import fields, parts

MAX_ITEMS = 100_000
"""What one request may hold: resources, scopes, metrics, data points, log records and spans together."""
MAX_ITEM_BYTES = 1024 * 1024
MAX_JSON_BYTES = 4 * 1024 * 1024
"""In memory JSON takes some twenty times its size, protobuf as we read it little more than its own."""
MAX_JSON_VALUES = 1_000_000
METRIC_PREFIX = "claude_code."
CUMULATIVE = (
    "The ledger adds up deltas and cannot use cumulative points. Set "
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta where Claude Code runs."
)
_TOO_LARGE = f"An item has more than {MAX_ATTRIBUTES} attributes or {MAX_ITEM_BYTES} bytes."
_IDS = {"traceId", "spanId", "parentSpanId"}
_SUM = 7
_KINDS = {5, _SUM, 9, 10, 11}
"""The fields of a metric that hold its data: gauge, sum, histogram, exponential histogram, summary."""


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
    points: list[Point] = []
    rejected, reason = 0, ""
    with _refusing(is_json):
        for scope in _scopes(body, is_json, ExportMetricsServiceRequest):
            for metric in map(_read_metric, scope.items):
                # What the hook's gauge says, its spans say too.
                if metric.name == a.INFO_NAME:
                    continue
                problem = _metric_problem(metric)
                for item in scope.counted(metric.points):
                    point: Point | str | None = problem or _size_problem(item)
                    if point is None:
                        data = NumberDataPoint.FromString(bytes(item))
                        point = _item_problem(data, data.time_unix_nano, window)
                        if point is None and metric.name in METRICS:
                            point = read_point(metric.name, data, scope.team)
                    if isinstance(point, str):
                        rejected, reason = rejected + 1, point
                    elif point:
                        points.append(point)
    return Decoded(Rows(points=points), rejected, reason)


def decode_logs(body: bytes, is_json: bool, window: Window) -> Decoded:
    """Events of Claude Code; of those that no figure needs nothing is kept."""
    events, rejected, reason = [], 0, ""
    with _refusing(is_json):
        for scope in _scopes(body, is_json, ExportLogsServiceRequest):
            for item in scope.items:
                problem, attributes, ours, time = _size_problem(item), {}, False, 0
                if not problem:
                    record = LogRecord.FromString(bytes(item))
                    time = record.time_unix_nano or record.observed_time_unix_nano
                    problem = _item_problem(record, time, window)
                    attributes = {} if problem else read_attributes(record.attributes)
                    ours = record.body.string_value.startswith(METRIC_PREFIX) or "claude_code" in scope.name
                name = text(attributes.get("event.name"))
                if problem or not ours or not name:
                    rejected += 1
                    reason = problem or "The ledger stores only Claude Code's events, with a name."
                elif event := read_event(name, time, attributes):
                    events.append(event)
    return Decoded(Rows(events=events), rejected, reason)


def decode_traces(body: bytes, is_json: bool, window: Window) -> Decoded:
    """Attribution spans of the hook."""
    spans, rejected, reason = [], 0, ""
    with _refusing(is_json):
        for scope in _scopes(body, is_json, ExportTraceServiceRequest):
            for item in scope.items:
                problem, span = _size_problem(item), None
                if not problem:
                    record = OtlpSpan.FromString(bytes(item))
                    problem = _item_problem(record, record.start_time_unix_nano, window)
                    ours = scope.name == a.SCOPE and record.name == a.SPAN_NAME
                    span = read_span(record, scope.team) if ours and not problem else None
                if span:
                    spans.append(span)
                else:
                    reason = problem or f"The ledger stores only whole {a.SPAN_NAME} spans of {a.SCOPE}."
                    rejected += 1
    return Decoded(Rows(spans=spans), rejected, reason)


class _Scope(NamedTuple):
    """The items of one scope. ``team``: of its resource. ``counted``: the parts of one, all counted before
    any is read."""

    name: str
    team: str
    items: list[memoryview]
    counted: Callable[[Iterator[memoryview]], list[memoryview]]


def _scopes(body: bytes, is_json: bool, request: type[Message]) -> Iterator[_Scope]:
    """The scopes of a request. The three signals have the same shape: resources hold scopes, scopes hold items."""
    left = MAX_ITEMS

    def counted(found: Iterator[memoryview]) -> list[memoryview]:
        nonlocal left
        some = list(islice(found, left + 1))
        left -= len(some)
        if left < 0:
            raise OtlpError(f"The request holds more than {MAX_ITEMS} items: send smaller batches.")
        return some

    for resource in counted(parts(memoryview(_as_protobuf(body, request) if is_json else body), 1)):
        # Counted first: whoever looks for what a resource says of itself may have to look through all that it holds.
        scopes = counted(parts(resource, 2))
        about = _small(resource, "resource")
        team = team_of(read_attributes(Resource.FromString(about).attributes)) if about else ""
        for scope in scopes:
            items = counted(parts(scope, 2))
            about = _small(scope, "scope")
            name = InstrumentationScope.FromString(about).name if about else ""
            yield _Scope(name, team, items, counted)


def _small(message: memoryview, kind: str) -> bytes:
    """What a resource or a scope says of itself: the field before those that it holds; empty for nothing."""
    about = next(parts(message, 1), memoryview(b""))
    if len(about) > MAX_ITEM_BYTES:
        raise OtlpError(f"A {kind} is larger than {MAX_ITEM_BYTES} bytes.")
    return bytes(about)


def _size_problem(item: memoryview) -> str | None:
    return _TOO_LARGE if len(item) > MAX_ITEM_BYTES else None


def _item_problem(item: NumberDataPoint | LogRecord | OtlpSpan, time: int, window: Window) -> str | None:
    if len(item.attributes) > MAX_ATTRIBUTES:
        return _TOO_LARGE
    return window.problem(time)


@contextmanager
def _refusing(is_json: bool) -> Iterator[None]:
    """Explain what a body is not."""
    try:
        yield
    except (DecodeError, UnicodeDecodeError) as error:
        raise _malformed(is_json, error) from error


def _malformed(is_json: bool, error: Exception) -> OtlpError:
    kind = "JSON" if is_json else "protobuf"
    return OtlpError(f"The body is not an OTLP request in {kind}: {type(error).__name__}.")


def _as_protobuf(body: bytes, request: type[Message]) -> bytes:
    """A request in JSON as one in protobuf."""
    if sum(map(body.count, (b"{", b"[", b","))) > MAX_JSON_VALUES:
        raise OtlpError(f"The request holds more than {MAX_JSON_VALUES} values: send smaller batches.")
    try:
        content = orjson.loads(body)
        _use_binary_ids(content)
        return ParseDict(content, request(), ignore_unknown_fields=True).SerializeToString()
    except (JsonParseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _malformed(True, error) from error


def _use_binary_ids(content: Any) -> None:
    """OTLP writes trace and span ids as hex where protobuf's JSON has base64 ("JSON Protobuf Encoding")."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            for name in _IDS & value.keys():
                if isinstance(value[name], str):
                    value[name] = base64.b64encode(bytes.fromhex(value[name])).decode()


class _Metric(NamedTuple):
    """The head of a metric, and its data points. ``kind``: the number of the field that holds them."""

    name: str
    kind: int
    is_monotonic: bool
    temporality: int
    points: Iterator[memoryview]


def _read_metric(message: memoryview) -> _Metric:
    name, kind, data = "", 0, memoryview(b"")
    for number, value in fields(message):
        if isinstance(value, int):
            continue
        if number == 1:
            name = str(value, "utf-8")
        elif number in _KINDS:
            kind, data = number, value
    # Whatever a metric is, its data points are in the first field.
    head = {number: value for number, value in fields(data) if isinstance(value, int)} if kind == _SUM else {}
    return _Metric(name, kind, bool(head.get(3)), int(head.get(2, 0)), parts(data, 1))


def _metric_problem(metric: _Metric) -> str | None:
    if not metric.name.startswith(METRIC_PREFIX):
        return "The ledger stores only Claude Code's metrics."
    if metric.kind != _SUM or not metric.is_monotonic:
        return "The ledger stores only monotonic sums."
    if metric.temporality != AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA:
        return CUMULATIVE
    return None
