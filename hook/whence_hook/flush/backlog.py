"""The backlog: the records in the spools that have not been accepted yet, handed out in batches.

A batch is a fixed range of each spool, saved before it is sent. If the process dies at any point after that,
the same ranges are sent again, so the receiver sees the same spans; the offsets move only when a batch is accepted.
Everything here must be called under the flush lock, except :func:`pending`.
"""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import NamedTuple

from whence_contract.private_file import write_private
from whence_hook.flush.calls import calls
from whence_hook.flush.lines import Line, Record, parse_line
from whence_hook.machine.log import log
from whence_hook.machine.spool import append, spool_directory, state_directory
from whence_hook.record import unsent

MAX_BATCH_BYTES = 1_000_000
# How many bytes to search for the first line of a call.
MAX_BEFORE_BYTES = 1_000_000
LOOK_BYTES = 16_384
QUIET_SECONDS = 3600
HOOK_SECONDS = 20
"""No hook runs longer than this: Claude Code allows half of it."""
STALLED_SECONDS = 600
FINISHED_AFTER_SECONDS = 86_400


class Batch(NamedTuple):
    """The records of one export. ``damaged``: number of lines that are not records."""

    records: list[Record]
    damaged: int


class Spool(NamedTuple):
    """The state of one spool file: the hash of its first line, the accepted offset and the offset being sent."""

    head: str
    offset: int
    sending: int | None = None


class State(NamedTuple):
    """``spools``: by file name. ``dropped``: total number of dropped records. ``dropped_at``: time of the last drop."""

    spools: dict[str, Spool]
    dropped: int = 0
    dropped_at: float | None = None


class Pending(NamedTuple):
    """``size``: bytes of complete waiting records. ``age``: seconds since the oldest file with waiting records was
    written."""

    size: int
    age: float | None
    dropped: int
    dropped_at: float | None


def next_batch() -> Batch | None:
    """Return the oldest records that have not been accepted yet, or ``None``; the same ones until :func:`accept`."""
    state = _load()
    if not any(spool.sending for spool in state.spools.values()):
        planned = _plan(state.spools)
        if not any(spool.sending for spool in planned.values()):
            return None
        state = state._replace(spools=planned)
        _save(state)
    records: list[Record] = []
    damaged = 0
    for name, spool in state.spools.items():
        if spool.sending:
            file = _spool_file(name)
            lines, unreadable = _lines(file, spool.offset, spool.sending)
            before, _ = _lines(file, max(0, spool.offset - MAX_BEFORE_BYTES), spool.offset)
            records += calls(before, lines)
            damaged += unreadable
    return Batch(records, damaged)


def accept(lost: int = 0) -> None:
    """Mark the last batch as accepted. ``lost``: records that the receiver accepted but refused permanently.

    Remove spools that were accepted completely and have not changed for a day.
    """
    state = _load()
    spools = {name: Spool(spool.head, spool.sending or spool.offset) for name, spool in state.spools.items()}
    state = _dropped(state._replace(spools=spools), lost)
    _save(state)
    for name, spool in spools.items():
        file = _spool_file(name)
        try:
            if file.stat().st_mtime < time.time() - FINISHED_AFTER_SECONDS and _end(file, spool.offset) == spool.offset:
                file.unlink()
        except (FileNotFoundError, PermissionError):
            # Windows cannot remove a file that a hook has open; the next flush removes it.
            pass
    remaining = {name: spool for name, spool in spools.items() if _spool_file(name).exists()}
    if len(remaining) < len(spools):
        _save(state._replace(spools=remaining))


def shed() -> int:
    """Drop the oldest spools that are too old or, together, too large; return the number of lost records.

    Call this only after a failed export, so that a temporarily wrong clock loses nothing.
    """
    state = _load()
    files = _spool_files()
    ranges = {file: _waiting(file, state.spools) for file in files}
    total, lost = sum(end - offset for offset, end in ranges.values()), 0
    for file in files:
        age = time.time() - file.stat().st_mtime
        offset, end = ranges[file]
        if end == offset or (total <= unsent.MAX_BYTES and age <= unsent.MAX_SECONDS):
            continue
        records = sum(1 for line in _read(file, offset, end).split(b"\n") if line)
        try:
            # A hook that is writing to this file right now notices, and writes to a new file. On Windows, the next
            # flush removes a file that a hook has open.
            file.unlink()
        except PermissionError:
            continue
        lost += records
        total -= end - offset
        state.spools.pop(file.name, None)
    if lost:
        _save(_dropped(state, lost))
        log(f"flush: dropped {lost} records that were too old or too many.")
    return lost


def end_quiet_sessions() -> None:
    """Append the last line to the spools of sessions that were killed: none of their calls still runs."""
    for file in _spool_files():
        status = file.stat()
        if time.time() - status.st_mtime < QUIET_SECONDS:
            continue
        tail = _read(file, max(0, status.st_size - MAX_BEFORE_BYTES), status.st_size)
        last = parse_line(tail.rstrip(b"\n").rpartition(b"\n")[2])
        if b'"is":"call"' in tail and last is not None and last.what not in {"done", "ended"}:
            end = {"v": 2, "time": time.time_ns(), "session": file.stem, "prompt": None, "tool": None, "kind": None}
            append(file.stem, json.dumps(end | {"is": "ended", "reach": []}, separators=(",", ":")).encode())
            os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def ended_sessions() -> set[str]:
    """Return the sessions that have ended since the last accepted batch."""
    spools = _load().spools
    waiting = ((file, *_waiting(file, spools)) for file in _spool_files())
    return {file.stem for file, start, end in waiting if b'"is":"ended"' in _read(file, start, end)}


