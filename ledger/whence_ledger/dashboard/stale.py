"""Say that figures are old, and since when: the ledger does not answer, or it cannot add what has arrived."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from starlette.datastructures import State

from whence_ledger.dashboard.view import View

LATE = timedelta(minutes=1)
"""How old what questions see may be: many times what a healthy server needs to add what has arrived."""
_RETRIES = "This page retries automatically."


class Answered(NamedTuple):
    """What the page shows, and when it was asked (UTC)."""

    view: View
    at: datetime


def reason_of(server: State, shown: Answered | None, zone: tzinfo, failed: bool) -> str:
    """Return what to tell of old figures; an empty text if they are not old. ``shown``: the figures on the page.
    ``failed``: whether the last attempt to renew them did."""
    if failed and shown:
        return f"The ledger does not answer. These figures are of {_told(shown.at, zone)}. {_RETRIES}"
    if failed:
        last: datetime | None = server.turns.answered
        since = f" Its last answer was at {_told(last, zone)}." if last else ""
        return f"The ledger does not answer.{since} {_RETRIES}"
    as_of: datetime | None = server.store.brought_up
    if as_of and datetime.now(UTC) - as_of > LATE:
        since = _told(as_of, zone)
        return f"What arrived after {since} is not in these figures yet. If this stays, the ledger's log says why."
    return ""


def _told(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
