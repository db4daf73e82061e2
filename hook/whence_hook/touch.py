"""What a tool call touches: its kind, the paths it names, what it changed. Part of the hot path: no imports.

Tool names and inputs: https://docs.anthropic.com/en/docs/claude-code/settings#tools-available-to-claude
Tool responses: as recorded from Claude Code 2.1.197.
"""

Json = dict[str, object]

READ, EDIT, SEARCH, COMMAND = "read", "edit", "search", "command"

KINDS = {
    "Read": READ,
    "NotebookRead": READ,
    "Edit": EDIT,
    "MultiEdit": EDIT,
    "Write": EDIT,
    "NotebookEdit": EDIT,
    "Grep": SEARCH,
    "Glob": SEARCH,
    "LS": SEARCH,
    "Bash": COMMAND,
    "PowerShell": COMMAND,
}
MCP_PREFIX = "mcp__"
TOOL_MATCHER = "|".join([*KINDS, MCP_PREFIX + ".*"])
"""The hook matcher for every tool that can touch a repository."""

_PATH_INPUTS = ("file_path", "notebook_path", "path")
_MCP_PATH_WORDS = ("file", "dir", "folder", "root", "cwd", "repo", "repository")


def kind_of(tool: str) -> str | None:
    """``read``, ``edit``, ``search`` or ``command``; ``None`` for a tool that touches no files."""
    return COMMAND if tool.startswith(MCP_PREFIX) else KINDS.get(tool)


def paths_of(tool: str, tool_input: Json, cwd: str) -> list[str]:
    """The paths that a call names, absolute or relative to ``cwd``; ``cwd`` itself where it names none.

    An MCP tool without an input named like a path touches nothing.
    """
    if tool.startswith(MCP_PREFIX):
        return [path for name, value in tool_input.items() if _is_path_name(name) for path in _strings(value)]
    for name in _PATH_INPUTS:
        path = tool_input.get(name)
        if isinstance(path, str) and path:
            return [path]
    return [cwd]


def lines_changed(tool_response: object) -> tuple[int, int]:
    """Lines added and removed, from the hunks of ``structuredPatch`` or the content of a created file.

    A created file has one line more than newlines, as in Claude Code's own ``lines_of_code.count``: the ledger splits
    that metric by these counts, and only equal counts split it exactly.
    """
    if not isinstance(tool_response, dict):
        return 0, 0
    added = removed = 0
    for hunk in _list(tool_response.get("structuredPatch")):
        for line in _list(hunk.get("lines") if isinstance(hunk, dict) else None):
            if isinstance(line, str):
                added += line.startswith("+")
                removed += line.startswith("-")
    content = tool_response.get("content")
    if tool_response.get("type") == "create" and isinstance(content, str):
        added += content.count("\n") + 1
    return added, removed


def commits_made(tool_response: object) -> int:
    """Commits that Claude Code saw in a command's output (``gitOperation.commit``)."""
    operation = tool_response.get("gitOperation") if isinstance(tool_response, dict) else None
    return int(isinstance(operation, dict) and bool(operation.get("commit")))


def _is_path_name(name: str) -> bool:
    words = [word.removesuffix("s") for word in name.replace("-", "_").lower().split("_")]
    return any(word in _MCP_PATH_WORDS or word.endswith(("path", "directory", "directorie")) for word in words)


def _strings(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item.removeprefix("file://") for item in values if isinstance(item, str) and item]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
