"""Data points: what the ledger keeps of one, and what makes one unusable."""

import math
from typing import NamedTuple

from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint

from whence_contract import attribute as a
from whence_ledger.attributes import MAX_NUMBER, item_id, read_attributes, team_of, text
from whence_ledger.quarter import day_of, quarter_of

MEASURES = (
    "cost_usd",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "lines_added",
    "lines_removed",
    "commits",
    "pull_requests",
    "active_time_user",
    "active_time_cli",
    "edits_accepted",
    "edits_rejected",
)
"""What data points measure: the amounts of a row of ``usage``, in its order."""

_MEASURE_OF = {
    ("claude_code.cost.usage", None): "cost_usd",
    ("claude_code.token.usage", "input"): "input_tokens",
    ("claude_code.token.usage", "output"): "output_tokens",
    ("claude_code.token.usage", "cacheRead"): "cache_read_tokens",
    ("claude_code.token.usage", "cacheCreation"): "cache_creation_tokens",
    ("claude_code.lines_of_code.count", "added"): "lines_added",
    ("claude_code.lines_of_code.count", "removed"): "lines_removed",
    ("claude_code.commit.count", None): "commits",
    ("claude_code.pull_request.count", None): "pull_requests",
    ("claude_code.active_time.total", "user"): "active_time_user",
    ("claude_code.active_time.total", "cli"): "active_time_cli",
    ("claude_code.code_edit_tool.decision", "accept"): "edits_accepted",
    ("claude_code.code_edit_tool.decision", "reject"): "edits_rejected",
    ("claude_code.session.count", None): None,
}
_KIND_OF = {
    "claude_code.token.usage": "type",
    "claude_code.lines_of_code.count": "type",
    "claude_code.active_time.total": "type",
    "claude_code.code_edit_tool.decision": "decision",
}
"""The attribute by which a metric's points measure different things. Monitoring usage, "Available metrics":
https://docs.anthropic.com/en/docs/claude-code/monitoring-usage"""
_INDEX_OF = {key: None if name is None else MEASURES.index(name) for key, name in _MEASURE_OF.items()}

METRICS = frozenset(metric for metric, _ in _MEASURE_OF)
"""The metrics that figures are made of."""


class Cell(NamedTuple):
    """What amounts are added up for. ``time``: the begin of a quarter of an hour, in microseconds since 1970.
    Text is empty where nothing was said."""

    time: int
    session_id: str
    user_email: str
    user_id: str
    team: str
    model: str
    query_source: str
    effort: str
    speed: str


class Point(NamedTuple):
    """One data point. ``time`` in microseconds since 1970; ``measure``: its index in ``MEASURES``, ``None`` for one
    that only tells that there was a session; ``nano``: its value, in units of 1e-9."""

    time: int
    id: int
    cell: Cell
    measure: int | None
    nano: int


def read_point(metric: str, data: NumberDataPoint, team: str) -> Point | str:
    """The row of a data point, or why it cannot count; ``team`` is that of its resource."""
    value = data.as_double if data.HasField("as_double") else data.as_int
    if not math.isfinite(value) or not 0 <= value <= MAX_NUMBER:
        return f"A delta must be a number from 0 to {MAX_NUMBER}."
    attributes = read_attributes(data.attributes)
    kind = _KIND_OF.get(metric)
    try:
        measure = _INDEX_OF[metric, attributes.get(kind) if kind else None]
    except (KeyError, TypeError):
        return f"The ledger does not know this {kind} of {metric}: upgrade whence."
    time = data.time_unix_nano // 1000
    identity = (metric, data.start_time_unix_nano, data.time_unix_nano, value, sorted(attributes.items()))
    email, user_id = text(attributes.get(a.USER_EMAIL)), text(attributes.get(a.USER_ID))
    cell = Cell(
        time=quarter_of(time),
        session_id=text(attributes.get(a.SESSION_ID)) or f"no-session:{email or user_id}:{day_of(time)}",
        user_email=email,
        user_id=user_id,
        team=team_of(attributes) or team,
        model=text(attributes.get("model")).partition("[")[0],
        query_source=text(attributes.get("query_source")),
        effort=text(attributes.get("effort")),
        speed=text(attributes.get("speed")),
    )
    return Point(time, item_id(identity), cell, measure, to_nano(value))


def to_nano(value: float) -> int:
    """A number in units of 1e-9; its whole part exactly."""
    whole = int(value)
    return whole * 1_000_000_000 + round((value - whole) * 1e9)
