"""The journal of imports: which sessions this machine has imported, and until when, so that none is counted twice.

A session is entered before it is sent. One that was not sent whole is sent again, the same as the first time: what it
went on to do after that, telemetry may have told.
"""

import json
from pathlib import Path
from typing import NamedTuple

from whence_contract.private_file import write_private
from whence_contract.units import Nanoseconds
from whence_hook.machine.spool import state_directory


class Entry(NamedTuple):
    """``until``: the last moment of the session that was imported. ``done``: all of it was accepted."""

    until: Nanoseconds
    done: bool


def journal_path() -> Path:
    """Beside the hook's spool."""
    return Path(state_directory(), "imported.json")


def load_journal() -> dict[str, Entry]:
    """Entries by ledger and session."""
    try:
        data = json.loads(journal_path().read_text(encoding="utf-8"))
        return {key: Entry(Nanoseconds(int(until)), bool(done)) for key, (until, done) in data.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def save_journal(entries: dict[str, Entry]) -> None:
    """Write them all."""
    write_private(journal_path(), json.dumps(entries) + "\n")
