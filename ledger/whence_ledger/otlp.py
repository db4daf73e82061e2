"""OTLP: what a request to ``/v1/metrics``, ``/v1/logs`` or ``/v1/traces`` holds for the ledger.

https://opentelemetry.io/docs/specs/otlp/. Attributes are taken by name; whatever else a request carries, prompts and
tool inputs among it, is dropped here and never stored.
"""

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from google.protobuf.json_format import ParseDict
from google.protobuf.json_format import ParseError as JsonParseError
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric, NumberDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from whence_contract import attribute as a
from whence_contract.repository import LOCAL, Repository, local_repository, parse_remote
from whence_ledger.rows import Event, Point, Rows, Span

METRIC_PREFIX = "claude_code."
MAX_VALUE = 999_999_999
MAX_TEXT = 512
CUMULATIVE = (
    "The ledger adds up deltas and cannot use cumulative points. Set "
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta where Claude Code runs."
)

Attributes = Mapping[str, Any]
Request = TypeVar("Request", bound=Message)


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
        team = _team(_attributes(resource.resource.attributes))
        for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
            problem = _metric_problem(metric)
            for data in _data_points(metric):
                point_problem = problem or _point_problem(data)
                if point_problem:
                    rejected, reason = rejected + 1, point_problem
                else:
                    points.append(_point(metric.name, data, team))
    return Decoded(Rows(points=points), rejected, reason)


def decode_logs(body: bytes, is_json: bool) -> Decoded:
    """Events of Claude Code."""
    request = _parse(ExportLogsServiceRequest(), body, is_json)
    events, rejected, reason = [], 0, ""
    for resource in request.resource_logs:
        team = _team(_attributes(resource.resource.attributes))
        for scope in resource.scope_logs:
            for record in scope.log_records:
                attributes = _attributes(record.attributes)
                ours = record.body.string_value.startswith(METRIC_PREFIX) or "claude_code" in scope.scope.name
                name, time = (
                    _text(attributes.get("event.name")),
                    record.time_unix_nano or record.observed_time_unix_nano,
                )
                if ours and name and time:
                    events.append(_event(name, time, attributes, team))
                else:
                    rejected, reason = rejected + 1, "The ledger stores only Claude Code's events, with name and time."
    return Decoded(Rows(events=events), rejected, reason)


def decode_traces(body: bytes, is_json: bool) -> Decoded:
    """Attribution spans of the hook."""
    request = _parse(ExportTraceServiceRequest(), body, is_json)
    spans, rejected, reason = [], 0, ""
    for resource in request.resource_spans:
        team = _team(_attributes(resource.resource.attributes))
        for scope in resource.scope_spans:
            for record in scope.spans:
                ours = scope.scope.name == a.SCOPE and record.name == a.SPAN_NAME
                span = _span(record, team) if ours else None
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


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        if kind in {"string_value", "int_value", "double_value", "bool_value"}:
            attributes[pair.key] = getattr(pair.value, kind)
        elif kind == "array_value":
            attributes[pair.key] = [item.string_value for item in pair.value.array_value.values]
    return attributes


def _metric_problem(metric: Metric) -> str | None:
    if not metric.name.startswith(METRIC_PREFIX):
        return "The ledger stores only Claude Code's metrics."
    if metric.WhichOneof("data") != "sum" or not metric.sum.is_monotonic:
        return "The ledger stores only monotonic sums."
    if metric.sum.aggregation_temporality != AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA:
        return CUMULATIVE
    return None


def _point_problem(data: NumberDataPoint) -> str | None:
    value = _value(data)
    if not data.time_unix_nano:
        return "A data point has no time."
    if not math.isfinite(value) or not 0 <= value <= MAX_VALUE:
        return f"A delta must be a number from 0 to {MAX_VALUE}."
    return None


def _data_points(metric: Metric) -> Iterable[NumberDataPoint]:
    kind = metric.WhichOneof("data")
    return getattr(metric, kind).data_points if kind else ()


def _value(data: NumberDataPoint) -> float:
    return data.as_double if data.WhichOneof("value") == "as_double" else data.as_int


def _point(metric: str, data: NumberDataPoint, team: str | None) -> Point:
    attributes = _attributes(data.attributes)
    value = _value(data)
    identity = (metric, data.start_time_unix_nano, data.time_unix_nano, value, sorted(attributes.items()))
    return Point(
        id=_id(identity),
        metric=metric,
        start_time=(data.start_time_unix_nano or data.time_unix_nano) // 1000,
        time=data.time_unix_nano // 1000,
        value=value,
        session_id=_text(attributes.get(a.SESSION_ID)),
        user_email=_text(attributes.get(a.USER_EMAIL)),
        user_id=_text(attributes.get(a.USER_ID)),
        team=_team(attributes) or team,
        model=_text(attributes.get("model")),
        type=_text(attributes.get("type")),
        query_source=_text(attributes.get("query_source")),
        agent_name=_text(attributes.get("agent.name")),
        effort=_text(attributes.get("effort")),
        speed=_text(attributes.get("speed")),
        terminal_type=_text(attributes.get("terminal.type")),
        start_type=_text(attributes.get("start_type")),
        decision=_text(attributes.get("decision")),
        source=_text(attributes.get("source")),
        tool_name=_text(attributes.get("tool_name")),
        language=_text(attributes.get("language")),
        app_version=_text(attributes.get("app.version")),
    )


