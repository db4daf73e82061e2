"""Cases: what people decided about a user's spend on a repository. No figure depends on them."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple

MAX_NOTE = 2000
"""The most characters in a note."""


class Status(StrEnum):
    """The status of a case."""

    NEW = "new"
    LEGITIMATE = "legitimate"
    TALKED_TO = "talked-to"
    MOVED = "moved"
    DISMISSED = "dismissed"

    @property
    def is_settled(self) -> bool:
        """Return whether nothing is left to do, unless the spend continues. ``sql/*/views.sql`` has the same rule."""
        return self in {Status.LEGITIMATE, Status.MOVED, Status.DISMISSED}


class Case(NamedTuple):
    """A decision. ``repository``: its key. ``day``: it settles the spend up to the end of this day (UTC).
    ``decided_by``: who decided, if the ledger knows."""

    user: str
    repository: str
    status: Status
    note: str
    day: date
    decided_by: str


class NoCaseError(Exception):
    """The user has no spend on the repository; the message says so."""
