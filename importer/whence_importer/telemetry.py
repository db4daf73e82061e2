"""Replay: what Claude Code's own telemetry would have said of past sessions, as OTLP.

https://docs.anthropic.com/en/docs/claude-code/monitoring-usage. The same sessions give the same bytes, so what is sent
twice counts once.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from whence_contract import attribute as a
from whence_hook.flush.account import Account
from whence_importer.transcript import Call, Request

SCOPE = "com.anthropic.claude_code"
_QUARTER = 15 * 60 * 1_000_000_000
_TOKENS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cacheRead": "cache_read_tokens",
    "cacheCreation": "cache_creation_tokens",
}
Attributes = tuple[tuple[str, str], ...]


class _Sums:
    """Amounts by metric and attributes, each with the first and the last moment that it is of."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, Attributes, int], list[float]] = {}

    def add(self, metric: str, time: int, value: float, **attributes: str) -> None:
        """Add to the quarter of an hour of ``time``."""
        if value:
            key = metric, tuple(sorted(attributes.items())), time // _QUARTER
            known = self._sums.setdefault(key, [time, time, 0.0])
            known[:] = min(known[0], time), max(known[1], time), known[2] + value

    def request(self) -> bytes:
        """An OTLP request that holds all of it."""
        request = ExportMetricsServiceRequest()
        scope = request.resource_metrics.add().scope_metrics.add()
        scope.scope.name = SCOPE
        metrics: dict[str, Any] = {}
        for (name, attributes, _), (first, last, value) in sorted(self._sums.items()):
            if name not in metrics:
                metrics[name] = scope.metrics.add(name=name).sum
                metrics[name].aggregation_temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
                metrics[name].is_monotonic = True
            point = metrics[name].data_points.add(
                start_time_unix_nano=int(first), time_unix_nano=int(last), as_double=value
            )
            for key, text in attributes:
                point.attributes.add(key=key).value.string_value = text
        return request.SerializeToString()


def metrics_request(requests: Iterable[Request], calls: Iterable[Call], account: Account) -> bytes:
    """Cost, tokens, lines, commits and pull requests."""
    who = _who(account)
    sums = _Sums()
    for one in requests:
        common = who | {a.SESSION_ID: one.session, "model": one.model, "query_source": one.source, "speed": one.speed}
        sums.add("claude_code.cost.usage", one.time, one.cost_usd or 0.0, **common)
        for kind, field in _TOKENS.items():
            sums.add("claude_code.token.usage", one.time, getattr(one, field), type=kind, **common)
    for call in calls:
        common = who | {a.SESSION_ID: call.record.session}
        for change in call.record.changes:
            sums.add("claude_code.lines_of_code.count", call.record.time, change.added, type="added", **common)
            sums.add("claude_code.lines_of_code.count", call.record.time, change.removed, type="removed", **common)
            sums.add("claude_code.commit.count", call.record.time, change.commits, **common)
            sums.add("claude_code.pull_request.count", call.record.time, change.pull_requests, **common)
    for session, time in _begins(calls).items():
        sums.add("claude_code.session.count", time, 1, **who, **{a.SESSION_ID: session})
    return sums.request()


def logs_request(requests: Iterable[Request], calls: Iterable[Call]) -> bytes:
    """An event for each answer, which tells what its prompt cost, and one for each tool call."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    scope.scope.name = SCOPE + ".events"
    for one in requests:
        attributes = {"event.name": "api_request", a.SESSION_ID: one.session, "request_id": one.id}
        attributes |= {a.PROMPT_ID: one.prompt, "cost_usd": f"{one.cost_usd or 0.0:.9f}", "model": one.model}
        _add_event(scope.log_records.add(time_unix_nano=one.time), attributes)
    for call in calls:
        if call.tool:
            attributes = {"event.name": "tool_result", a.SESSION_ID: call.record.session, "tool_use_id": call.id}
            attributes |= {"tool_name": call.tool, "success": str(not call.failed).lower()}
            _add_event(scope.log_records.add(time_unix_nano=call.record.time), attributes)
    return request.SerializeToString()


def _add_event(record: Any, attributes: dict[str, str]) -> None:
    record.body.string_value = "claude_code." + attributes["event.name"]
    for key, text in attributes.items():
        record.attributes.add(key=key).value.string_value = text


def _who(account: Account) -> dict[str, str]:
    known = {a.USER_EMAIL: account.email, a.USER_ID: account.id}
    return {name: value for name, value in known.items() if value}


def _begins(calls: Iterable[Call]) -> dict[str, int]:
    times: defaultdict[str, list[int]] = defaultdict(list)
    for call in calls:
        times[call.record.session].append(call.record.time)
    return {session: min(moments) for session, moments in times.items()}
