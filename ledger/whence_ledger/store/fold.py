"""Folding: sum new data points and events into rows to store."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from whence_contract.claude_code import TOKENS
from whence_contract.units import Microseconds, Nano
from whence_ledger.model.identity import item_id
from whence_ledger.model.item import MEASURES, Call, Cell, Command, Event, Point, Request, Sighting, Start
from whence_ledger.model.quarter import minute_of, quarter_of


class RequestRow(NamedTuple):
    """One API request as stored. ``request``: a hash of its id; ``None`` if the client sent none."""

    time: Microseconds
    session_id: str
    prompt_id: str
    agent: str
    parent: str
    request: int | None
    started: Microseconds
    sequence: int
    model: str
    query_source: str
    skill: str
    subagent: str
    plugin: str
    mcp_server: str
    cost_usd: Nano
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int


class CallRow(NamedTuple):
    """One tool call as stored: hashes of its id and of its request's id."""

    time: Microseconds
    session_id: str
    prompt_id: str
    agent: str
    call: int
    request: int | None
    started: Microseconds
    starts_agent: int


STARTS_AGENT = frozenset({"Agent", "Task"})
"""Tools that start a subagent; ``Task`` is the older name."""


class StartRow(NamedTuple):
    """What a session reports about hooks when it begins. ``hooks``: how many it registered."""

    time: Microseconds
    session_id: str
    hooks: int


class CommandRow(NamedTuple):
    """A prompt that is a slash command."""

    time: Microseconds
    session_id: str
    prompt_id: str
    command: str


class ToolUse(NamedTuple):
    """How often a session used a tool in one quarter of an hour."""

    time: Microseconds
    session_id: str
    tool: str
    uses: Nano
    failures: Nano


class Usage(NamedTuple):
    """The sums of the points of one cell and minute."""

    time: Microseconds
    session_id: str
    user_email: str
    user_id: str
    team: str
    model: str
    query_source: str
    effort: str
    speed: str
    told_repository: str
    client_version: str
    first_time: Microseconds
    last_time: Microseconds
    cost_usd: Nano
    input_tokens: Nano
    output_tokens: Nano
    cache_read_tokens: Nano
    cache_creation_tokens: Nano
    lines_added: Nano
    lines_removed: Nano
    commits: Nano
    pull_requests: Nano
    active_time_user: Nano
    active_time_cli: Nano
    edits_accepted: Nano
    edits_rejected: Nano


def fold_points(points: Iterable[Point]) -> list[Usage]:
    """Return the sums of the points by cell and minute; ``last_time`` is in the minute."""
    # First and last time, then the amounts.
    amounts: dict[tuple[int, Cell], list[Any]] = {}
    for point in points:
        key = (minute_of(point.time), point.cell)
        row = amounts.get(key)
        if row is None:
            row = amounts[key] = [point.time, point.time] + [0] * len(MEASURES)
        if point.measure is not None:
            row[2 + point.measure] += point.nano
        row[0], row[1] = min(row[0], point.time), max(row[1], point.time)
    return [Usage(*cell, *row) for (_, cell), row in amounts.items()]


def told(points: Iterable[Point]) -> list[Sighting]:
    """Return the repositories that Claude Code names, each with the first and last time."""
    seen: dict[str, Sighting] = {}
    for point in points:
        if not point.told:
            continue
        key = point.cell.told_repository
        known = seen.get(key)
        first, last = (known.time, known.end_time) if known else (point.time, point.time)
        if known and first <= point.time <= last:
            continue
        named = point.told
        first, last = min(first, point.time), max(last, point.time)
        seen[key] = Sighting(key, named.display, named.host, named.owner, named.name, True, [], first, last, "")
    return list(seen.values())


def fold_requests(events: Iterable[Event]) -> list[RequestRow]:
    """Return the requests that used anything."""
    return [
        RequestRow(
            event.time,
            event.session_id,
            event.prompt_id,
            event.agent,
            event.parent,
            item_id(event.request_id) if event.request_id else None,
            event.started,
            event.sequence,
            event.model,
            event.query_source,
            event.skill,
            event.subagent,
            event.plugin,
            event.mcp_server,
            event.nano,
            event.input_tokens,
            event.output_tokens,
            event.cache_read_tokens,
            event.cache_creation_tokens,
        )
        for event in events
        if isinstance(event, Request) and (event.nano or any(getattr(event, kind) for kind in TOKENS))
    ]


def fold_calls(events: Iterable[Event]) -> list[CallRow]:
    """Return one row per tool call: its decision and its result nearly always arrive together."""
    calls: dict[tuple[str, str], CallRow] = {}
    for event in events:
        if isinstance(event, Call) and event.tool_use_id:
            request = item_id(event.request_id) if event.request_id else None
            made = CallRow(
                event.time,
                event.session_id,
                event.prompt_id,
                event.agent,
                item_id(event.tool_use_id),
                request,
                event.started,
                int(event.tool in STARTS_AGENT),
            )
            known = calls.get((event.session_id, event.tool_use_id))
            calls[event.session_id, event.tool_use_id] = _merged(known, made) if known else made
    return list(calls.values())


def _merged(one: CallRow, other: CallRow) -> CallRow:
    """Return the merged row, by the rule of ``sql/split/requests.sql`` for rows of the same call."""
    requests = [request for request in (one.request, other.request) if request is not None]
    return CallRow(
        time=min(one.time, other.time),
        session_id=one.session_id,
        prompt_id=max(one.prompt_id, other.prompt_id),
        agent=max(one.agent, other.agent),
        call=one.call,
        request=max(requests, default=None),
        started=min(one.started, other.started),
        starts_agent=max(one.starts_agent, other.starts_agent),
    )


def fold_commands(events: Iterable[Event]) -> list[CommandRow]:
    """Return the prompts that are slash commands."""
    return [
        CommandRow(event.time, event.session_id, event.prompt_id, event.command)
        for event in events
        if isinstance(event, Command)
    ]


def fold_starts(events: Iterable[Event]) -> list[StartRow]:
    """Return one row per session."""
    starts: dict[str, StartRow] = {}
    for event in events:
        if isinstance(event, Start):
            known = starts.get(event.session_id, StartRow(event.time, event.session_id, 0))
            starts[event.session_id] = StartRow(
                min(known.time, event.time), known.session_id, known.hooks + int(event.hook)
            )
    return list(starts.values())


def fold_tool_uses(events: Iterable[Event]) -> list[ToolUse]:
    """Return how often each tool was used."""
    uses: dict[tuple[Microseconds, str, str], list[int]] = {}
    for event in events:
        if isinstance(event, Call) and event.finished:
            row = uses.setdefault((quarter_of(event.time), event.session_id, event.tool), [0, 0])
            row[0] += 1_000_000_000
            row[1] += 1_000_000_000 * event.failed
    return [ToolUse(*key, *map(Nano, row)) for key, row in uses.items()]
