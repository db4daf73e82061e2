"""Detect a damaged ledger file, and explain DuckDB's errors."""

import mmap
import re
from pathlib import Path
from typing import Final

import duckdb

_HEAD_BYTES: Final = 3 * 4096
_MAGIC: Final = b"DUCK"
# A version and, since DuckDB 1.4, the file's identifier (16 one-byte numbers) and its checkpoint. Later versions may
# write another format; leave that to DuckDB.
_WAL_START: Final = re.compile(
    rb"d\0be\0\x02(?:f\0\x10(?:[\x80-\xff]\x01|[\x00-\x7f]){16}g\0[\x80-\xff]*[\x00-\x7f])?\xff\xff", re.DOTALL
)
_WAL_OTHER_FORMAT: Final = re.compile(rb"d\0be\0[\x01\x03-\x10]", re.DOTALL)
_WAL_COMMIT: Final = re.compile(rb"\x05\0{7}.{8}d\0d\xff\xff|d\0d\xff\xff\Z", re.DOTALL)
_BLOCK_BYTES: Final = 262_144
_SHORTEST_START: Final = 8
_LONGEST_START: Final = 64
_FRAME_BYTES: Final = 16
_CORRUPT: Final = re.compile(
    r"corrupt|checksum|could not read enough bytes|failed to decode|invalidated|deserializ|not a valid duckdb",
    re.IGNORECASE,
)


class StoreError(Exception):
    """The ledger cannot be opened; the message says why and what to do."""


_RESTORE: Final = (
    "start 'whence serve', which creates a new ledger, and restore the last backup: whence ledger restore BACKUP"
)


def _restored(path: Path) -> str:
    """Return the instructions for restoring the last backup of a damaged ledger."""
    return (
        f"whence does not change or delete it. Move it, and {path.name}.wal if there is one, to another folder; "
        f"then {_RESTORE}"
    )


def check_wal(path: Path) -> None:
    """Raise ``StoreError`` if DuckDB would skip committed rows in the WAL of ``path``.

    DuckDB treats unreadable data as a transaction that was cut off by a kill, and the next write removes it.
    """
    wal = Path(f"{path}.wal")
    try:
        if not wal.is_file() or not wal.stat().st_size:
            return
        with wal.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            problem = _wal_problem(content)
    except OSError:
        # Opening it with DuckDB reports why it cannot be read.
        return
    if problem:
        raise StoreError(f"{wal} is damaged: {problem}. {_without_wal(path)}")


def check_length(path: Path) -> None:
    """Raise ``StoreError`` if the file is shorter than its header says: DuckDB would open it and write to it."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            size = file.seek(0, 2)
    except OSError:
        return
    if len(head) < _HEAD_BYTES or head[8:12] != _MAGIC:
        return
    # There are two headers, each after a checksum of 8 bytes; the one with the higher iteration is valid.
    newest = max(head[4104:4152], head[8200:8248], key=lambda header: int.from_bytes(header[:8], "little"))
    blocks, block_size = (int.from_bytes(newest[at : at + 8], "little") for at in (24, 32))
    if block_size == _BLOCK_BYTES and size < _HEAD_BYTES + blocks * block_size:
        raise StoreError(f"{path} is cut off: its end is missing. {_restored(path)}")


def explain(path: Path, error: duckdb.Error) -> StoreError:
    """Return what an ``error`` from opening or reading ``path`` means, and what to do."""
    said = str(error).split("\n", 1)[0].strip()
    if is_in_use(error):
        holder = re.search(r"PID (\d+)", said)
        who = f"process {holder[1]}" if holder else "another process"
        return StoreError(
            f"{path} is in use by {who}. Is another 'whence serve' using it? Stop that one, or use --data."
        )
    if ".wal" in said and "WAL" in said:
        if "does not match database file" in said:
            return StoreError(f"{path}.wal belongs to another file. {_without_wal(path)}")
        return StoreError(f"{path}.wal is damaged or cannot be read. {_without_wal(path)} (DuckDB: {said})")
    if "newer version" in said or "storage version number" in said:
        return StoreError(f"{path} was written by a newer DuckDB. Upgrade whence. (DuckDB: {said})")
    return StoreError(_file_problem(path) or f"{_damaged(path, said)} (DuckDB: {said})")


def is_in_use(error: duckdb.Error) -> bool:
    """Return whether another process has the file open."""
    return "Could not set lock" in str(error)


def is_damage(error: duckdb.Error) -> bool:
    """Return whether the error was caused by a damaged file rather than by the query."""
    return not isinstance(error, (duckdb.InterruptException, duckdb.OutOfMemoryException)) and bool(
        _CORRUPT.search(str(error))
    )


def _damaged(path: Path, said: str) -> str:
    if "read enough bytes" in said:
        return f"{path} is cut off: its end is missing. {_restored(path)}"
    if _CORRUPT.search(said):
        return f"{path} is damaged: part of its content has changed. {_restored(path)}"
    return f"{path} cannot be opened. {_restored(path)}"


def _file_problem(path: Path) -> str | None:
    if path.is_dir():
        return f"{path} is a folder, not a ledger. Name the folder of the ledger with --data, or move this one away."
    try:
        with path.open("r+b") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        return (
            f"{path} cannot be opened: {error.strerror}. Run whence as the file's owner, on a writable disk, "
            "or choose another folder with --data."
        )
    if not head:
        return f"{path} is empty: its content is lost. {_restored(path)}"
    if len(head) >= _SHORTEST_START + len(_MAGIC) and head[8:12] != _MAGIC:
        return f"{path} is not a ledger: it does not begin as a DuckDB file does. {_restored(path)}"
    if len(head) < _HEAD_BYTES:
        return f"{path} is cut off: only {len(head):,} bytes are left. {_restored(path)}"
    return None


def _without_wal(path: Path) -> str:
    return (
        f"It contains the latest data. whence does not change or delete it. Move {path.name}.wal to another folder and "
        f"start again, without that data. Or move {path.name} too; then {_RESTORE}"
    )


def _wal_problem(content: mmap.mmap) -> str | None:
    head = content[:_LONGEST_START]
    if len(head) >= _SHORTEST_START and _WAL_OTHER_FORMAT.match(head):
        return None
    start = _WAL_START.match(head)
    if start is None:
        # The process may have been killed before it committed anything.
        is_cut_off = len(content) < _LONGEST_START and b"d\0be\0\x02f\0\x10".startswith(head[:9])
        return None if is_cut_off else "it does not begin as a WAL does"
    at, size = start.end(), len(content)
    while at + _FRAME_BYTES <= size:
        length = int.from_bytes(content[at : at + 8], "little")
        if at + _FRAME_BYTES + length > size:
            break
        at += _FRAME_BYTES + length
    if at < size and _WAL_COMMIT.search(content, at):
        return f"it cannot be read from byte {at:,} on, and committed rows follow"
    return None
