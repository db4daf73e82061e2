"""Folding: what new data points and events add up to, as rows to store."""

from collections.abc import Iterable
from typing import NamedTuple

from whence_ledger.model.item import MEASURES, Cell, Event, Point
from whence_ledger.model.quarter import quarter_of


class Request(NamedTuple):
    """What the requests of one prompt cost in one quarter of an hour, in units of 1e-9 dollars."""

    time: int
    session_id: str
    prompt_id: str
    cost_usd: int


class ToolUse(NamedTuple):
    """How often a session used a tool in one quarter of an hour, in units of 1e-9 as all amounts are."""

    time: int
    session_id: str
    tool: str
    uses: int
    failures: int


class Usage(NamedTuple):
    """What the points of one cell add up to: amounts in units of 1e-9, times in microseconds since 1970."""

    time: int
    session_id: str
    user_email: str
    user_id: str
    team: str
    model: str
    query_source: str
    effort: str
    speed: str
    first_time: int
    last_time: int
    cost_usd: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int
    active_time_user: int
    active_time_cli: int
    edits_accepted: int
    edits_rejected: int


def fold_points(points: Iterable[Point]) -> list[Usage]:
    """What the points of each cell add up to."""
    amounts: dict[Cell, list[int]] = {}
    for point in points:
        row = amounts.get(point.cell)
        if row is None:
            row = amounts[point.cell] = [point.time, point.time] + [0] * len(MEASURES)
        if point.measure is not None:
            row[2 + point.measure] += point.nano
        row[0], row[1] = min(row[0], point.time), max(row[1], point.time)
    return [Usage(*cell, *row) for cell, row in amounts.items()]


def fold_requests(events: Iterable[Event]) -> list[Request]:
    """What each prompt cost."""
    costs: dict[tuple[int, str, str], int] = {}
    for event in events:
        if event.nano:
            key = (quarter_of(event.time), event.session_id, event.prompt_id)
            costs[key] = costs.get(key, 0) + event.nano
    return [Request(*key, cost) for key, cost in costs.items()]


def fold_tool_uses(events: Iterable[Event]) -> list[ToolUse]:
    """How often each tool was used."""
    uses: dict[tuple[int, str, str], list[int]] = {}
    for event in events:
        if event.tool:
            row = uses.setdefault((quarter_of(event.time), event.session_id, event.tool), [0, 0])
            row[0] += 1_000_000_000
            row[1] += 1_000_000_000 * event.failed
    return [ToolUse(*key, *row) for key, row in uses.items()]
