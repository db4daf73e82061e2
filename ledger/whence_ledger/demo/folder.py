"""A demo's temporary folder: removed when the demo ends, or by the next demo if it was killed."""

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
"""Locked while the demo runs; the system releases the lock however it ends."""


@contextmanager
def temporary_folder() -> Iterator[str]:
    """Create a folder in the system's temporary folder, and remove the folders of killed demos."""
    _remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        # Lock the file before it gets the name that other demos look for.
        new = Path(folder, f"{_LOCK}.new")
        with new.open("wb") as file:
            _try_lock(file)
            new.rename(Path(folder, _LOCK))
            yield folder


def _remove_abandoned() -> None:
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        try:
            # Leave other users' folders alone.
            if lock.parent.lstat().st_uid != os.getuid():
                continue
            with lock.open("rb") as file:
                if _try_lock(file):
                    shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:
            continue


def _try_lock(file: BinaryIO) -> bool:
    """Lock the file; return false if another process holds the lock or the platform has none."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
