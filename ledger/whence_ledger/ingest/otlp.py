"""Decode OTLP requests to ``/v1/metrics``, ``/v1/logs`` and ``/v1/traces``.

https://opentelemetry.io/docs/specs/otlp/
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import orjson
from google.protobuf.json_format import ParseDict
from google.protobuf.json_format import ParseError as JsonParseError
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric, NumberDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from whence_contract import attribute as a
from whence_contract import claude_code as cc
from whence_contract.units import Nanoseconds
from whence_ledger.ingest.attributes import MAX_ATTRIBUTES, read_attributes, team_of, text
from whence_ledger.ingest.event import read_event
from whence_ledger.ingest.export import allowed, log_row, measured, metric_row, span_row
from whence_ledger.ingest.held import count_held, count_values
from whence_ledger.ingest.point import METRICS, read_point
from whence_ledger.ingest.span import read_span
from whence_ledger.ingest.wire import Level, TooManyError, split
from whence_ledger.model.exported import RESOURCE_ATTRIBUTES, Exported, ExportedRow
from whence_ledger.model.item import Event, Point, Rows, Span
from whence_ledger.model.window import Window

MAX_ITEMS = 100_000
"""The most items in one request: resources, scopes, metrics, data points, log records and spans together."""
MAX_VALUES = 1_000_000
"""The most attributes, nested values, exemplars, events and links in one request; also the most values in a JSON
request."""
MAX_ITEM_BYTES = 1024 * 1024
"""Larger protobuf messages are parsed in pieces of this size."""
MAX_JSON_BYTES = 4 * 1024 * 1024
"""The largest JSON request: parsed JSON takes about twenty times its size in memory."""
CUMULATIVE = (
    "The ledger adds up deltas and cannot use cumulative points. Set "
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta where Claude Code runs."
)
_TOO_LARGE = f"An item has more than {MAX_ATTRIBUTES} attributes or {MAX_ITEM_BYTES} bytes."
_TOO_MANY = f"The request holds more than {MAX_ITEMS} items or {MAX_VALUES} attributes: send smaller batches."
_IDS = {"traceId", "spanId", "parentSpanId"}
_CONTAINER = Level(frozenset({1}), frozenset({2}))
_LEVELS = [Level(frozenset(), frozenset({1})), _CONTAINER, _CONTAINER]
"""The outer levels, the same for all three signals: request, resource and scope."""
_METRIC_LEVELS = [
    *_LEVELS,
    Level(frozenset({1}), frozenset({5, 7, 9, 10, 11})),
    Level(frozenset({2, 3}), frozenset({1})),
]
"""Metrics have two more levels: a metric, with its name and one kind of data, and the data, with points in field 1."""


class OtlpError(Exception):
    """The request is not a valid OTLP request; the message says why."""


class Decoded(NamedTuple):
    """The rows of a request, the number of refused items, and the reason of the last refusal. ``exported``: the same
    items in the columns of the Collector's exporter, if asked for."""

    rows: Rows
    rejected: int
    reason: str
    exported: Exported = Exported()


class Decoder(Protocol):
    """``exports``: whether the items are wanted in the columns of the Collector's exporter too."""

    def __call__(self, body: bytes, is_json: bool, window: Window, exports: bool = False) -> Decoded: ...


class _Signal(NamedTuple):
    """The structure of one signal's requests. ``resources``, ``scopes``, ``items``: names of fields."""

    request: type[Message]
    resources: str
    scopes: str
    items: str
    levels: Sequence[Level]


_METRICS = _Signal(ExportMetricsServiceRequest, "resource_metrics", "scope_metrics", "metrics", _METRIC_LEVELS)
_LOGS = _Signal(ExportLogsServiceRequest, "resource_logs", "scope_logs", "log_records", _LEVELS)
_TRACES = _Signal(ExportTraceServiceRequest, "resource_spans", "scope_spans", "spans", _LEVELS)


