"""Data points: what the ledger keeps of one, and what makes one unusable."""

import math
from typing import NamedTuple

from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint

from whence_contract import attribute as a
from whence_ledger.attributes import MAX_NUMBER, item_id, read_attributes, team_of, text


class Point(NamedTuple):
    """One data point of a monotonic delta sum. Times in microseconds since 1970."""

    id: str
    metric: str
    start_time: int
    time: int
    value: float
    session_id: str | None
    user_email: str | None
    user_id: str | None
    team: str | None
    model: str | None
    type: str | None
    query_source: str | None
    agent_name: str | None
    effort: str | None
    speed: str | None
    terminal_type: str | None
    start_type: str | None
    decision: str | None
    source: str | None
    tool_name: str | None
    language: str | None
    app_version: str | None


def read_point(metric: str, data: NumberDataPoint, team: str | None) -> Point:
    """The row of a usable data point; ``team`` is that of its resource."""
    attributes = read_attributes(data.attributes)
    value = _value(data)
    identity = (metric, data.start_time_unix_nano, data.time_unix_nano, value, sorted(attributes.items()))
    return Point(
        id=item_id(identity),
        metric=metric,
        start_time=(data.start_time_unix_nano or data.time_unix_nano) // 1000,
        time=data.time_unix_nano // 1000,
        value=value,
        session_id=text(attributes.get(a.SESSION_ID)),
        user_email=text(attributes.get(a.USER_EMAIL)),
        user_id=text(attributes.get(a.USER_ID)),
        team=team_of(attributes) or team,
        model=text(attributes.get("model")),
        type=text(attributes.get("type")),
        query_source=text(attributes.get("query_source")),
        agent_name=text(attributes.get("agent.name")),
        effort=text(attributes.get("effort")),
        speed=text(attributes.get("speed")),
        terminal_type=text(attributes.get("terminal.type")),
        start_type=text(attributes.get("start_type")),
        decision=text(attributes.get("decision")),
        source=text(attributes.get("source")),
        tool_name=text(attributes.get("tool_name")),
        language=text(attributes.get("language")),
        app_version=text(attributes.get("app.version")),
    )


def point_problem(data: NumberDataPoint) -> str | None:
    """Why a data point cannot count; ``None`` if it can."""
    value = _value(data)
    if not data.time_unix_nano:
        return "A data point has no time."
    if not math.isfinite(value) or not 0 <= value <= MAX_NUMBER:
        return f"A delta must be a number from 0 to {MAX_NUMBER}."
    return None


def _value(data: NumberDataPoint) -> float:
    return data.as_double if data.WhichOneof("value") == "as_double" else data.as_int
