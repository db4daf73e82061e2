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
SHELLS = ("Bash", "PowerShell")
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
    """Lines added and removed, from a patch, a created file, or the two sources of a notebook cell.

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
    if tool_response.get("type") == "create" and isinstance(content, str) and content:
        added += content.count("\n") + 1
    if "notebook_path" in tool_response and not tool_response.get("error"):
        return _cell_lines_changed(tool_response)
    return added, removed


def _cell_lines_changed(tool_response: Json) -> tuple[int, int]:
    """What lies between the first and the last line that differ."""
    mode = tool_response.get("edit_mode")
    old = str(tool_response.get("old_source") or "").splitlines() if mode != "insert" else []
    new = str(tool_response.get("new_source") or "").splitlines() if mode != "delete" else []
    same = min(len(old), len(new))
    first = next((at for at in range(same) if old[at] != new[at]), same)
    same -= first
    last = next((at for at in range(same) if old[-1 - at] != new[-1 - at]), same)
    return len(new) - first - last, len(old) - first - last


def git_operation(tool_response: object, name: str) -> bool:
    """True when Claude Code saw a commit (``commit``) or a new pull request (``pr``) in a command's output."""
    operations = tool_response.get("gitOperation") if isinstance(tool_response, dict) else None
    operation = operations.get(name) if isinstance(operations, dict) else None
    return isinstance(operation, dict) and (name != "pr" or operation.get("action") == "created")


def _is_path_name(name: str) -> bool:
    words = [word.removesuffix("s") for word in name.replace("-", "_").lower().split("_")]
    return any(word in _MCP_PATH_WORDS or word.endswith(("path", "directory", "directorie")) for word in words)


def _strings(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item.removeprefix("file://") for item in values if isinstance(item, str) and item]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