class _Counts:
    """What a request may still contain, and how many of its items were refused."""

    def __init__(self, body: bytes, is_json: bool) -> None:
        self.items, self.values = MAX_ITEMS, MAX_VALUES
        self.rejected, self.reason = 0, ""
        # An item takes at least two bytes. The values of a JSON request were counted before parsing.
        self._may_be_too_many = not is_json and len(body) > 2 * MAX_VALUES

    def take_items(self, found: int) -> None:
        """Count items before any of them is read."""
        self.items -= found
        if self.items < 0:
            raise OtlpError(_TOO_MANY)

    def take_values(self, *several: Sequence[KeyValue]) -> None:
        """Count attributes and the values nested in them before any of them is read."""
        if self._may_be_too_many:
            self._take(sum(map(count_values, several)))

    def _take(self, found: int) -> None:
        self.values -= found
        if self.values < 0:
            raise OtlpError(_TOO_MANY)

    def reject(self, reason: str) -> None:
        """Count an item that is not stored."""
        self.rejected += 1
        self.reason = reason

    def problem(self, item: NumberDataPoint | LogRecord | OtlpSpan, time: Nanoseconds, window: Window) -> str | None:
        """Count the item's contents; return why it cannot be stored, ``None`` if it can."""
        if self._may_be_too_many:
            self._take(count_held(item))
        return _TOO_LARGE if len(item.attributes) > MAX_ATTRIBUTES else window.problem(time)


def decode_metrics(body: bytes, is_json: bool, window: Window, exports: bool = False) -> Decoded:
    """Return the data points of Claude Code's monotonic delta sums. Raises ``OtlpError``."""
    points: list[Point] = []
    exported: list[ExportedRow] = []
    counts = _Counts(body, is_json)
    for scope in _scopes(_METRICS, body, is_json, counts):
        resource = scope.resource() if exports else {}
        for metric in scope.items:
            items = _data_points(metric)
            counts.take_items(len(items))
            counts.take_values(metric.metadata)
            refused = _metric_problem(metric)
            for data in items:
                problem = counts.problem(data, Nanoseconds(data.time_unix_nano), window)
                # The hook's gauge repeats what its spans say.
                if metric.name == a.INFO_NAME:
                    continue
                point: Point | str | None = refused or problem
                if point is None and metric.name in METRICS:
                    # read_point empties it.
                    one = measured(data) if exports else None
                    point = read_point(metric.name, data, scope.team, scope.version)
                if isinstance(point, str):
                    counts.reject(point)
                elif point:
                    points.append(point)
                    exported += [metric_row(metric.name, one, data, resource)] if one else []
    return Decoded(Rows(points=points), counts.rejected, counts.reason, Exported(metrics=tuple(exported)))


def decode_logs(body: bytes, is_json: bool, window: Window, exports: bool = False) -> Decoded:
    """Return Claude Code's events; those that no figure needs are discarded. Raises ``OtlpError``."""
    events: list[Event] = []
    exported: list[ExportedRow] = []
    counts = _Counts(body, is_json)
    for scope in _scopes(_LOGS, body, is_json, counts):
        for record in scope.items:
            time = Nanoseconds(record.time_unix_nano or record.observed_time_unix_nano)
            problem = counts.problem(record, time, window)
            attributes = {} if problem else read_attributes(record.attributes)
            ours = record.body.string_value.startswith(cc.PREFIX) or "claude_code" in scope.name
            name = text(attributes.get(cc.EVENT_NAME))
            if problem or not ours or not name:
                counts.reject(problem or "The ledger stores only Claude Code's events, with a name.")
            elif event := read_event(name, time, attributes):
                events.append(event)
                exported += [log_row(record, time)] if exports else []
    return Decoded(Rows(events=events), counts.rejected, counts.reason, Exported(logs=tuple(exported)))


def decode_traces(body: bytes, is_json: bool, window: Window, exports: bool = False) -> Decoded:
    """Return the hook's attribution spans. Raises ``OtlpError``."""
    spans: list[Span] = []
    exported: list[ExportedRow] = []
    counts = _Counts(body, is_json)
    for scope in _scopes(_TRACES, body, is_json, counts):
        resource = scope.resource() if exports else {}
        for record in scope.items:
            problem = counts.problem(record, Nanoseconds(record.start_time_unix_nano), window)
            ours = scope.name == a.SCOPE and record.name == a.SPAN_NAME
            span = read_span(record, scope.team) if ours and not problem else None
            if span:
                spans.append(span)
                exported += [span_row(record, scope.name, resource)] if exports else []
            else:
                counts.reject(problem or f"The ledger stores only complete {a.SPAN_NAME} spans of {a.SCOPE}.")
    return Decoded(Rows(spans=spans), counts.rejected, counts.reason, Exported(traces=tuple(exported)))


