"""What is slow to make and only read: made once in a run, by the first worker that needs it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def shared(temporary: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return the folder ``name`` of this run; ``make`` fills it. Tests may read it and copy it, nothing else.

    https://pytest-xdist.readthedocs.io/en/stable/how-to.html#making-session-scoped-fixtures-execute-only-once
    """
    base = temporary.getbasetemp()
    run = base.parent if base.name.startswith("popen-") else base
    folder, made = run / name, run / f"{name}-is-made"
    with FileLock(run / f"{name}.lock"):
        if not made.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            made.touch()
    return folder
