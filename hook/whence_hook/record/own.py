"""Claude Code's own folders: plans, memory, pasted images, transcripts. Touches of them are not work on a repository.
Part of the hot path.

https://code.claude.com/docs/en/settings ("CLAUDE_CONFIG_DIR", "CLAUDE_CODE_TMPDIR")
"""

import os

_AUTOMATIC = frozenset(("backups", "debug", "file-history", "image-cache", "paste-cache", "plans", "projects"))
_AUTOMATIC |= frozenset(("session-env", "sessions", "shell-snapshots", "statsig", "tasks", "teams", "telemetry"))
_AUTOMATIC |= frozenset(("todos", "uploads"))
_SCRATCH = "/tmp"  # noqa: S108 nothing is written there


def is_own(path: str, root: str | None = None) -> bool:
    """Return whether ``path`` is in one of Claude Code's own folders, unless somebody has made that folder a
    repository: ``root``, the working tree of ``path``."""
    path = os.path.normpath(path)
    scratch = os.path.join(os.environ.get("CLAUDE_CODE_TMPDIR") or _SCRATCH, "claude-")
    if path.startswith(scratch) and "/" in path[len(scratch) :]:
        return root is None
    for folder in _folders():
        if path == folder or path.startswith(folder + os.sep):
            inner = path[len(folder) + 1 :].partition(os.sep)[0]
            kept = root is not None and (root == folder or root.startswith(folder + os.sep))
            return not kept or inner in _AUTOMATIC
    return False


def _folders() -> set[str]:
    folder = os.path.normpath(os.environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude"))
    return {folder, os.path.realpath(folder)}
