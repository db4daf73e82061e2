"""The backlog: what the spools hold that has not been accepted yet, handed out in batches.

A batch is a fixed range of each spool, written down before it is sent. If the process dies at any point after that,
the same ranges are sent again, so the receiver sees the same spans; the offsets move only when a batch is accepted.
"""

import hashlib
import json
import time
from pathlib import Path
from typing import NamedTuple

from whence_hook.config import write_private
from whence_hook.spool import spool_directory, state_directory
from whence_hook.worktree import Root

MAX_BATCH_BYTES = 1_000_000
FINISHED_AFTER_SECONDS = 86_400


class Record(NamedTuple):
    """One line of a spool. ``id`` is derived from the line; ``time`` in nanoseconds since 1970."""

    id: str
    time: int
    session: str
    prompt: str | None
    tool: str | None
    kind: str | None
    roots: tuple[Root, ...]
    added: int
    removed: int
    commits: int


class Batch(NamedTuple):
    """What one export carries. ``damaged``: lines in it that are no records."""

    records: list[Record]
    damaged: int


class Spool(NamedTuple):
    """What is known of one spool file: the hash of its first line, and how far it was accepted and is being sent."""

    head: str
    offset: int
    sending: int | None = None


def next_batch() -> Batch | None:
    """Give the oldest records not accepted yet, or ``None``; the same ones until :func:`accept`.

    Must be called under the flush lock.
    """
    spools = _load()
    if not any(spool.sending for spool in spools.values()):
        spools = _plan(spools)
        _save(spools)
    lines: list[bytes] = []
    for name, spool in spools.items():
        if spool.sending:
            lines += _read(spool_file(name), spool.offset, spool.sending).split(b"\n")
    lines = [line for line in lines if line]
    if not any(spool.sending for spool in spools.values()):
        return None
    records = [record for record in map(_record, lines) if record is not None]
    return Batch(records, len(lines) - len(records))


def accept() -> None:
    """Mark the batch given last as accepted, and remove spools that were accepted whole and lie still for a day."""
    spools = {name: Spool(spool.head, spool.sending or spool.offset) for name, spool in _load().items()}
    _save(spools)
    for name, spool in spools.items():
        file = spool_file(name)
        if file.exists() and file.stat().st_mtime < time.time() - FINISHED_AFTER_SECONDS and _end(file) <= spool.offset:
            file.unlink()
    _save({name: spool for name, spool in spools.items() if spool_file(name).exists()})


def pending() -> tuple[int, float | None]:
    """Bytes of whole records that wait, and the age in seconds of the oldest file that holds any."""
    spools = _load()
    size, oldest = 0, None
    for file in _spool_files():
        waiting = _end(file) - _offset(file, spools)
        if waiting > 0:
            size += waiting
            oldest = max(oldest or 0.0, time.time() - file.stat().st_mtime)
    return size, oldest


def spool_file(name: str) -> Path:
    """The spool file of that name."""
    return Path(spool_directory(), name)


def _plan(spools: dict[str, Spool]) -> dict[str, Spool]:
    """Choose the ranges to send next, oldest file first, at most ``MAX_BATCH_BYTES`` unless one line is longer."""
    room = MAX_BATCH_BYTES
    planned = {}
    for file in _spool_files():
        offset = _offset(file, spools)
        end = _end(file, offset, room) if room > 0 else offset
        room -= end - offset
        head = _head(file)
        if head is not None:
            planned[file.name] = Spool(head, offset, end if end > offset else None)
    return planned


def _spool_files() -> list[Path]:
    return sorted(Path(spool_directory()).glob("*.jsonl"), key=lambda file: (file.stat().st_mtime_ns, file.name))


def _offset(file: Path, spools: dict[str, Spool]) -> int:
    """How far the file was accepted; 0 where another file of its name was, as after a resumed session."""
    spool = spools.get(file.name)
    return spool.offset if spool is not None and spool.head == _head(file) else 0


def _head(file: Path) -> str | None:
    """Hash of the first record, which holds a time in nanoseconds and so tells files of one name apart."""
    with file.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n") and line.strip():
                return hashlib.blake2b(line, digest_size=8).hexdigest()
    return None


def _end(file: Path, offset: int = 0, room: int | None = None) -> int:
    """End of the last whole line within ``room`` bytes of ``offset``; of the first one if that is longer."""
    with file.open("rb") as lines:
        lines.seek(offset)
        data = lines.read() if room is None else lines.read(room)
        end = data.rfind(b"\n") + 1
        if end == 0 and room is not None and len(data) == room:
            rest = lines.readline()
            end = len(data) + len(rest) if rest.endswith(b"\n") else 0
    return offset + end


def _read(file: Path, start: int, end: int) -> bytes:
    try:
        with file.open("rb") as lines:
            lines.seek(start)
            return lines.read(end - start)
    except FileNotFoundError:
        return b""


def _record(line: bytes) -> Record | None:
    try:
        data = json.loads(line)
        roots = tuple((str(path), str(main)) for path, main in data["roots"])
        record_id = hashlib.blake2b(line, digest_size=8).hexdigest()
        return Record(
            record_id,
            int(data["time"]),
            str(data["session"]),
            data["prompt"],
            data["tool"],
            data["kind"],
            roots,
            int(data["added"]),
            int(data["removed"]),
            int(data["commits"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _state_file() -> Path:
    return Path(state_directory(), "backlog.json")


def _load() -> dict[str, Spool]:
    try:
        return {name: Spool(*spool) for name, spool in json.loads(_state_file().read_text(encoding="utf-8")).items()}
    except FileNotFoundError:
        return {}


def _save(spools: dict[str, Spool]) -> None:
    write_private(_state_file(), json.dumps(spools))
