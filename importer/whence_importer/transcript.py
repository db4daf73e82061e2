"""Transcripts: what Claude Code keeps of a session on this machine, read for what was paid and what was touched.

One file a session and one a subagent, a JSON object a line, as recorded from Claude Code 2.1.197. An answer that comes
in parts stands there once for each, with what all of it cost. A session that was forked begins with a copy of the
other's lines, so answers, tool calls and prompts have the identity that Claude Code gave them, not their place.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from whence_contract.units import Nanoseconds
from whence_hook.flush.calls import joined
from whence_hook.flush.lines import Line, Record, change
from whence_hook.flush.missed import time_of
from whence_hook.machine.spool import is_id
from whence_hook.record.touched import Touched, touched
from whence_hook.record.worktree import find_root
from whence_importer.price import price


class Request(NamedTuple):
    """One answer of a model. ``time`` in nanoseconds since 1970. ``agent``: the subagent, empty for
    the main agent. ``source``: ``main`` or ``subagent``. ``cost_usd`` is
    ``None`` for a model without a known price."""

    id: str
    time: Nanoseconds
    session: str
    prompt: str
    agent: str
    model: str
    source: str
    speed: str
    cost_usd: float | None
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int


class Call(NamedTuple):
    """One tool call, or the beginning of a prompt (``tool`` is empty), and what it touched. ``request``: the answer
    that the call is part of."""

    id: str
    tool: str
    request: str
    failed: bool
    record: Record


class _Use(NamedTuple):
    """A tool call as an answer asks for it."""

    tool: str
    given: Any
    cwd: Any
    request: str


class Transcript(NamedTuple):
    """What one file tells. ``begun``: the time of its first line, then when it was last written, which tell the one
    that was forked from its copy. ``unreadable``: lines that are no JSON objects."""

    begun: tuple[int, int]
    requests: list[Request]
    calls: list[Call]
    unreadable: int


class _Line(NamedTuple):
    """What every line of use has."""

    data: dict[str, Any]
    message: dict[str, Any]
    session: str
    time: Nanoseconds


def read_transcript(path: Path) -> Transcript:
    """Read one file; what is damaged in it is left out and counted. Raises ``OSError``."""
    requests: dict[str, Request] = {}
    calls: dict[str, Call] = {}
    uses: dict[str, _Use] = {}
    first, unreadable, prompt = 0, 0, ""
    with path.open("rb") as lines:
        for raw in lines:
            try:
                data = orjson.loads(raw)
            except orjson.JSONDecodeError:
                unreadable += bool(raw.strip())
                continue
            line = _line(data)
            first = first or (time_of(data) if isinstance(data, dict) else 0)
            if line is None:
                continue
            if line.data["type"] == "assistant":
                asked = line.data.get("cwd"), _request_id(line)
                uses |= {block["id"]: _Use(str(block.get("name")), block.get("input"), *asked) for block in _uses(line)}
                if request := _request(line, prompt):
                    requests[request.id] = request
            else:
                given = line.data.get("promptId")
                prompt = str(given) if is_id(given) else prompt
                calls |= {call.id: call for call in _calls(line, prompt, uses)}
    return Transcript((first, path.stat().st_mtime_ns), list(requests.values()), list(calls.values()), unreadable)


def _line(data: Any) -> _Line | None:
    """A line of a conversation; ``None`` for any other."""
    if not isinstance(data, dict) or data.get("type") not in {"user", "assistant"}:
        return None
    message, session, time = data.get("message"), data.get("sessionId"), time_of(data)
    return _Line(data, message, str(session), time) if isinstance(message, dict) and is_id(session) and time else None


def _blocks(line: _Line, kind: str) -> Iterator[dict[str, Any]]:
    content = line.message.get("content")
    for block in content if isinstance(content, list) else []:
        if isinstance(block, dict) and block.get("type") == kind:
            yield block


def _uses(line: _Line) -> list[dict[str, Any]]:
    return [block for block in _blocks(line, "tool_use") if isinstance(block.get("id"), str)]


def _request(line: _Line, prompt: str) -> Request | None:
    """What an answer cost; ``None`` for one that no model gave, as of an error."""
    usage, model = line.message.get("usage"), str(line.message.get("model") or "")
    if not isinstance(usage, dict) or not model or model == "<synthetic>" or line.data.get("isApiErrorMessage"):
        return None
    speed = "fast" if usage.get("speed") == "fast" else "normal"
    return Request(
        id=_request_id(line),
        time=line.time,
        session=line.session,
        prompt=prompt,
        agent=_agent(line) or "",
        model=model,
        source="subagent" if line.data.get("isSidechain") else "main",
        speed=speed,
        cost_usd=price(model, usage, speed, line.time),
        input_tokens=_count(usage, "input_tokens"),
        output_tokens=_count(usage, "output_tokens"),
        cache_read_tokens=_count(usage, "cache_read_input_tokens"),
        cache_creation_tokens=_count(usage, "cache_creation_input_tokens"),
    )


def _count(usage: dict[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and 0 <= value < 1 << 40 else 0


def _request_id(line: _Line) -> str:
    return f"{line.message.get('id')}:{line.data.get('requestId')}"


def _agent(line: _Line) -> str | None:
    agent = line.data.get("agentId") if line.data.get("isSidechain") else None
    return str(agent) if is_id(agent) else None


def _calls(line: _Line, prompt: str, uses: dict[str, _Use]) -> Iterator[Call]:
    """The tool calls that end with this line, or the prompt that begins with it."""
    results = list(_blocks(line, "tool_result"))
    event: dict[str, object] = {"cwd": line.data.get("cwd"), "hook_event_name": "UserPromptSubmit"}
    if not results and not line.data.get("isMeta") and not line.data.get("isCompactSummary"):
        ident = str(line.data.get("uuid"))
        yield Call(ident, "", "", False, _record(line, prompt, None, event))
    for result in results:
        ident = str(result.get("tool_use_id"))
        use = uses.get(ident)
        if use and use.tool:
            failed = result.get("is_error") is True
            event |= {"hook_event_name": "PostToolUseFailure" if failed else "PostToolUse", "tool_name": use.tool}
            event |= {"tool_input": use.given, "tool_response": line.data.get("toolUseResult")}
            yield Call(ident, use.tool, use.request, failed, _record(line, prompt, ident, event, use.cwd))


def _record(line: _Line, prompt: str, tool: str | None, event: dict[str, object], started_in: object = None) -> Record:
    """What the hook would have recorded of an event, and before it of a call that started in another folder."""
    digest = hashlib.blake2b(f"{line.session} {tool or line.data.get('uuid')}".encode(), digest_size=8).hexdigest()
    agent = _agent(line)

    # Claude Code names the branch of its folder; what was checked out elsewhere at that time nobody knows.
    here, branch = find_root(str(line.data.get("cwd") or "")), line.data.get("gitBranch")
    on = branch if isinstance(branch, str) and branch not in {"", "HEAD"} else None

    def recorded(event: dict[str, object]) -> Line:
        found = Touched()
        if not touched(event, found):
            found = Touched()
        changes, alone = (
            tuple(change(root, numbers, (on if root == here else None, None)) for root, numbers in counts.items())
            for counts in (found.roots, found.roots if found.alone is None else found.alone)
        )
        record = Record(digest, line.time, line.session, prompt or None, tool, found.kind, changes, agent)
        return Line(None, record, alone, event["hook_event_name"] == "PostToolUseFailure")

    after = recorded(event)
    if started_in is None:
        return after.record._replace(changes=after.alone)
    return joined(recorded(event | {"hook_event_name": "PreToolUse", "cwd": started_in}), after)