class _Scope(NamedTuple):
    """The items of one scope. ``team``: of its resource. ``version``: of the client that the resource names."""

    name: str
    team: str
    version: str
    items: Sequence[Any]
    attributes: Sequence[KeyValue]

    def resource(self) -> Mapping[str, str]:
        """Return the attributes of its resource that the Collector lets pass."""
        return allowed(self.attributes, RESOURCE_ATTRIBUTES)


def _scopes(signal: _Signal, body: bytes, is_json: bool, counts: _Counts) -> Iterator[_Scope]:
    """Yield the scopes of a request, after counting their contents."""
    for request in _requests(signal, body, is_json, counts):
        resources = getattr(request, signal.resources)
        counts.take_items(len(resources))
        for resource in resources:
            scopes = getattr(resource, signal.scopes)
            counts.take_items(len(scopes))
            attributes = resource.resource.attributes
            # Older versions of opentelemetry-proto do not know these fields and skip them.
            counts.take_items(len(getattr(resource.resource, "entity_refs", ())))
            counts.take_values(attributes)
            resource_attributes = read_attributes(attributes)
            team = team_of(resource_attributes)
            version = text(resource_attributes.get(cc.VERSION))
            for scope in scopes:
                items = getattr(scope, signal.items)
                counts.take_items(len(items))
                counts.take_values(scope.scope.attributes)
                yield _Scope(scope.scope.name, team, version, items, attributes)


def _requests(signal: _Signal, body: bytes, is_json: bool, counts: _Counts) -> Iterator[Message]:
    """Yield the parsed request; a large one is split into several with the same content in total."""
    with _refusing(is_json):
        if is_json:
            yield _parse_json(body, signal.request())
        elif len(body) <= MAX_ITEM_BYTES:
            yield signal.request.FromString(body)
        else:
            # Each item is a field, and so is each property of a container.
            for piece in split(memoryview(body), signal.levels, MAX_ITEM_BYTES, iter(range(2 * MAX_ITEMS))):
                if piece is None:
                    counts.reject(_TOO_LARGE)
                else:
                    yield signal.request.FromString(bytes(piece))


@contextmanager
def _refusing(is_json: bool) -> Iterator[None]:
    """Turn parse errors into ``OtlpError``s."""
    try:
        yield
    except TooManyError as error:
        raise OtlpError(_TOO_MANY) from error
    except (DecodeError, JsonParseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        kind = "JSON" if is_json else "protobuf"
        raise OtlpError(f"The body is not an OTLP request in {kind}: {type(error).__name__}.") from error


def _parse_json(body: bytes, request: Message) -> Message:
    if sum(map(body.count, (b"{", b"[", b","))) > MAX_VALUES:
        raise OtlpError(f"The request holds more than {MAX_VALUES} values: send smaller batches.")
    content = orjson.loads(body)
    _use_binary_ids(content)
    return ParseDict(content, request, ignore_unknown_fields=True)


def _use_binary_ids(content: Any) -> None:
    """Convert trace and span ids from hex, as OTLP writes them in JSON, to protobuf's base64
    ("JSON Protobuf Encoding")."""
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


def _metric_problem(metric: Metric) -> str | None:
    if not metric.name.startswith(cc.PREFIX):
        return "The ledger stores only Claude Code's metrics."
    if metric.WhichOneof("data") != "sum" or not metric.sum.is_monotonic:
        return "The ledger stores only monotonic sums."
    if metric.sum.aggregation_temporality != AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA:
        return CUMULATIVE
    return None


def _data_points(metric: Metric) -> Sequence[NumberDataPoint]:
    kind = metric.WhichOneof("data")
    return getattr(metric, kind).data_points if kind else ()
