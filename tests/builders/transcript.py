"""Transcripts in Claude Code's format, line by line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)
USAGE = {
    "input_tokens": 1000,
    "cache_creation_input_tokens": 2000,
    "cache_read_input_tokens": 5000,
    "output_tokens": 300,
}
USD = 0.0275
"""Return the cost of an answer with that usage by claude-opus-4-8."""


def line(kind: str, at: int, message: dict[str, Any] | None, session: str = "s1", **more: Any) -> dict[str, Any]:
    """Return a line, ``at`` seconds after the beginning."""
    moment = (BEGIN + timedelta(seconds=at)).isoformat().replace("+00:00", "Z")
    common = {"type": kind, "sessionId": session, "timestamp": moment, "uuid": f"{kind}-{at}", "isSidechain": False}
    return common | ({"message": message} if message else {}) | more


def prompt(at: int, cwd: Path, session: str = "s1", **more: Any) -> dict[str, Any]:
    """Return a prompt."""
    return line("user", at, {"content": "do it"}, session, cwd=str(cwd), promptId=f"p{at}", **more)


def answer(at: int, *uses: tuple[str, str, dict[str, Any]], session: str = "s1", **more: Any) -> dict[str, Any]:
    """Return an answer of a model. Each tool call: id, name and input. ``more``: fields of its message."""
    blocks = [{"type": "tool_use", "id": ident, "name": tool, "input": given} for ident, tool, given in uses]
    message = {"id": f"msg_{at}", "model": "claude-opus-4-8", "usage": USAGE, "content": blocks} | more
    return line("assistant", at, message, session, requestId=f"req_{at}")


def result(
    at: int, ident: str, cwd: Path, response: Any = None, error: str | None = None, **more: Any
) -> dict[str, Any]:
    """Return the result of a tool call. ``error``: its text if it failed or was not allowed."""
    block = {"type": "tool_result", "tool_use_id": ident, "content": error or "", "is_error": error is not None}
    return line("user", at, {"content": [block]}, cwd=str(cwd), promptId="p0", toolUseResult=response, **more)


def write(path: Path, *lines: dict[str, Any] | str) -> Path:
    """Write a transcript of these lines; strings are written unchanged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
    return path
