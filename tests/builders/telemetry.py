"""Telemetry as Claude Code and the hook send it, in OTLP's JSON."""

import itertools
import json
import time
from collections.abc import Sequence
from typing import Any

from whence_contract.units import Nanoseconds
from whence_ledger.model.window import Window

# Above the ids in tests/data, which count from 1: a span that is stored already is not stored again.
_numbers = itertools.count(1 << 32)

SECOND = 1_000_000_000
NOON = 1_795_348_800 * SECOND
"""2026-11-22T12:00:00Z in nanoseconds."""
EVER = Window(Nanoseconds(1), Nanoseconds(2**63))
"""The period that accepts items of any time."""


def now() -> int:
    """Return the moment in nanoseconds since 1970."""
    return time.time_ns()


def attributes(**values: object) -> list[dict[str, Any]]:
    """Return OTLP attributes; ``session_id`` becomes ``session.id``, ``cost__usd`` becomes ``cost_usd``."""
    return [
        {"key": name.replace("__", " ").replace("_", ".").replace(" ", "_"), "value": _value(value)}
        for name, value in values.items()
        if value is not None
    ]


def point(metric: str, value: float, session: str = "s1", at: int = NOON, **more: object) -> dict[str, Any]:
    """Return a metric ``claude_code.<metric>`` with one data point."""
    common = {"session_id": session, "user_id": "u-1"}
    data = {
        "attributes": attributes(**(common | more)),
        "startTimeUnixNano": str(at - SECOND),
        "timeUnixNano": str(at),
        "asDouble": value,
    }
    total = {"aggregationTemporality": 1, "isMonotonic": True, "dataPoints": [data]}
    return {"name": f"claude_code.{metric}", "unit": "", "sum": total}


def cost(dollars: float, session: str = "s1", at: int = NOON, **more: object) -> dict[str, Any]:
    """Return a point of ``claude_code.cost.usage``."""
    return point("cost.usage", dollars, session, at, **({"model": "claude-opus-4-8"} | more))


def metrics(*items: dict[str, Any], **resource: object) -> bytes:
    """Return a request to ``/v1/metrics``."""
    scope = {"scope": {"name": "com.anthropic.claude_code"}, "metrics": list(items)}
    body = {"resource": {"attributes": attributes(**resource)}, "scopeMetrics": [scope]}
    return json.dumps({"resourceMetrics": [body]}).encode()


def logs(name: str, session: str = "s1", at: int = NOON, **more: object) -> bytes:
    """Return a request to ``/v1/logs`` with one event."""
    record = {
        "timeUnixNano": str(at),
        "body": {"stringValue": f"claude_code.{name}"},
        "attributes": attributes(**({"session_id": session, "user_id": "u-1", "event_name": name} | more)),
    }
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


def span(
    remote: str | None,
    session: str = "s1",
    at: int = NOON,
    touches: int = 1,
    added: int = 0,
    removed: int = 0,
    commits: int = 0,
    span_id: str | None = None,
    **more: object,
) -> dict[str, Any]:
    """Return a ``repository.activity`` span. ``remote``: a URL, ``local:name``, or ``None``: outside every
    repository."""
    url = remote if remote and "://" in remote else None
    name = remote.removeprefix("local:") if remote and not url else None
    values = attributes(
        session_id=session,
        vcs_repository_url_full=url,
        vcs_owner_name="local" if name else None,
        vcs_repository_name=name or (url.rsplit("/", 1)[-1] if url else None),
        whence_activity_read=touches,
        whence_lines_added=added,
        whence_lines_removed=removed,
        whence_commits=commits,
        **more,
    )
    return {
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": span_id or f"{next(_numbers):016x}",
        "name": "repository.activity",
        "startTimeUnixNano": str(at),
        "endTimeUnixNano": str(at + SECOND),
        "attributes": values,
    }


def traces(*spans: dict[str, Any]) -> bytes:
    """Return a request to ``/v1/traces``."""
    scope = {"scope": {"name": "whence.hook"}, "spans": list(spans)}
    return json.dumps({"resourceSpans": [{"scopeSpans": [scope]}]}).encode()


def _value(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return {"arrayValue": {"values": [{"stringValue": item} for item in value]}}
    return {"stringValue": str(value)}
