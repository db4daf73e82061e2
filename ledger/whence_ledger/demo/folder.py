"""The folder of a demo that keeps nothing: removed when it ends, or by the next demo if it was killed."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl

_PREFIX = "whence-demo-"
_LOCK = "demo.lock"
"""Locked for as long as the demo runs, however it ends."""


@contextmanager
def temporary_folder() -> Iterator[str]:
    """Make a folder in the system's temporary folder, and remove those that killed demos left there."""
    _remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        # Nobody sees the file before it is locked.
        new = Path(folder, f"{_LOCK}.new")
        with new.open("wb") as file:
            _try_lock(file)
            new.rename(Path(folder, _LOCK))
            yield folder


def _remove_abandoned() -> None:
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        try:
            # Others' folders are theirs to remove.
            if lock.parent.lstat().st_uid != os.getuid():
                continue
            with lock.open("rb") as file:
                if _try_lock(file):
                    shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:
            continue


def _try_lock(file: BinaryIO) -> bool:
    """Lock the file; return false if another process has, or if this system has no such locks."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
