"""A generated history as telemetry: the OTLP requests that clients and hooks would have sent."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint

from whence_ledger.model.item import MEASURES, Cell, Event, Point, Span

_METRICS = {
    "cost_usd": ("cost.usage", {}),
    "input_tokens": ("token.usage", {"type": "input"}),
    "output_tokens": ("token.usage", {"type": "output"}),
    "cache_read_tokens": ("token.usage", {"type": "cacheRead"}),
    "cache_creation_tokens": ("token.usage", {"type": "cacheCreation"}),
    "lines_added": ("lines_of_code.count", {"type": "added"}),
    "lines_removed": ("lines_of_code.count", {"type": "removed"}),
    "commits": ("commit.count", {}),
    "pull_requests": ("pull_request.count", {}),
    "active_time_user": ("active_time.total", {"type": "user"}),
    "active_time_cli": ("active_time.total", {"type": "cli"}),
    "edits_accepted": ("code_edit_tool.decision", {"decision": "accept", "tool_name": "Edit"}),
    "edits_rejected": ("code_edit_tool.decision", {"decision": "reject", "tool_name": "Edit"}),
}


class Item(NamedTuple):
    """One data point, event or span. ``time`` in nanoseconds since 1970."""

    name: str
    time: int
    value: float
    attributes: dict[str, str]


def metric_items(points: Iterable[Point]) -> Iterator[Item]:
    """Data points with the attributes that a client sends."""
    for point in points:
        name, attributes = _metric(point.cell[1:], point.measure)
        yield Item(name, point.time * 1000, _value(point), dict(attributes))


def _value(point: Point) -> float:
    return point.nano / 1e9 if point.nano else 1.0


# A session sends the same attributes every minute.
@lru_cache(maxsize=4096)
def _metric(series: tuple[str, ...], measure: int | None) -> tuple[str, dict[str, str]]:
    """The metric and the attributes of a series: a cell without its time."""
    cell = Cell(0, *series)
    known = {
        "user.id": "f" * 64,
        "session.id": cell.session_id,
        "user.email": cell.user_email,
        "terminal.type": "vscode",
        "team.id": cell.team,
        "model": cell.model and f"{cell.model}[1m]",
        "query_source": cell.query_source,
        "effort": cell.effort,
        "speed": cell.speed,
    }
    name, more = ("session.count", {}) if measure is None else _METRICS[MEASURES[measure]]
    return f"claude_code.{name}", {key: value for key, value in known.items() if value} | more


@lru_cache(maxsize=4096)
def _data(series: tuple[str, ...], measure: int | None) -> NumberDataPoint:
    """A data point of a series, without time and value."""
    data = NumberDataPoint()
    for key, value in _metric(series, measure)[1].items():
        data.attributes.add(key=key).value.string_value = value
    return data


def event_items(events: Iterable[Event]) -> Iterator[Item]:
    """Events with the attributes that a client sends."""
    for place, event in enumerate(events):
        attributes = {"session.id": event.session_id, "prompt.id": event.prompt_id, "event.sequence": str(place)}
        if event.tool:
            attributes |= {"tool_name": event.tool, "success": str(not event.failed).lower()}
        else:
            attributes |= {"cost_usd": f"{event.nano / 1e9:.9f}"}
        name = "tool_result" if event.tool else "api_request"
        yield Item(name, event.time * 1000, 0, attributes | {"event.name": name})


def span_attributes(span: Span) -> dict[str, Any]:
    """Attributes of a span as the hook sends them."""
    touch, seen = span.touch, span.sighting
    attributes: dict[str, Any] = {
        "session.id": touch.session_id,
        "prompt.id": touch.prompt_id,
        "user.email": touch.user_email,
        "whence.activity.read": touch.reads,
        "whence.activity.edit": touch.edits,
        "whence.activity.search": touch.searches,
        "whence.activity.command": touch.commands,
        "whence.lines.added": touch.lines_added,
        "whence.lines.removed": touch.lines_removed,
        "whence.commits": touch.commits,
        "whence.pull_requests": touch.pull_requests,
    }
    if seen:
        attributes |= {"vcs.owner.name": seen.owner, "vcs.repository.name": seen.name}
    if seen and seen.root_commits:
        attributes["whence.repository.root_commit"] = seen.root_commits
    if seen and not seen.host:
        attributes["whence.repository.remote"] = False
    if seen and seen.host:
        attributes["vcs.repository.url.full"] = f"https://{seen.host}/{seen.owner}/{seen.name}"
    return attributes


def metrics_request(points: Sequence[Point]) -> bytes:
    """An OTLP request with these data points, in protobuf."""
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    for key in ("host.arch", "os.type", "service.name", "service.version"):
        resource.resource.attributes.add(key=key).value.string_value = "claude-code"
    scope = resource.scope_metrics.add()
    scope.scope.name = "com.anthropic.claude_code"
    metrics: dict[str, Any] = {}
    for point in points:
        series = point.cell[1:]
        name, _ = _metric(series, point.measure)
        if name not in metrics:
            metrics[name] = scope.metrics.add(name=name).sum
            metrics[name].aggregation_temporality, metrics[name].is_monotonic = 1, True
        data = metrics[name].data_points.add()
        data.CopyFrom(_data(series, point.measure))
        data.time_unix_nano, data.start_time_unix_nano = point.time * 1000, point.time * 1000 - 60 * 10**9
        data.as_double = _value(point)
    return request.SerializeToString()


def logs_request(events: Sequence[Event]) -> bytes:
    """An OTLP request with these events, in protobuf."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for item in event_items(events):
        record = scope.log_records.add(time_unix_nano=item.time)
        record.body.string_value = f"claude_code.{item.name}"
        for key, value in item.attributes.items():
            record.attributes.add(key=key).value.string_value = value
    return request.SerializeToString()


def traces_request(spans: Sequence[Span]) -> bytes:
    """An OTLP request with these spans, in protobuf."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    scope.scope.name = "whence.hook"
    for span in spans:
        ident = bytes.fromhex(span.touch.id)
        record = scope.spans.add(
            trace_id=ident[:16],
            span_id=ident[16:],
            name="repository.activity",
            start_time_unix_nano=span.touch.time * 1000,
            end_time_unix_nano=span.touch.end_time * 1000,
        )
        for key, value in span_attributes(span).items():
            target = record.attributes.add(key=key).value
            if isinstance(value, bool):
                target.bool_value = value
            elif isinstance(value, list):
                for one in value:
                    target.array_value.values.add(string_value=one)
            elif isinstance(value, int):
                target.int_value = value
            else:
                target.string_value = value
    return request.SerializeToString()
