"""``record``: one hook event in, one line in the spool out. The hot path.

A line holds time, ids, kind, the repository roots touched, and counts. Prompts, file contents, commands and paths
inside a repository are read here and go no further. Whatever the input, the process prints nothing and exits 0.
"""

import _signal  # type: ignore[import-not-found]  # signal without its enums
import os
import sys
import time

from whence_hook.machine import site as sitewide
from whence_hook.machine import spool
from whence_hook.record import touch, worktree
from whence_hook.record.fast_json import loads, quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from whence_hook.record.shell import Reach

RECORD_VERSION = 1
MAX_EVENT_BYTES = 64 * 1024 * 1024
MAX_SECONDS = 2.0
EARLY_FLUSH_SECONDS = 10
_IDS = (("session", "session_id"), ("prompt", "prompt_id"), ("agent", "agent_id"), ("tool", "tool_use_id"))
ADDED, REMOVED, COMMITS, PULL_REQUESTS = range(4)

Counts = dict[worktree.Root, list[int]]
"""For each root: lines added and removed, commits, pull requests."""


class _NoAnswer(BaseException):
    """A file system did not answer in time."""


def main() -> None:
    """Record the event on standard input; on the last event of a turn or session, start a flush."""
    try:
        if hasattr(_signal, "setitimer"):
            _signal.signal(_signal.SIGALRM, _give_up)
            _signal.setitimer(_signal.ITIMER_REAL, MAX_SECONDS, MAX_SECONDS)
        event = _parse(_read_stdin())
        if event is not None and not sitewide.is_superseded():
            counts: Counts = {}
            is_touch, kind = touched(event, counts)
            if is_touch:
                spool.append(str(event["session_id"]), line(event, time.time_ns(), kind, counts))
            if event.get("hook_event_name") in {"Stop", "SessionEnd"} or _is_news(counts):
                _start_flush()
    except BaseException as error:
        from whence_hook.machine.log import log_error

        log_error("record", error)
    finally:
        os._exit(0)


def line(event: touch.Json, now: int, kind: str | None, counts: Counts) -> bytes:
    """The spool line of an event at ``now`` (nanoseconds since 1970).

    ``kind`` is ``None`` for the beginning of a session or prompt, which tells where the session works before it
    touches anything.
    """
    roots = ",".join(
        f"[{quote(path)},{quote(main)},{','.join(map(str, numbers))}]" for (path, main), numbers in counts.items()
    )
    ids = ",".join(f'"{key}":{_id(event, name)}' for key, name in _IDS)
    kind = quote(kind) if kind else "null"
    return f'{{"v":{RECORD_VERSION},"time":{now},{ids},"kind":{kind},"roots":[{roots}]}}'.encode("ascii")


def touched(event: touch.Json, counts: Counts) -> tuple[bool, str | None]:
    """Whether the event is one to record, and the kind of its touches; fills ``counts``."""
    kind, cwd = None, str(event.get("cwd") or "")
    try:
        match event.get("hook_event_name"):
            case "SessionStart" | "UserPromptSubmit":
                _count(counts, cwd)
            case "PostToolUse" | "PostToolUseFailure":
                kind = touch.kind_of(str(event.get("tool_name")))
                return kind is not None and _count_tool_call(counts, event, kind, cwd), kind
            case _:
                return False, None
    except _NoAnswer as error:
        # What was found until then is recorded.
        from whence_hook.machine.log import log_error

        log_error("record", error)
    return True, kind


def _count_tool_call(counts: Counts, event: touch.Json, kind: str, cwd: str) -> bool:
    """Count what a tool call touched and changed; false for one that names no path at all."""
    tool, given, response = str(event.get("tool_name")), event.get("tool_input"), event.get("tool_response")
    tool_input = given if isinstance(given, dict) else {}
    command = tool_input.get("command")
    succeeded = event.get("hook_event_name") == "PostToolUse"
    if tool in touch.SHELLS and isinstance(command, str):
        found = _reach(command, cwd, tool == "PowerShell")
        for path in dict.fromkeys(found.paths):
            _count(counts, path)
        if not counts:
            _count(counts, cwd)
        # What Claude Code saw in the output but no word tells, as of a script, happened where the command began.
        for folder in (found.commits or [cwd] * touch.git_operation(response, "commit")) * succeeded:
            _count(counts, folder, COMMITS)
        for folder in (found.pull_requests or [cwd] * touch.git_operation(response, "pr")) * succeeded:
            _count(counts, folder, PULL_REQUESTS)
        return True
    paths = touch.paths_of(tool, tool_input, cwd)
    added, removed = touch.lines_changed(response) if kind == touch.EDIT else (0, 0)
    for path in paths:
        _count(counts, os.path.join(cwd, os.path.expanduser(path)))
    for numbers in list(counts.values())[:1]:
        numbers[ADDED], numbers[REMOVED] = added, removed
    return bool(paths)


def _reach(command: str, cwd: str, powershell: bool) -> "Reach":
    """What a command reaches. One that cannot be read is still a touch of the folder it was started in."""
    from whence_hook.record import shell

    try:
        return shell.reach(command, cwd, powershell)
    except Exception as error:
        from whence_hook.machine.log import log_error

        log_error("record", error)
        return shell.Reach()


def _count(counts: Counts, path: str, what: int | None = None) -> None:
    """Add the working tree that ``path`` lies in, if any, and one to its count of ``what``."""
    root = worktree.find_root(path)
    if root is not None:
        numbers = counts.setdefault(root, [0, 0, 0, 0])
        if what is not None:
            numbers[what] += 1


def _is_news(counts: Counts) -> bool:
    """True when a root has never been looked at: better now than when it may be gone, but not at every event."""
    if not counts:
        return False
    state = spool.state_directory()
    try:
        with open(os.path.join(state, "checkouts.json"), encoding="ascii") as file:
            known = file.read()
    except (OSError, ValueError):
        known = ""
    if all(quote(main) in known for _, main in counts):
        return False
    stamp = os.path.join(state, "early-flush")
    if os.path.exists(stamp) and 0 <= time.time() - os.stat(stamp).st_mtime < EARLY_FLUSH_SECONDS:
        return False
    os.close(os.open(stamp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    os.utime(stamp)
    return True


def _give_up(number: int, frame: object) -> None:
    raise _NoAnswer


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
    from whence_hook.machine.log import log

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
            from whence_hook.machine.environment import kept

            os.execve(command[0], command, kept(os.environ))
        finally:
            os._exit(0)
