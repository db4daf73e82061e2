"""Rows: what the ledger keeps of a data point, an event and a span. Whatever is not named here is not stored."""

from typing import NamedTuple


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


class Span(NamedTuple):
    """One ``repository.activity`` span. ``repository`` is the key that is compared, ``display`` the form people read;
    both are ``None`` for touches outside every repository. Times in microseconds since 1970."""

    id: str
    session_id: str
    prompt_id: str | None
    user_email: str | None
    user_id: str | None
    team: str | None
    start_time: int
    end_time: int
    repository: str | None
    display: str | None
    host: str | None
    owner: str | None
    name: str | None
    remote: bool
    root_commits: list[str]
    head_name: str | None
    head_revision: str | None
    reads: int
    edits: int
    searches: int
    commands: int
    lines_added: int
    lines_removed: int
    commits: int


class Rows(NamedTuple):
    """What one request brings."""

    points: list[Point] = []  # noqa: RUF012 never mutated in place
    events: list[Event] = []  # noqa: RUF012
    spans: list[Span] = []  # noqa: RUF012