def _event(name: str, time: int, attributes: Attributes, team: str | None) -> Event:
    event = Event(
        id="",
        name=name,
        time=time // 1000,
        sequence=_count(attributes.get("event.sequence")),
        session_id=_text(attributes.get(a.SESSION_ID)),
        prompt_id=_text(attributes.get(a.PROMPT_ID)),
        user_email=_text(attributes.get(a.USER_EMAIL)),
        user_id=_text(attributes.get(a.USER_ID)),
        team=_team(attributes) or team,
        model=_text(attributes.get("model")),
        query_source=_text(attributes.get("query_source")),
        effort=_text(attributes.get("effort")),
        speed=_text(attributes.get("speed")),
        request_id=_text(attributes.get("request_id")),
        cost_usd=_amount(attributes.get("cost_usd")),
        input_tokens=_count(attributes.get("input_tokens")),
        output_tokens=_count(attributes.get("output_tokens")),
        cache_read_tokens=_count(attributes.get("cache_read_tokens")),
        cache_creation_tokens=_count(attributes.get("cache_creation_tokens")),
        duration_ms=_count(attributes.get("duration_ms")),
        tool_name=_text(attributes.get("tool_name")),
        tool_use_id=_text(attributes.get("tool_use_id")),
        success=_truth(attributes.get("success")),
        decision=_text(attributes.get("decision")),
        source=_text(attributes.get("source")),
        status_code=_text(attributes.get("status_code")),
        attempt=_count(attributes.get("attempt")),
        prompt_length=_count(attributes.get("prompt_length")),
        response_length=_count(attributes.get("response_length")),
        agent_type=_text(attributes.get("agent_type")),
        total_tokens=_count(attributes.get("total_tokens")),
        total_tool_uses=_count(attributes.get("total_tool_uses")),
    )
    # The whole time, because the stored one is cut to microseconds.
    return event._replace(id=_id((time, *event)))


def _span(record: OtlpSpan, team: str | None) -> Span | None:
    attributes = _attributes(record.attributes)
    session_id = _text(attributes.get(a.SESSION_ID))
    if not session_id or len(record.trace_id) != 16 or len(record.span_id) != 8 or not record.start_time_unix_nano:
        return None
    repository = _repository(attributes)
    root_commits = attributes.get(a.REPOSITORY_ROOT_COMMIT)
    return Span(
        id=record.trace_id.hex() + record.span_id.hex(),
        session_id=session_id,
        prompt_id=_text(attributes.get(a.PROMPT_ID)),
        user_email=_text(attributes.get(a.USER_EMAIL)),
        user_id=_text(attributes.get(a.USER_ID)),
        team=_team(attributes) or team,
        start_time=record.start_time_unix_nano // 1000,
        end_time=max(record.start_time_unix_nano, record.end_time_unix_nano) // 1000,
        repository=repository.key if repository else None,
        display=repository.display if repository else None,
        host=repository.host if repository else None,
        owner=repository.owner if repository else None,
        name=repository.name if repository else None,
        remote=bool(repository and repository.host),
        root_commits=[_cut(commit) for commit in root_commits[:4]] if isinstance(root_commits, list) else [],
        head_name=_text(attributes.get(a.VCS_REF_HEAD_NAME)),
        head_revision=_text(attributes.get(a.VCS_REF_HEAD_REVISION)),
        reads=_count(attributes.get(a.ACTIVITY_READ)) or 0,
        edits=_count(attributes.get(a.ACTIVITY_EDIT)) or 0,
        searches=_count(attributes.get(a.ACTIVITY_SEARCH)) or 0,
        commands=_count(attributes.get(a.ACTIVITY_COMMAND)) or 0,
        lines_added=_count(attributes.get(a.LINES_ADDED)) or 0,
        lines_removed=_count(attributes.get(a.LINES_REMOVED)) or 0,
        commits=_count(attributes.get(a.COMMITS)) or 0,
    )


def _repository(attributes: Attributes) -> Repository | None:
    """The repository a span names. Its URL is parsed again: who sends a span need not be our hook."""
    url, name = _text(attributes.get(a.VCS_REPOSITORY_URL_FULL)), _text(attributes.get(a.VCS_REPOSITORY_NAME))
    if url:
        return parse_remote(url)
    return local_repository(name) if name and attributes.get(a.VCS_OWNER_NAME) == LOCAL else None


def _team(attributes: Attributes) -> str | None:
    names = (_text(attributes.get(name)) for name in ("team.id", "department", "cost_center"))
    return next((name for name in names if name), None)


def _text(value: object) -> str | None:
    return _cut(str(value)) or None if isinstance(value, str | int | float) else None


def _cut(text: str) -> str:
    return text.replace("\0", "")[:MAX_TEXT]


def _amount(value: object) -> float | None:
    """A number from 0 to ``MAX_VALUE``, which some clients send as text; ``None`` for anything else."""
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= MAX_VALUE else None


def _count(value: object) -> int | None:
    number = _amount(value)
    return None if number is None else int(number)


def _truth(value: object) -> bool | None:
    return {"true": True, "false": False}.get(str(value).lower())


def _id(identity: tuple[object, ...]) -> str:
    return hashlib.blake2b(repr(identity).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
