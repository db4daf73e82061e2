"""Files for their owner only."""

import os
from pathlib import Path


def write_private(path: Path, content: str) -> None:
    """Write ``content`` in one step that survives a power cut: afterwards the file is either the old or the new one."""
    new = path.with_name(path.name + ".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
