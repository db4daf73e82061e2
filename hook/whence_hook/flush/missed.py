"""Tool calls that no hook recorded, found in Claude Code's own transcript.

Claude Code ends the hooks that still run when a session ends. On a busy machine, one that has not started by then
records nothing. What it would have recorded is appended to the session's spool, in the same form. Only calls that ended
without an error are added: the transcript does not tell a call that failed from one that was never allowed.
"""

import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from whence_contract.units import Nanoseconds
from whence_hook.flush.lines import Line
from whence_hook.machine.spool import append, is_id
from whence_hook.record.line import line
from whence_hook.record.touched import Touched, touched

MAX_TRANSCRIPT_BYTES = 256_000_000


class _Call(NamedTuple):
    """A call in a transcript. ``before`` and ``after``: the events that the hooks would have had."""

    began: Nanoseconds
    ended: Nanoseconds
    before: dict[str, Any]
    after: dict[str, Any]


def record_missed(session: str, lines: Iterable[Line], before: Nanoseconds | None = None) -> int:
    """Append the calls of a session that ``lines``, all of its spool, do not hold; return how many there were.

    ``before``: only calls that ended before that moment.

    Calls from before the first line belong to an earlier spool of a session that was resumed.
    """
    known = list(lines)
    if not known:
        return 0
    begun = {one.record.tool for one in known if one.what == "call"}
    ended = {one.record.tool for one in known if one.what is None}
    since = min(one.record.time for one in known)
    count = 0
    for path in _transcripts(session):
        for call in _calls(path, session):
            tool = call.after["tool_use_id"]
            if tool in ended or call.ended < since or (before is not None and call.ended >= before):
                continue
            found = (
                [(call.after, call.ended)] if tool in begun else [(call.before, call.began), (call.after, call.ended)]
            )
            recorded = [_line(event, time) for event, time in found]
            for data in filter(None, recorded):
                append(session, data)
            count += any(recorded)
    return count


def _line(event: dict[str, Any], time: Nanoseconds) -> bytes | None:
    found = Touched()
    return line(event, time, found) if touched(event, found) else None


def transcript_folder() -> Path:
    """Return where Claude Code keeps this user's transcripts."""
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude"), "projects")


def _transcripts(session: str) -> Iterator[Path]:
    """The files of a session and of its subagents."""
    for pattern in (f"*/{session}.jsonl", f"*/{session}/subagents/*.jsonl"):
        for path in transcript_folder().glob(pattern):
            if path.stat().st_size <= MAX_TRANSCRIPT_BYTES:
                yield path


def _calls(path: Path, session: str) -> Iterator[_Call]:
    """The calls that ended without an error."""
    uses: dict[str, tuple[dict[str, Any], Any, Nanoseconds]] = {}
    prompt = None
    with path.open("rb") as lines:
        for raw in lines:
            data = _object(raw)
            time = time_of(data)
            message = data.get("message")
            if data.get("sessionId") != session or not isinstance(message, dict) or not time:
                continue
            if data.get("type") == "user" and is_id(data.get("promptId")):
                prompt = data["promptId"]
            content = message.get("content")
            for block in content if isinstance(content, list) else []:
                kind = block.get("type") if isinstance(block, dict) else None
                if kind == "tool_use":
                    uses[str(block.get("id"))] = (block, data.get("cwd"), time)
                elif kind == "tool_result" and block.get("is_error") is not True:
                    use = uses.get(str(block.get("tool_use_id")))
                    if use and is_id(use[0].get("id")):
                        yield _call(use, data, prompt, time)


def _call(use: tuple[dict[str, Any], Any, Nanoseconds], data: dict[str, Any], prompt: Any, time: Nanoseconds) -> _Call:
    block, cwd, began = use
    common = {
        "session_id": data["sessionId"],
        "prompt_id": prompt,
        "agent_id": data.get("agentId") if data.get("isSidechain") else None,
        "tool_use_id": block["id"],
        "tool_name": block.get("name"),
        "tool_input": block.get("input"),
    }
    after = {"hook_event_name": "PostToolUse", "cwd": data.get("cwd"), "tool_response": data.get("toolUseResult")}
    return _Call(began, time, common | {"hook_event_name": "PreToolUse", "cwd": cwd}, common | after)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def time_of(data: dict[str, Any]) -> Nanoseconds:
    """Return the time of a transcript's line, to the millisecond that it tells; 0 without one."""
    try:
        return Nanoseconds(round(datetime.fromisoformat(str(data.get("timestamp"))).timestamp() * 1000) * 1_000_000)
    except (ValueError, OverflowError):
        return Nanoseconds(0)
