"""The spool: one append-only file of records per session. Part of the hot path: standard library only."""

import os
import sys

_ID_CHARACTERS = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-")


def state_directory() -> str:
    """Return the folder of the hook's own files: platformdirs' ``user_state_dir("whence")``, without importing it.

    https://platformdirs.readthedocs.io/en/latest/api.html#user-state-directory
    """
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local"), "whence")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", "whence")
    return os.path.join(os.environ.get("XDG_STATE_HOME", "").strip() or os.path.join(home, ".local", "state"), "whence")


def spool_directory() -> str:
    """Return the folder of the spool files."""
    return os.path.join(state_directory(), "spool")


def is_id(value: object) -> bool:
    """Return whether an id may name a file: at most 128 letters, digits, ``_`` and ``-``."""
    return isinstance(value, str) and 0 < len(value) <= 128 and _ID_CHARACTERS.issuperset(value)


def append(session: str, line: bytes) -> None:
    """Append one record in a single write. Raises ``OSError`` if it cannot be written completely.

    The newline before it ends a partial line that a full disk may have left, so that only that line is lost.
    """
    path = os.path.join(spool_directory(), session + ".jsonl")
    data = b"\n" + line + b"\n"
    # Windows would write each newline as two bytes.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    while True:
        try:
            file = os.open(path, flags, 0o600)
        except FileNotFoundError:
            os.makedirs(spool_directory(), 0o700, exist_ok=True)
            file = os.open(path, flags, 0o600)
        try:
            _lock(file)
            if os.write(file, data) < len(data):
                raise OSError("no space left for a complete record")
            if os.fstat(file).st_nlink:
                return
            # A flush removed the finished file between our open and our write: write to its successor.
        finally:
            os.close(file)


def _lock(file: int) -> None:
    """Lock the file against other hooks until it is closed, on Windows, where an append seeks, then writes."""
    if sys.platform == "win32":
        import msvcrt

        # A byte that no spool reaches, because others cannot read a locked byte.
        os.lseek(file, 1 << 30, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_LOCK, 1)
