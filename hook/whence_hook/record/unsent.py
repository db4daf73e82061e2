"""Limit the spool of the plugin's hook, which cannot send anything until it is set up."""

import os
import time

from whence_hook.machine import spool

MAX_BYTES = 64_000_000
MAX_SECONDS = 30 * 86_400


def shed() -> int:
    """Drop the oldest spools that are too old or, together, too large, and log it; return the number of removed
    files."""
    files = []
    with os.scandir(spool.spool_directory()) as entries:
        for entry in entries:
            if entry.name.endswith(".jsonl"):
                status = entry.stat()
                files.append((status.st_mtime, status.st_size, entry.path))
    total, lost = sum(size for _, size, _ in files), 0
    for written, size, path in sorted(files):
        if total <= MAX_BYTES and time.time() - written <= MAX_SECONDS:
            break
        try:
            os.unlink(path)
        except OSError:
            # On Windows, another hook has it open.
            continue
        total -= size
        lost += 1
    if lost:
        from whence_hook.machine.log import log

        log(f"record: dropped the unsent records of {lost} sessions. Run /whence:setup in Claude Code.")
    return lost
