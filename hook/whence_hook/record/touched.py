"""Find the working trees that an event touches, and what it changed in each. Part of the hot path."""

import os

from whence_hook.record import head, own, touch, worktree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from whence_hook.record.paths import Reach

ADDED, REMOVED, COMMITS, PULL_REQUESTS = range(4)
CALLS = ("PreToolUse", "PermissionRequest", "PostToolUse", "PostToolUseFailure")
ENDS = ("Stop", "SubagentStop", "SessionEnd")

Counts = dict[worktree.Root, list[int]]
"""For each root: lines added and removed, commits, pull requests."""


class NoAnswer(BaseException):
    """A file system did not answer in time."""


class Touched:
    """What an event touches. ``kind``: ``None`` for an event that is not a touch. ``alone``: ``roots`` if the folder
    that the command started in is unknown, if that makes a difference. ``heads``: what is checked out in each root.
    ``commits`` and ``pull_requests``: whether the command's words mention any."""

    def __init__(self) -> None:
        self.kind: str | None = None
        self.roots: Counts = {}
        self.alone: Counts | None = None
        self.heads: dict[worktree.Root, head.Head] = {}
        self.commits = self.pull_requests = False


def touched(event: touch.Json, found: Touched) -> bool:
    """Fill ``found``; return false if the event must not be recorded."""
    cwd, name = str(event.get("cwd") or ""), event.get("hook_event_name")
    recorded = True
    try:
        if name in {"SessionStart", "UserPromptSubmit"}:
            _count(found.roots, cwd)
        elif name in CALLS:
            found.kind = touch.kind_of(str(event.get("tool_name")))
            recorded = found.kind is not None and _tool_call(found, event, str(name), cwd)
        else:
            return name in ENDS
        for root in (*found.roots, *(found.alone or ())) if recorded else ():
            if root not in found.heads and (known := head.head_of(root[0])):
                found.heads[root] = known
    except NoAnswer as error:
        # Record what was found until then.
        from whence_hook.machine.log import log_error

        log_error("record", error)
    return recorded


def _tool_call(found: Touched, event: touch.Json, name: str, cwd: str) -> bool:
    """Count what a tool call touched and changed; return false if it names no path at all."""
    tool, given, response = str(event.get("tool_name")), event.get("tool_input"), event.get("tool_response")
    tool_input = given if isinstance(given, dict) else {}
    command = tool_input.get("command")
    if tool in touch.SHELLS:
        if not isinstance(command, str):
            return tool != "Monitor"
        before = name in {"PreToolUse", "PermissionRequest"}
        _command(found, command, cwd, tool == "PowerShell", before)
        if name == "PostToolUse":
            for counts in (found.roots, found.alone):
                if counts is not None:
                    _changes(found, counts, response, cwd)
        elif not before:
            # Do not count commits of a failed command: nothing shows that there were any.
            for counts in (found.roots, found.alone or {}):
                for numbers in counts.values():
                    numbers[COMMITS] = numbers[PULL_REQUESTS] = 0
        return True
    paths = [os.path.join(cwd, os.path.expanduser(path)) for path in touch.paths_of(tool, tool_input, cwd)]
    for path in paths:
        _count(found.roots, path)
    named = touch.repositories_of(tool, tool_input)
    for url in named:
        found.roots.setdefault((url, url), [0, 0, 0, 0])
    added, removed = touch.lines_changed(response) if found.kind == touch.EDIT else (0, 0)
    for numbers in list(found.roots.values())[:1]:
        numbers[ADDED], numbers[REMOVED] = added, removed
    return bool(named) or any(found.roots or not own.is_own(path) for path in paths)


def _command(found: Touched, command: str, cwd: str, powershell: bool, before: bool) -> None:
    """Count what a command reaches. A command that cannot be parsed still touches the folder it was started in."""
    from whence_hook.record import shell
    from whence_hook.record.words import UNKNOWN

    try:
        reach = shell.reach(command, cwd, powershell, before=before)
        found.commits, found.pull_requests = bool(reach.commits), bool(reach.pull_requests)
        if reach.moves and not before:
            # "cwd" is the folder after the command; the line written before the command has the folder it started in.
            landed = shell.reach(command, UNKNOWN, powershell, landing=(reach.moves, cwd))
            _count_reach(found.roots, landed, UNKNOWN)
            alone: Counts = {}
            _count_reach(alone, reach, cwd)
            found.alone = alone if alone != found.roots else None
        else:
            _count_reach(found.roots, reach, cwd)
    except Exception as error:
        from whence_hook.machine.log import log_error

        log_error("record", error)
        _count(found.roots, cwd)


def _count_reach(counts: Counts, reach: "Reach", cwd: str) -> None:
    for path in dict.fromkeys(reach.paths):
        _count(counts, path)
    for url in reach.repositories:
        counts.setdefault((url, url), [0, 0, 0, 0])
    if not counts:
        _count(counts, cwd)
    for folder in reach.commits:
        _count(counts, folder, COMMITS)
    for place in reach.pull_requests:
        _count(counts, place, PULL_REQUESTS)


def _changes(found: Touched, counts: Counts, response: object, cwd: str) -> None:
    """Count the changes of a command that Claude Code itself saw."""
    for path, added, removed in touch.files_changed(response):
        _count(counts, path)
        root = worktree.find_root(path)
        if root in counts:
            counts[root][ADDED] += added
            counts[root][REMOVED] += removed
    # If no word names the place, as for a script, it is the folder where the command ended.
    if touch.git_operation(response, "commit") and not found.commits:
        _count(counts, cwd, COMMITS)
    if touch.git_operation(response, "pr") and not found.pull_requests:
        _count(counts, touch.pull_request_of(response) or cwd, PULL_REQUESTS)


def _count(counts: Counts, path: str, what: int | None = None) -> None:
    """Add the working tree of ``path``, if any, or the repository of this address, and add one to its count of
    ``what``."""
    root = (path, path) if path.startswith("https://") else worktree.find_root(path)
    if root is not None and not own.is_own(path, root[0]):
        numbers = counts.setdefault(root, [0, 0, 0, 0])
        if what is not None:
            numbers[what] += 1
