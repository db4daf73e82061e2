"""Tool calls that no hook recorded, found in Claude Code's own transcript.

Claude Code kills the hooks that are still running when a session ends. On a busy machine, a hook that has not started
by then records nothing. The missing records are appended to the session's spool, in the same form. Interrupted calls
are left out: the line recorded before such a call is enough.
"""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from whence_contract.units import Nanoseconds
from whence_hook.flush.lines import Line
from whence_hook.flush.transcript import Call, Conversation, entry_of, objects
from whence_hook.machine.spool import append
from whence_hook.record.line import line
from whence_hook.record.touched import Touched, touched

MAX_TRANSCRIPT_BYTES = 256_000_000
LOOK_BYTES = 4_000_000


def record_missed(session: str, lines: Iterable[Line], ago: int | None = None) -> int:
    """Append the calls of a session that are missing from the ``lines`` of its spool; return their number.

    ``ago``: set for a session that still runs. Append only calls that ended at least this many seconds ago, and search
    only the end of the transcript, because there will be another search.

    Calls from before the first line belong to an earlier spool of a session that was resumed.
    """
    known = list(lines)
    if not known:
        return 0
    begun = {one.record.tool for one in known if one.what == "call"}
    ended = {one.record.tool for one in known if one.what is None}
    since = min(one.record.time for one in known)
    until = None if ago is None else time.time_ns() - ago * 1_000_000_000
    count = 0
    for path in _transcripts(session):
        for call in _calls(path, session, None if ago is None else LOOK_BYTES):
            moment = call.ended.time
            if call.id in ended or moment < since or (until is not None and moment > until):
                continue
            found = [] if call.id in begun else [(call.before(), call.asked.time)]
            recorded = [_line(event, at) for event, at in [*found, (call.after(), moment)]]
            for data in filter(None, recorded):
                append(session, data)
            count += any(recorded)
    return count


def _line(event: dict[str, Any], time: Nanoseconds) -> bytes | None:
    found = Touched()
    return line(event, time, found) if touched(event, found) else None


def transcript_folder() -> Path:
    """Return where Claude Code keeps this user's transcripts."""
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude"), "projects")


def _transcripts(session: str) -> Iterator[Path]:
    """Return the transcripts of a session and of its subagents."""
    for pattern in (f"*/{session}.jsonl", f"*/{session}/subagents/*.jsonl"):
        for path in transcript_folder().glob(pattern):
            if path.stat().st_size <= MAX_TRANSCRIPT_BYTES:
                yield path


def _calls(path: Path, session: str, last: int | None) -> Iterator[Call]:
    """Return the completed calls in the entire file or in its last bytes."""
    conversation = Conversation()
    for data in objects(path, last=last):
        entry = entry_of(data) if data else None
        if entry and entry.session == session:
            yield from (call for call in conversation.add(entry) if not call.interrupted)
