"""Write a file under a temporary name, and rename it when it is complete. Several processes can do so at once."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def new_part(file: Path) -> Iterator[BinaryIO]:
    """Yield a new file, readable by its owner only, that replaces ``file`` if the block ends without an exception.

    Removes the unfinished parts that earlier processes left beside ``file``. Raises ``OSError``.
    """
    part, descriptor = _locked_part(file)
    try:
        with os.fdopen(descriptor, "wb") as target:
            _remove_unfinished(file, part)
            yield target
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _locked_part(file: Path) -> tuple[Path, int]:
    while True:
        part = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        _lock(descriptor, wait=True)
        # Another process may have removed it as unfinished before it was locked.
        if part.exists():
            return part, descriptor
        os.close(descriptor)


def _remove_unfinished(file: Path, own: Path) -> None:
    for other in file.parent.iterdir():
        if other != own and other.name.startswith(f"{file.name}.") and other.name.endswith(".part"):
            try:
                with other.open("r+b") as unfinished:
                    if _lock(unfinished.fileno(), wait=False):
                        other.unlink(missing_ok=True)
            except OSError:
                continue


def _lock(descriptor: int, wait: bool) -> bool:
    """Lock a file until it is closed. Return false if another process holds the lock, or on Windows."""
    if sys.platform == "win32":
        return False
    import fcntl  # noqa: PLC0415 not on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
