"""Write files atomically, readable by their owner only."""

import os
import time
from pathlib import Path


def write_private(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Replace ``path`` with ``content``, atomically and durably.

    After a power cut, the file has either the old or the new content. Creates missing folders, which only the owner can
    open unless ``mode`` lets others read. Raises ``OSError``.
    """
    path.parent.mkdir(mode=mode | (mode & 0o444) >> 2, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _replace(new: Path, path: Path) -> None:
    """Replace ``path`` with ``new``. Windows refuses while another process reads it: retry for a second."""
    for _ in range(20 if os.name == "nt" else 0):
        try:
            os.replace(new, path)
        except PermissionError:
            time.sleep(0.05)
        else:
            return
    os.replace(new, path)
