"""``record``: one hook event in, one line in the spool out. The hot path.

A line holds time, ids, kind, the repository roots touched, and counts. Prompts, file contents, commands and paths
inside a repository are read here and go no further. Whatever the input, the process prints nothing and exits 0.
"""

import os
import sys
import time

from whence_hook import spool, touch, worktree
from whence_hook.fast_json import loads, quote

RECORD_VERSION = 1
MAX_EVENT_BYTES = 64 * 1024 * 1024


def main() -> None:
    """Record the event on standard input; on the last event of a turn or session, start a flush."""
    try:
        event = _parse(_read_stdin())
        if event is not None:
            name = event.get("hook_event_name")
            line = line_for(event, time.time_ns())
            if line is not None:
                spool.append(str(event["session_id"]), line)
            if name in {"Stop", "SessionEnd"}:
                _start_flush()
    except BaseException as error:
        from whence_hook.log import log_error

        log_error("record", error)
    os._exit(0)


def line_for(event: touch.Json, now: int) -> bytes | None:
    """The spool line of an event at ``now`` (nanoseconds since 1970), or ``None`` for one that touches nothing.

    The beginning of a session or prompt gives a line without a kind: it tells where the session works before it
    touches anything.
    """
    cwd = str(event.get("cwd") or "")
    kind, added, removed, commits = None, 0, 0, 0
    match event.get("hook_event_name"):
        case "SessionStart" | "UserPromptSubmit":
            paths = [cwd]
        case "PostToolUse" | "PostToolUseFailure":
            tool, tool_input, response = (
                str(event.get("tool_name")),
                event.get("tool_input"),
                event.get("tool_response"),
            )
            kind = touch.kind_of(tool)
            if kind is None:
                return None
            paths = touch.paths_of(tool, tool_input if isinstance(tool_input, dict) else {}, cwd)
            if not paths:
                return None
            response = event.get("tool_response")
            added, removed = touch.lines_changed(response) if kind == touch.EDIT else (0, 0)
            commits = touch.commits_made(response) if kind == touch.COMMAND else 0
        case _:
            return None
    found = (worktree.find_root(os.path.join(cwd, os.path.expanduser(path))) for path in paths)
    roots = dict.fromkeys(root for root in found if root is not None)
    return (
        f'{{"v":{RECORD_VERSION},"time":{now},"session":{_id(event, "session_id")},"prompt":{_id(event, "prompt_id")},'
        f'"tool":{_id(event, "tool_use_id")},"kind":{quote(kind) if kind else "null"},'
        f'"roots":[{",".join(f"[{quote(path)},{quote(main)}]" for path, main in roots)}],'
        f'"added":{added},"removed":{removed},"commits":{commits}}}'
    ).encode("ascii")


def _id(event: touch.Json, name: str) -> str:
    value = event.get(name)
    return quote(value) if isinstance(value, str) and spool.is_id(value) else "null"


def _read_stdin() -> bytes:
    chunks, size = [], 0
    while chunk := os.read(0, 1 << 20):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_EVENT_BYTES:
            raise OverflowError
    return b"".join(chunks)


def _parse(payload: bytes) -> touch.Json | None:
    """The event, or ``None``, logged, for what is no event of a session."""
    try:
        event = loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        event = None
    if isinstance(event, dict) and spool.is_id(event.get("session_id")):
        return event
    from whence_hook.log import log

    log("record: ignored an event " + ("without a valid session id" if isinstance(event, dict) else "that is no JSON"))
    return None


def _start_flush() -> None:
    """Start ``flush`` so that it outlives this process, its group and Claude Code."""
    command = [sys.executable, "-I", "-m", "whence_hook.flush"]
    if sys.platform == "win32":
        import subprocess

        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        null = subprocess.DEVNULL
        subprocess.Popen(command, stdin=null, stdout=null, stderr=null, creationflags=flags)
        return
    if os.fork() == 0:
        try:
            os.setsid()
            os.chdir("/")
            null = os.open(os.devnull, os.O_RDWR)
            # Claude Code waits until nobody holds the other end of these.
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            os.nice(10)
            os.execv(command[0], command)
        finally:
            os._exit(0)
