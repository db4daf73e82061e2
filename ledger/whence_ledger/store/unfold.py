"""Unfold: make rows for ClickHouse of the rows that a ledger's file keeps, which give the same sums.

A file keeps hashes of the ids of requests and tool calls, and sums of data points by minute. The rows have ids of their
own, equal for equal rows, so a row that is inserted twice counts once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import orjson

from whence_contract import claude_code as cc

Row = Mapping[str, Any]
"""A row of a file's table; times are in microseconds since 1970."""


COLUMNS = {
    "whence_points": ("session_id", "id", "MetricName", "TimeUnix", "Value", "Attributes", "ResourceAttributes"),
    "whence_events": ("session_id", "id", "name", "Timestamp", "LogAttributes"),
    "whence_spans": (
        "session_id",
        "TraceId",
        "SpanId",
        "Timestamp",
        "Duration",
        "SpanAttributes",
        "ResourceAttributes",
    ),
}
"""The tables of ClickHouse, and the columns of what is made for them."""


class _Ids:
    """Gives ids; those of equal rows are told apart by their number."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def number(self, *what: object) -> tuple[bytes, int]:
        """Return an id, and how many equal rows there were before."""
        key = blake2b(repr(what).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        number = self._seen[key]
        self._seen[key] += 1
        return blake2b(key + number.to_bytes(8, "big"), digest_size=16).digest(), number


def unfold_usage(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """Yield the data points: one for each amount, and one without for the first time."""
    ids = _Ids()
    for row in rows:
        session, first, last = row["session_id"], row["first_time"], row["last_time"]
        told = row["told_repository"]
        attributes = {
            "user.email": row["user_email"],
            "user.id": row["user_id"],
            "team.id": row["team"],
            "vcs.repository.url.full": told and f"https://{quote(told)}",
        } | {name: row[name] for name in ("model", "query_source", "effort", "speed")}
        spoken = {name: value for name, value in attributes.items() if value}
        resource = {"service.version": row["client_version"]} if row["client_version"] else {}
        amounts = {name: row[name] for name in cc.SERIES if row[name]}
        cell = (*row.values(),)
        if first != last or not amounts:
            yield session, ids.number(cell)[0], cc.SESSION_COUNT, first * 1000, 0.0, spoken, resource
        for name, amount in amounts.items():
            series = cc.SERIES[name]
            point = ids.number(cell, name)[0]
            yield session, point, series.metric, last * 1000, float(amount), spoken | series.attributes, resource


def unfold_requests(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """Yield the events of API requests."""
    ids = _Ids()
    for row in rows:
        event, number = ids.number(*row.values())
        spoken = {
            "prompt.id": row["prompt_id"],
            "agent_id": row["agent"],
            "parent_agent_id": row["parent"],
            "event.sequence": str(row["sequence"]),
            "request_id": _hash(row["request"]),
            "model": row["model"],
            "query_source": row["query_source"],
            cc.SKILL: row["skill"],
            cc.SUBAGENT: row["subagent"],
            cc.PLUGIN: row["plugin"],
            cc.MCP_SERVER: row["mcp_server"],
            "cost_usd": f"{row['cost_usd']:f}",
            "duration_ms": _duration(row),
        } | {name: str(row[name]) for name in cc.TOKENS}
        # Equal requests are told apart by their nanosecond.
        yield row["session_id"], event, "api_request", row["time"] * 1000 + number % 1000, _said(spoken)


def unfold_calls(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """Yield the events of tool calls."""
    ids = _Ids()
    for row in rows:
        spoken = {
            "prompt.id": row["prompt_id"],
            "agent_id": row["agent"],
            "tool_use_id": _hash(row["call"]),
            "request_id": _hash(row["request"]),
            "tool_name": "Agent" if row["starts_agent"] else "",
            "duration_ms": _duration(row),
        }
        event, _ = ids.number(*row.values())
        yield row["session_id"], event, "tool_decision", row["time"] * 1000, _said(spoken)


def unfold_commands(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """Yield the events of prompts that are slash commands."""
    ids = _Ids()
    for row in rows:
        spoken = {"prompt.id": row["prompt_id"], cc.COMMAND: row["command"]}
        yield row["session_id"], ids.number(*row.values())[0], cc.USER_PROMPT, row["time"] * 1000, _said(spoken)


def unfold_starts(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """Yield the events of starts."""
    ids = _Ids()
    for row in rows:
        name = cc.HOOK_REGISTERED if row["hooks"] else cc.SETTINGS_RESOLVED
        yield row["session_id"], ids.number(*row.values())[0], name, row["time"] * 1000, {}


def unfold_tool_uses(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """Yield the events of tool results: as many as the tool was used."""
    ids = _Ids()
    for row in rows:
        for place in range(int(row["uses"])):
            event, number = ids.number(*row.values(), place)
            success = "false" if place < row["failures"] else "true"
            spoken = {"event.sequence": f"{place}:{number}", "tool_name": row["tool"], "success": success}
            yield row["session_id"], event, "tool_result", row["time"] * 1000, spoken


def unfold_touches(rows: Iterable[Row], repositories: Mapping[str, Row]) -> Iterator[tuple[Any, ...]]:
    """Yield the spans. ``repositories``: the ledger's, by key."""
    for row in rows:
        known = repositories.get(row["repository"])
        spoken = {
            "prompt.id": row["prompt_id"],
            "agent_id": row["agent"],
            "user.email": row["user_email"],
            "user.id": row["user_id"],
            "team.id": row["team"],
            "vcs.ref.head.name": row["head_name"],
            "vcs.ref.head.revision": row["head_revision"],
            "whence.tool_use_ids": orjson.dumps([str(call) for call in row["calls"]]).decode() if row["calls"] else "",
            "whence.activity.read": str(row["reads"]),
            "whence.activity.edit": str(row["edits"]),
            "whence.activity.search": str(row["searches"]),
            "whence.activity.command": str(row["commands"]),
            "whence.lines.added": str(row["lines_added"]),
            "whence.lines.removed": str(row["lines_removed"]),
            "whence.commits": str(row["commits"]),
            "whence.pull_requests": str(row["pull_requests"]),
            "whence.utc_offset": "" if row["utc_offset"] is None else str(row["utc_offset"]),
        }
        if known:
            spoken |= {"vcs.owner.name": known["owner"], "vcs.repository.name": known["name"]}
            if known["host"]:
                path = "/".join(filter(None, (known["host"], known["owner"], known["name"])))
                spoken["vcs.repository.url.full"] = f"https://{quote(path)}"
        lasted = (row["end_time"] - row["time"]) * 1000
        span = row["id"]
        yield row["session_id"], span[:32], span[32:], row["time"] * 1000, lasted, _said(spoken), {}


def _said(spoken: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in spoken.items() if value}


def _hash(number: int | None) -> str:
    return "" if number is None else str(number)


def _duration(row: Row) -> str:
    return str((row["time"] - row["started"]) // 1000)
