"""What a tool call touches: its kind, the paths it names, and its changes. Part of the hot path.

Tool names and inputs: https://docs.anthropic.com/en/docs/claude-code/settings#tools-available-to-claude Tool
responses: as recorded from Claude Code 2.1.197, and ``bashEditDiff`` from 2.1.332.
"""

from whence_hook.record import named

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
    "ReadMcpResourceTool": READ,
    "ReadMcpResourceDirTool": SEARCH,
    "Bash": COMMAND,
    "PowerShell": COMMAND,
    "Monitor": COMMAND,
}
SHELLS = ("Bash", "PowerShell", "Monitor")
MCP_PREFIX = "mcp__"
TOOL_MATCHER = "|".join([*KINDS, MCP_PREFIX + ".*"])
"""The hook matcher for every tool that can touch a repository."""

_PATH_INPUTS = ("file_path", "notebook_path", "path")
_RESOURCES = ("ReadMcpResourceTool", "ReadMcpResourceDirTool")


def kind_of(tool: str) -> str | None:
    """Return ``read``, ``edit``, ``search`` or ``command``; ``None`` for a tool that touches no files."""
    return COMMAND if tool.startswith(MCP_PREFIX) else KINDS.get(tool)


def paths_of(tool: str, tool_input: Json, cwd: str) -> list[str]:
    """Return the paths that a call names, absolute or relative to ``cwd``; ``cwd`` itself if it names none.

    An MCP tool or resource without an input that names a path touches nothing.
    """
    if tool in _RESOURCES:
        uri = str(tool_input.get("uri"))
        return [named.local_path(uri) or ""] if uri.startswith("file:") else []
    if tool.startswith(MCP_PREFIX):
        return named.named(tool_input)[0]
    for name in _PATH_INPUTS:
        path = tool_input.get(name)
        if isinstance(path, str) and path:
            return [path]
    return [cwd]


def repositories_of(tool: str, tool_input: Json) -> list[str]:
    """Return the addresses of the repositories that an MCP call names by owner and name."""
    return named.named(tool_input)[1] if tool.startswith(MCP_PREFIX) else []


def lines_changed(tool_response: object) -> tuple[int, int]:
    """Return lines added and removed, from a patch, a created file, or the two sources of a notebook cell.

    A created file has one line more than newlines, as in Claude Code's own ``lines_of_code.count``: the ledger splits
    that metric by these counts, and only equal counts split it exactly.
    """
    if not isinstance(tool_response, dict):
        return 0, 0
    added, removed = _lines_of(tool_response.get("structuredPatch"))
    content = tool_response.get("content")
    if tool_response.get("type") == "create" and isinstance(content, str) and content:
        added += content.count("\n") + 1
    if "notebook_path" in tool_response and not tool_response.get("error"):
        return _cell_lines_changed(tool_response)
    return added, removed


def files_changed(tool_response: object) -> list[tuple[str, int, int]]:
    """Return the files that Claude Code saw a command change (``bashEditDiff``), with lines added and removed."""
    diff = tool_response.get("bashEditDiff") if isinstance(tool_response, dict) else None
    if not isinstance(diff, dict):
        return []
    found = {str(path): (0, 0) for path in _list(diff.get("changedFiles")) if _is_absolute(path)}
    for file in _list(diff.get("files")):
        if isinstance(file, dict) and _is_absolute(file.get("filePath")):
            found[str(file["filePath"])] = _lines_of(file.get("hunks"))
    return [(path, *lines) for path, lines in found.items()]


def _lines_of(hunks: object) -> tuple[int, int]:
    added = removed = 0
    for hunk in _list(hunks):
        for line in _list(hunk.get("lines") if isinstance(hunk, dict) else None):
            if isinstance(line, str):
                added += line.startswith("+")
                removed += line.startswith("-")
    return added, removed


def _cell_lines_changed(tool_response: Json) -> tuple[int, int]:
    """Return the lines from the first to the last difference."""
    mode = tool_response.get("edit_mode")
    old = str(tool_response.get("old_source") or "").splitlines() if mode != "insert" else []
    new = str(tool_response.get("new_source") or "").splitlines() if mode != "delete" else []
    same = min(len(old), len(new))
    first = next((at for at in range(same) if old[at] != new[at]), same)
    same -= first
    last = next((at for at in range(same) if old[-1 - at] != new[-1 - at]), same)
    return len(new) - first - last, len(old) - first - last


def git_operation(tool_response: object, name: str) -> bool:
    """Return whether Claude Code saw a commit (``commit``) or a new pull request (``pr``) in a command's output."""
    operations = tool_response.get("gitOperation") if isinstance(tool_response, dict) else None
    operation = operations.get(name) if isinstance(operations, dict) else None
    return isinstance(operation, dict) and (name != "pr" or operation.get("action") == "created")


def pull_request_of(tool_response: object) -> str | None:
    """Return the address of the repository that a new pull request belongs to."""
    operations = tool_response.get("gitOperation") if isinstance(tool_response, dict) else None
    operation = operations.get("pr") if isinstance(operations, dict) else None
    url = operation.get("url") if isinstance(operation, dict) else None
    return named.address(url) if isinstance(url, str) and url.startswith("https://") else None


def _is_absolute(path: object) -> bool:
    return isinstance(path, str) and (path.startswith("/") or path[1:3] in {":\\", ":/"})


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
