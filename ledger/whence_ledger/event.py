"""Events: what the ledger keeps of one of Claude Code's log records.

https://docs.anthropic.com/en/docs/claude-code/monitoring-usage#events
"""

from typing import NamedTuple

from whence_contract import attribute as a
from whence_ledger.attributes import Attributes, amount, count, item_id, team_of, text, truth


class Event(NamedTuple):
    """One log record of Claude Code. ``time`` in microseconds since 1970, ``cost_usd`` in dollars."""

    id: str
    name: str
    time: int
    sequence: int | None
    session_id: str | None
    prompt_id: str | None
    user_email: str | None
    user_id: str | None
    team: str | None
    model: str | None
    query_source: str | None
    effort: str | None
    speed: str | None
    request_id: str | None
    cost_usd: float | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_creation_tokens: int | None
    duration_ms: int | None
    tool_name: str | None
    tool_use_id: str | None
    success: bool | None
    decision: str | None
    source: str | None
    status_code: str | None
    attempt: int | None
    prompt_length: int | None
    response_length: int | None
    agent_type: str | None
    total_tokens: int | None
    total_tool_uses: int | None


def read_event(name: str, time: int, attributes: Attributes, team: str | None) -> Event:
    """The row of an event at ``time`` (nanoseconds since 1970); ``team`` is that of its resource."""
    event = Event(
        id="",
        name=name,
        time=time // 1000,
        sequence=count(attributes.get("event.sequence")),
        session_id=text(attributes.get(a.SESSION_ID)),
        prompt_id=text(attributes.get(a.PROMPT_ID)),
        user_email=text(attributes.get(a.USER_EMAIL)),
        user_id=text(attributes.get(a.USER_ID)),
        team=team_of(attributes) or team,
        model=text(attributes.get("model")),
        query_source=text(attributes.get("query_source")),
        effort=text(attributes.get("effort")),
        speed=text(attributes.get("speed")),
        request_id=text(attributes.get("request_id")),
        cost_usd=amount(attributes.get("cost_usd")),
        input_tokens=count(attributes.get("input_tokens")),
        output_tokens=count(attributes.get("output_tokens")),
        cache_read_tokens=count(attributes.get("cache_read_tokens")),
        cache_creation_tokens=count(attributes.get("cache_creation_tokens")),
        duration_ms=count(attributes.get("duration_ms")),
        tool_name=text(attributes.get("tool_name")),
        tool_use_id=text(attributes.get("tool_use_id")),
        success=truth(attributes.get("success")),
        decision=text(attributes.get("decision")),
        source=text(attributes.get("source")),
        status_code=text(attributes.get("status_code")),
        attempt=count(attributes.get("attempt")),
        prompt_length=count(attributes.get("prompt_length")),
        response_length=count(attributes.get("response_length")),
        agent_type=text(attributes.get("agent_type")),
        total_tokens=count(attributes.get("total_tokens")),
        total_tool_uses=count(attributes.get("total_tool_uses")),
    )
    # The whole time, because the stored one is cut to microseconds.
    return event._replace(id=item_id((time, *event)))
