"""Merge a machine's transcripts into sessions, so that each item counts once."""

from collections.abc import Iterable
from typing import NamedTuple

from whence_contract.units import Nanoseconds
from whence_importer.transcript import Call, Request, Transcript


class Past(NamedTuple):
    """A past session: the model's answers, and the tool calls and prompts."""

    requests: list[Request]
    calls: list[Call]

    def until(self, moment: Nanoseconds) -> "Past":
        """Return the part of the session up to and including a time."""
        calls = [call for call in self.calls if call.record.time <= moment]
        return Past([one for one in self.requests if one.time <= moment], calls)

    @property
    def times(self) -> list[Nanoseconds]:
        """Return the times of all requests and calls."""
        return [*(one.time for one in self.requests), *(call.record.time for call in self.calls)]


class Read(NamedTuple):
    """The sessions by id. ``unpriced``: models without a known price. ``unreadable``: number of damaged lines."""

    sessions: dict[str, Past]
    unpriced: set[str]
    unreadable: int


def combine(transcripts: Iterable[Transcript]) -> Read:
    """Return all sessions.

    An item that is in several transcripts belongs to the one that began first: the others were forked from it and
    contain copies.
    """
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