def stalled_sessions() -> dict[str, list[Line]]:
    """Return the sessions with a call that began some time ago, but not long ago, and whose end was not recorded; each
    with the lines of that time."""
    found, now = {}, time.time()
    for file in _spool_files():
        if now - file.stat().st_mtime > STALLED_SECONDS:
            continue
        lines = _lines_since(file, now - STALLED_SECONDS)
        ended = {line.record.tool for line in lines if line.what is None}
        begun = [line.record.time / 1e9 for line in lines if line.what == "call" and line.record.tool not in ended]
        if any(now - moment > HOOK_SECONDS for moment in begun):
            found[file.stem] = lines
    return found


def session_lines(session: str) -> list[Line]:
    """Return all lines of a session's spool."""
    file = _spool_file(f"{session}.jsonl")
    return _lines(file, 0, file.stat().st_size)[0] if file.exists() else []


def pending() -> Pending:
    """Return what is waiting and what was dropped."""
    state = _load()
    size, oldest = 0, None
    for file in _spool_files():
        offset, end = _waiting(file, state.spools)
        if end > offset:
            size += end - offset
            oldest = max(oldest or 0.0, time.time() - file.stat().st_mtime)
    return Pending(size, oldest, state.dropped, state.dropped_at)


def _dropped(state: State, lost: int) -> State:
    return state._replace(dropped=state.dropped + lost, dropped_at=time.time()) if lost else state


def _spool_file(name: str) -> Path:
    return Path(spool_directory(), name)


def _plan(spools: dict[str, Spool]) -> dict[str, Spool]:
    """Choose the ranges to send next, oldest file first, at most ``MAX_BATCH_BYTES`` unless one line is longer."""
    room = MAX_BATCH_BYTES
    planned = {}
    for file in _spool_files():
        head = _head(file)
        if head is not None:
            offset = _accepted(file, head, spools)
            end = _end(file, offset, room) if room > 0 else offset
            room -= end - offset
            planned[file.name] = Spool(head, offset, end if end > offset else None)
    return planned


def _spool_files() -> list[Path]:
    """Return the spools, least recently written first."""
    found = []
    try:
        for entry in os.scandir(spool_directory()):
            if entry.name.endswith(".jsonl"):
                found.append((entry.stat().st_mtime_ns, Path(entry.path)))
    except FileNotFoundError:
        return []
    return [file for _, file in sorted(found)]


def _waiting(file: Path, spools: dict[str, Spool]) -> tuple[int, int]:
    """Return the range of complete records that have not been accepted yet."""
    offset = _accepted(file, _head(file), spools)
    return offset, _end(file, offset)


def _accepted(file: Path, head: str | None, spools: dict[str, Spool]) -> int:
    """Return the accepted offset of the file; 0 if the offset belongs to an earlier file of that name, as after a
    resumed session."""
    spool = spools.get(file.name)
    return spool.offset if spool is not None and spool.head == head else 0


def _head(file: Path) -> str | None:
    """Return the hash of the first record. It contains a time in nanoseconds, so it distinguishes files of one name."""
    with file.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n") and line.strip():
                return hashlib.blake2b(line, digest_size=8).hexdigest()
    return None


def _end(file: Path, offset: int = 0, room: int | None = None) -> int:
    """Return the end of the last complete line within ``room`` bytes of ``offset``; of the first line if it is
    longer."""
    with file.open("rb") as lines:
        lines.seek(offset)
        data = lines.read() if room is None else lines.read(room)
        end = data.rfind(b"\n") + 1
        if end == 0 and room is not None and len(data) == room:
            rest = lines.readline()
            end = len(data) + len(rest) if rest.endswith(b"\n") else 0
    return offset + end


def _lines_since(file: Path, moment: float) -> list[Line]:
    """Return the last lines of a spool, without reading much more of it."""
    size, room = file.stat().st_size, LOOK_BYTES
    while True:
        lines, _ = _lines(file, max(0, size - room), size)
        if room >= min(size, MAX_BEFORE_BYTES) or (lines and lines[0].record.time / 1e9 < moment):
            return [line for line in lines if line.record.time / 1e9 >= moment]
        room *= 4


def _lines(file: Path, start: int, end: int) -> tuple[list[Line], int]:
    """Return the lines in a range of a spool, and how many of them are invalid."""
    parsed = [parse_line(line) for line in _read(file, start, end).split(b"\n") if line]
    lines = [line for line in parsed if line is not None]
    return lines, len(parsed) - len(lines)


def _read(file: Path, start: int, end: int) -> bytes:
    try:
        with file.open("rb") as lines:
            lines.seek(start)
            return lines.read(end - start)
    except FileNotFoundError:
        return b""


def _state_file() -> Path:
    return Path(state_directory(), "backlog.json")


def _load() -> State:
    try:
        data = json.loads(_state_file().read_text(encoding="utf-8"))
        return State({name: Spool(*spool) for name, spool in data["spools"].items()}, *data["dropped"])
    except FileNotFoundError:
        return State({})
    except (ValueError, KeyError, TypeError, AttributeError):
        # The file is written atomically, so no crash of ours caused this. Sending records again is better than never.
        log("flush: backlog.json is damaged and was renamed.")
        os.replace(_state_file(), _state_file().with_suffix(".damaged"))
        return State({})


def _save(state: State) -> None:
    content = {"spools": state.spools, "dropped": [state.dropped, state.dropped_at]}
    write_private(_state_file(), json.dumps(content))
