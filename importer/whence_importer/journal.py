"""The journal of imports: the sessions that this machine has imported, and until when, so that none is counted twice.

A session is recorded before it is sent. If it was not sent completely, the next import sends it again, up to the same
time as before, because telemetry may already have reported what the session did after that.
"""

import json
from pathlib import Path
from typing import NamedTuple

from whence_contract.private_file import write_private
from whence_contract.units import Nanoseconds
from whence_hook.machine.spool import state_directory


class Entry(NamedTuple):
    """``until``: the time up to which the session was imported. ``done``: whether all of it was sent."""

    until: Nanoseconds
    done: bool


def journal_path() -> Path:
    """Return the path of the journal, beside the hook's spool."""
    return Path(state_directory(), "imported.json")


def load_journal() -> dict[str, Entry]:
    """Return the entries, by ledger and session; empty if the journal is missing or unreadable."""
    try:
        data = json.loads(journal_path().read_text(encoding="utf-8"))
        return {key: Entry(Nanoseconds(int(until)), bool(done)) for key, (until, done) in data.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def save_journal(entries: dict[str, Entry]) -> None:
    """Replace the journal with these entries. Raises ``OSError``."""
    write_private(journal_path(), json.dumps(entries) + "\n")
