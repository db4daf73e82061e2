"""Copies of the ledger beside its file: unique names, and removal of copies that a killed process left."""

import re
import secrets
from pathlib import Path

_NAME = re.compile(r"copy-[0-9a-f]{16}\.duckdb(\.wal.*)?")


def new_copy(folder: Path) -> Path:
    """Return an unused path in ``folder`` for one copy."""
    return folder / f"copy-{secrets.token_hex(8)}.duckdb"


def remove_copy(path: Path) -> None:
    """Remove a copy and the files that DuckDB keeps beside it."""
    path.unlink(missing_ok=True)
    Path(f"{path}.wal").unlink(missing_ok=True)


def remove_copies(folder: Path) -> None:
    """Remove the copies of earlier processes. The caller must hold the lock of the ledger in ``folder``."""
    for path in folder.iterdir():
        if _NAME.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)
