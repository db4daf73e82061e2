"""Encode a generated history as the OTLP requests that clients and hooks would have sent."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from whence_contract import attribute as a
from whence_contract import claude_code as cc
from whence_contract import otlp
from whence_contract.units import Microseconds, Nanoseconds
from whence_ledger.model.item import MEASURES, Cell, Command, Event, Point, Request, Span, Start

_METRICS = {
    name: (series.metric, series.attributes | ({"tool_name": "Edit"} if series.kind == "decision" else {}))
    for name, series in cc.SERIES.items()
}
VERSION = "2.1.332"
"""The version of Claude Code that all developers use."""
_CLIENT = otlp.Source(
    cc.SCOPE,
    (*((key, "claude-code") for key in ("host.arch", "os.type", "service.name")), (cc.VERSION, VERSION)),
)


class Item(NamedTuple):
    """One data point, event or span."""

    name: str
    time: Nanoseconds
    value: float
    attributes: dict[str, str]


def metric_items(points: Iterable[Point]) -> Iterator[Item]:
    """Yield data points with the attributes that a client sends."""
    for point in points:
        name, attributes = _metric(point.cell[1:], point.measure)
        yield Item(name, _nanoseconds(point.time), _value(point), dict(attributes))


def _nanoseconds(microseconds: Microseconds) -> Nanoseconds:
    return Nanoseconds(microseconds * 1000)


def _value(point: Point) -> float:
    return point.nano / 1e9 if point.nano else 1.0


# A session sends the same attributes every minute.
@lru_cache(maxsize=4096)
def _metric(series: tuple[str, ...], measure: int | None) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the metric name and attributes of a series. ``series``: a cell without its time."""
    cell = Cell(Microseconds(0), *series)
    known = {
        "user.id": sha256(cell.user_email.encode()).hexdigest(),
        "session.id": cell.session_id,
        "user.email": cell.user_email,
        "terminal.type": "vscode",
        "team.id": cell.team,
        cc.MODEL: cell.model and f"{cell.model}[1m]",
        cc.QUERY_SOURCE: cell.query_source,
        cc.EFFORT: cell.effort,
        cc.SPEED: cell.speed,
        a.VCS_REPOSITORY_URL_FULL: cell.told_repository and f"https://{cell.told_repository}",
    }
    name, more = (cc.SESSION_COUNT, {}) if measure is None else _METRICS[MEASURES[measure]]
    return name, tuple(({key: value for key, value in known.items() if value} | more).items())


def event_items(events: Iterable[Event]) -> Iterator[Item]:
    """Yield events with the attributes that a client sends."""
    for place, event in enumerate(events):
        if isinstance(event, Start):
            name = cc.HOOK_REGISTERED if event.hook else cc.SETTINGS_RESOLVED
            spoken = {"session.id": event.session_id, "event.sequence": str(place), "event.name": name}
            yield Item(name, _nanoseconds(event.time), 0, spoken)
            continue
        if isinstance(event, Command):
            spoken = {"session.id": event.session_id, "prompt.id": event.prompt_id, "event.sequence": str(place)}
            spoken |= {"event.name": cc.USER_PROMPT, cc.COMMAND: event.command}
            yield Item(cc.USER_PROMPT, _nanoseconds(event.time), 0, spoken)
            continue
        attributes = {"session.id": event.session_id, "prompt.id": event.prompt_id, "agent_id": event.agent}
        attributes |= {"request_id": event.request_id, "duration_ms": str((event.time - event.started) // 1000)}
        attributes["event.sequence"] = str(place)
        if isinstance(event, Request):
            name = "api_request"
            attributes |= {
                "model": event.model,
                "query_source": event.query_source,
                "cost_usd": f"{event.nano / 1e9:.9f}",
            }
            attributes |= {cc.SKILL: event.skill, cc.SUBAGENT: event.subagent}
            attributes |= {cc.PLUGIN: event.plugin, cc.MCP_SERVER: event.mcp_server}
            attributes |= {"parent_agent_id": event.parent, "event.sequence": str(event.sequence or place)}
            attributes |= {kind: str(getattr(event, kind)) for kind in cc.TOKENS}
        else:
            name = "tool_result" if event.finished else "tool_decision"
            attributes |= {"tool_name": event.tool, "tool_use_id": event.tool_use_id}
            attributes |= {"success": str(not event.failed).lower()} if event.finished else {}
        spoken = {key: value for key, value in attributes.items() if value}
        yield Item(name, _nanoseconds(event.time), 0, spoken | {"event.name": name})


def span_attributes(span: Span) -> dict[str, otlp.Value]:
    """Return a span's attributes as the hook sends them."""
    touch, seen = span.touch, span.sighting
    attributes: dict[str, otlp.Value] = {
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
    if touch.utc_offset is not None:
        attributes["whence.utc_offset"] = touch.utc_offset
    if touch.agent:
        attributes["agent_id"] = touch.agent
    if touch.calls:
        attributes["whence.tool_use_ids"] = list(touch.calls)
    if seen:
        attributes |= {"vcs.owner.name": seen.owner, "vcs.repository.name": seen.name}
    heads = {"vcs.ref.head.name": touch.head_name, "vcs.ref.head.revision": touch.head_revision}
    attributes |= {name: value for name, value in heads.items() if value}
    if seen and seen.root_commits:
        attributes["whence.repository.root_commit"] = seen.root_commits
    if seen and not seen.host:
        attributes["whence.repository.remote"] = False
    if seen and seen.host:
        attributes["vcs.repository.url.full"] = f"https://{seen.host}/{seen.owner}/{seen.name}"
    return attributes


def metrics_request(points: Iterable[Point]) -> bytes:
    """Return an OTLP request with these data points, in protobuf."""
    return otlp.encode_sums(_CLIENT, map(_point, points))


def _point(point: Point) -> otlp.Point:
    begin, time = _nanoseconds(Microseconds(point.time - 60 * 10**6)), _nanoseconds(point.time)
    return otlp.Point(*_metric(point.cell[1:], point.measure), begin, time, _value(point))


def logs_request(events: Iterable[Event]) -> bytes:
    """Return an OTLP request with these events, in protobuf."""
    logs = (otlp.Log(one.time, cc.PREFIX + one.name, tuple(one.attributes.items())) for one in event_items(events))
    return otlp.encode_logs(otlp.Source(), logs)


def traces_request(spans: Iterable[Span]) -> bytes:
    """Return an OTLP request with these spans, in protobuf."""
    return otlp.encode_spans(otlp.Source(a.SCOPE), map(_span, spans))


def _span(span: Span) -> otlp.Span:
    ident, touch = bytes.fromhex(span.touch.id), span.touch
    attributes = tuple(span_attributes(span).items())
    begin, end = _nanoseconds(touch.time), _nanoseconds(touch.end_time)
    return otlp.Span(ident[:16], ident[16:], a.SPAN_NAME, begin, end, attributes)
