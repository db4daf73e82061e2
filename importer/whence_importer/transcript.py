"""Read the cost and the touches of a session from its transcript, a file of Claude Code's.

The transcript repeats an answer for each of its parts, with the usage of the complete answer. A forked session begins
with a copy of the other session's lines, so answers, tool calls and prompts are identified by Claude Code's ids, not by
their position.
"""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from whence_contract.units import Nanoseconds
from whence_hook.flush import transcript
from whence_hook.flush.calls import joined
from whence_hook.flush.lines import Change, Line, Record, change
from whence_hook.flush.transcript import Conversation, Entry, entry_of, objects, time_of
from whence_hook.record.touched import Touched, touched
from whence_hook.record.worktree import find_root
from whence_importer.price import price


class Request(NamedTuple):
    """One answer of a model.

    ``agent``: the subagent; empty for the main agent. ``source``: ``main`` or ``subagent``. ``cost_usd``: ``None`` if
    the model's price is not known.
    """

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


class Transcript(NamedTuple):
    """The content of one transcript.

    ``begun``: the times of its first line and of its last change, which show which of two transcripts was forked from
    the other. ``unreadable``: number of lines that are not JSON objects.
    """

    begun: tuple[int, int]
    requests: list[Request]
    calls: list[Call]
    unreadable: int


def read_transcript(path: Path) -> Transcript:
    """Read one transcript. Skip and count damaged lines. Raises ``OSError``."""
    requests: dict[str, Request] = {}
    calls: dict[str, Call] = {}
    conversation = Conversation()
    first, unreadable = 0, 0
    for data in objects(path, orjson.loads):
        if data is None:
            unreadable += 1
            continue
        first = first or time_of(data)
        entry = entry_of(data)
        if entry is None:
            continue
        calls |= {call.id: _call(call) for call in conversation.add(entry)}
        if entry.data["type"] == "assistant":
            if request := _request(entry, conversation.prompt or ""):
                requests[request.id] = request
        elif begun := _prompt(entry, conversation.prompt):
            calls[begun.id] = begun
    return Transcript((first, path.stat().st_mtime_ns), list(requests.values()), list(calls.values()), unreadable)


def _request(line: Entry, prompt: str) -> Request | None:
    """Return the answer in a line, with its cost; ``None`` if it is not from a model, for example an error message."""
    usage, model = line.message.get("usage"), str(line.message.get("model") or "")
    if not isinstance(usage, dict) or not model or model == "<synthetic>" or line.data.get("isApiErrorMessage"):
        return None
    speed = "fast" if usage.get("speed") == "fast" else "normal"
    return Request(
        id=_request_id(line),
        time=line.time,
        session=line.session,
        prompt=prompt,
        agent=line.agent or "",
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


def _request_id(line: Entry) -> str:
    return f"{line.message.get('id')}:{line.data.get('requestId')}"


def _prompt(entry: Entry, prompt: str | None) -> Call | None:
    """Return the beginning of a prompt; ``None`` if the user did not type this entry."""
    if any(entry.blocks("tool_result")) or entry.data.get("isMeta") or entry.data.get("isCompactSummary"):
        return None
    event = {"hook_event_name": "UserPromptSubmit", "cwd": entry.data.get("cwd")}
    ident = str(entry.data.get("uuid"))
    return Call(ident, "", "", False, _line(event, ident, entry, prompt, None).record)


def _call(call: transcript.Call) -> Call:
    """Return a call with the record that the hook would have written."""

    def recorded(event: dict[str, Any]) -> Line:
        return _line(event, call.id, call.ended, call.prompt, call.id)

    if call.interrupted:
        begun = recorded(call.before()).record
        record = begun._replace(changes=tuple(Change(change.root, head=change.head) for change in begun.changes))
    elif call.asked.data.get("cwd") is None:
        after = recorded(call.after())
        record = after.record._replace(changes=after.alone)
    else:
        record = joined(recorded(call.before()), recorded(call.after()))
    return Call(call.id, call.tool, _request_id(call.asked), call.failed, record)


def _line(event: dict[str, Any], ident: str, entry: Entry, prompt: str | None, tool: str | None) -> Line:
    """Return the line that the hook would have written for an event."""
    found = Touched()
    if not touched(event, found):
        found = Touched()
    # Claude Code records the branch of its current folder. The branches of other folders at that time are unknown.
    here, branch = find_root(str(entry.data.get("cwd") or "")), entry.data.get("gitBranch")
    on = branch if isinstance(branch, str) and branch not in {"", "HEAD"} else None
    changes, alone = (
        tuple(change(root, numbers, (on if root == here else None, None)) for root, numbers in counts.items())
        for counts in (found.roots, found.roots if found.alone is None else found.alone)
    )
    digest = hashlib.blake2b(f"{entry.session} {ident}".encode(), digest_size=8).hexdigest()
    record = Record(digest, entry.time, entry.session, prompt, tool, found.kind, changes, entry.agent)
    return Line(None, record, alone, event["hook_event_name"] == "PostToolUseFailure")
