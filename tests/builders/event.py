"""Hook events in Claude Code's format (``tests/data/claude-code/hooks``)."""

import itertools
from pathlib import Path
from typing import Any

SESSION = "03da8d13-296d-4481-bf75-98836f009c72"
PROMPT = "c6bbe499-5ee0-4a57-a9ce-77bec6f963b8"

_numbers = itertools.count()


def event(name: str, cwd: Path, session: str = SESSION, prompt: str | None = PROMPT, **more: Any) -> dict[str, Any]:
    """Return an event of that name. ``prompt``: ``None`` for an event before the first prompt."""
    common = {"session_id": session, "transcript_path": "/t.jsonl", "cwd": str(cwd), "hook_event_name": name}
    return common | ({"prompt_id": prompt} if prompt else {}) | more


def tool(name: str, cwd: Path, tool_input: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a ``PostToolUse`` event of a new tool call."""
    call = {"tool_name": name, "tool_input": tool_input, "tool_use_id": f"toolu_{next(_numbers):06}"}
    return event("PostToolUse", cwd, **(call | {"tool_response": {}} | more))


def read(path: Path, **more: Any) -> dict[str, Any]:
    """Return a ``Read`` of ``path`` by a session that works in its folder."""
    return tool("Read", path.parent, {"file_path": str(path)}, **more)
