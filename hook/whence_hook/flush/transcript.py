"""Read tool calls from transcripts, Claude Code's own files about a session on this machine.

There is one file per session and one per subagent, with one JSON object per line, as recorded from Claude Code 2.1.197
and 2.1.332. The format is internal to Claude Code.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from whence_contract.units import Nanoseconds
from whence_hook.machine.spool import is_id
from whence_hook.record.touch import SHELLS

_REFUSED = re.compile(
    r"Permission to use .* has been denied|Claude requested permissions to |.* was blocked\. For security, "
    r"|Cannot write to .* while in plan mode|PreToolUse:\S+ hook error|The user doesn't want to ",
    re.DOTALL,
)
"""The beginnings of results of calls that were not allowed to run, in versions that have no field for it."""


class Entry(NamedTuple):
    """A line of a conversation. ``time``: to the millisecond. ``agent``: the subagent; ``None`` for the main agent."""

    data: dict[str, Any]
    message: dict[str, Any]
    session: str
    time: Nanoseconds
    agent: str | None

    def blocks(self, kind: str) -> Iterator[dict[str, Any]]:
        """Return the blocks of its content that are of this kind."""
        content = self.message.get("content")
        for block in content if isinstance(content, list) else []:
            if isinstance(block, dict) and block.get("type") == kind:
                yield block


class Call(NamedTuple):
    """A tool call that has run. ``asked``: the response that it is part of. ``ended``: the line with its result.
    ``interrupted``: it has ``failed`` too, and what it did until then is unknown."""

    id: str
    tool: str
    given: Any
    asked: Entry
    ended: Entry
    prompt: str | None
    failed: bool
    interrupted: bool

    def before(self) -> dict[str, Any]:
        """Return the event that the hook gets before the call."""
        return self._event("PreToolUse", self.asked)

    def after(self) -> dict[str, Any]:
        """Return the event that the hook gets after the call, unless the call was interrupted."""
        event = self._event("PostToolUseFailure" if self.failed else "PostToolUse", self.ended)
        return event | {"tool_response": self.ended.data.get("toolUseResult")}

    def _event(self, name: str, entry: Entry) -> dict[str, Any]:
        return {
            "hook_event_name": name,
            "session_id": self.ended.session,
            "prompt_id": self.prompt,
            "agent_id": self.ended.agent,
            "tool_use_id": self.id,
            "tool_name": self.tool,
            "tool_input": self.given,
            "cwd": entry.data.get("cwd"),
        }


class Conversation:
    """Joins the lines of one file into calls. ``prompt``: the id of the last prompt."""

    def __init__(self) -> None:
        self.prompt: str | None = None
        self._asked: dict[str, tuple[str, Any, Entry, str | None]] = {}

    def add(self, entry: Entry) -> Iterator[Call]:
        """Take the next line; return the calls that have run and end with it."""
        if entry.data["type"] == "assistant":
            for block in entry.blocks("tool_use"):
                if is_id(block.get("id")) and block.get("name"):
                    self._asked[block["id"]] = str(block["name"]), block.get("input"), entry, self.prompt
            return
        given = entry.data.get("promptId")
        self.prompt = str(given) if is_id(given) else self.prompt
        for result in entry.blocks("tool_result"):
            use = self._asked.pop(str(result.get("tool_use_id")), None)
            if use and (has_run := _has_run(use[0], entry, result)) is not None:
                tool, given, asked, prompt = use
                failed = result.get("is_error") is True
                yield Call(
                    str(result["tool_use_id"]), tool, given, asked, entry, prompt or self.prompt, failed, not has_run
                )


def objects(
    path: Path, loads: Callable[[bytes], Any] = json.loads, last: int | None = None
) -> Iterator[dict[str, Any] | None]:
    """Yield the object of each line, or of the lines in the ``last`` bytes; ``None`` for a line without one. Raises
    ``OSError``."""
    with path.open("rb") as lines:
        if last is not None and path.stat().st_size > last:
            lines.seek(-last, os.SEEK_END)
            lines.readline()
        for raw in lines:
            if raw.strip():
                try:
                    data = loads(raw)
                except (ValueError, RecursionError):
                    data = None
                yield data if isinstance(data, dict) else None


def entry_of(data: dict[str, Any]) -> Entry | None:
    """Return a line of a conversation; ``None`` for any other."""
    message, session = data.get("message"), data.get("sessionId")
    if data.get("type") not in {"user", "assistant"} or not isinstance(message, dict) or not is_id(session):
        return None
    time, agent = time_of(data), data.get("agentId") if data.get("isSidechain") else None
    return Entry(data, message, str(session), time, agent if is_id(agent) else None) if time else None


def time_of(data: dict[str, Any]) -> Nanoseconds:
    """Return the time of a line, in its precision of milliseconds; 0 if it has none."""
    try:
        return Nanoseconds(round(datetime.fromisoformat(str(data.get("timestamp"))).timestamp() * 1000) * 1_000_000)
    except (ValueError, OverflowError):
        return Nanoseconds(0)


def _has_run(tool: str, entry: Entry, result: dict[str, Any]) -> bool | None:
    """Return whether a call has completed; false if it was interrupted, ``None`` if it was not allowed to run.

    An error proves nothing: denied calls have one too. Newer versions record the decision; 2.1.197 has only a text,
    which is the same for a call that a person refuses and one that they interrupt. Such a call counts as refused.
    """
    if result.get("is_error") is not True:
        return True
    text = _text(result.get("content"))
    if text.startswith("<tool_use_error>"):
        return None
    decision, kind = entry.data.get("permissionDecision"), entry.data.get("toolDenialKind")
    if kind == "user-rejected" and decision is None:
        return None if entry.data.get("toolDenialBeforeRun") else False
    if isinstance(decision, dict):
        return True if decision.get("decision") == "accept" else None
    if kind is not None:
        return None
    if tool in SHELLS:
        return True if text.startswith("Exit code ") else None
    return None if _REFUSED.match(text) else True


def _text(content: Any) -> str:
    blocks = content if isinstance(content, list) else [{"text": content}]
    return next((one["text"] for one in blocks if isinstance(one, dict) and isinstance(one.get("text"), str)), "")
