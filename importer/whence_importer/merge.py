"""Merge the transcripts of a machine into sessions, so that each item counts once."""

from collections.abc import Iterable
from typing import NamedTuple

from whence_contract.units import Nanoseconds
from whence_importer.transcript import Call, Request, Transcript


class Past(NamedTuple):
    """One session."""

    requests: list[Request]
    calls: list[Call]

    def until(self, moment: Nanoseconds) -> "Past":
        """What there was of it until a moment, that included."""
        calls = [call for call in self.calls if call.record.time <= moment]
        return Past([one for one in self.requests if one.time <= moment], calls)

    @property
    def times(self) -> list[Nanoseconds]:
        """When something was."""
        return [*(one.time for one in self.requests), *(call.record.time for call in self.calls)]


class Read(NamedTuple):
    """``unpriced``: models without a known price. ``unreadable``: damaged lines."""

    sessions: dict[str, Past]
    unpriced: set[str]
    unreadable: int


def combine(transcripts: Iterable[Transcript]) -> Read:
    """Every session. What stands in several transcripts belongs to the one that was begun first: the others, which were
    forked from it, have copies."""
    sessions: dict[str, Past] = {}
    unpriced: set[str] = set()
    seen: set[str] = set()
    unreadable = 0
    for transcript in sorted(transcripts, key=lambda one: one.begun):
        unreadable += transcript.unreadable
        for request in transcript.requests:
            if request.id not in seen:
                seen.add(request.id)
                sessions.setdefault(request.session, Past([], [])).requests.append(request)
                if request.cost_usd is None:
                    unpriced.add(request.model)
        for call in transcript.calls:
            if call.id not in seen:
                seen.add(call.id)
                sessions.setdefault(call.record.session, Past([], [])).calls.append(call)
    return Read(sessions, unpriced, unreadable)
