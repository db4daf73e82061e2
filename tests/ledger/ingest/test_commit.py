"""Requests that arrive together are stored together, and each is answered when it is stored."""

import asyncio
import time
from contextlib import closing
from datetime import datetime

import pytest

from builders.event_loop import run
from whence_ledger.ingest.commit import Committer
from whence_ledger.model.exported import Exported
from whence_ledger.store.damage import StoreError


class Counted:
    """A store that keeps only how many requests each write had."""

    def __init__(self) -> None:
        self.writes: list[int] = []

    def insert(self, rows: Exported) -> None:
        self.writes.append(len(rows.metrics))

    def tidy(self) -> None:
        """Do nothing."""

    def forget(self, before: datetime) -> None:
        """Do nothing."""


async def commit(committer: Committer, requests: int) -> None:
    await asyncio.gather(*(committer.commit(Exported([{}])) for _ in range(requests)))


def test_a_request_alone_does_not_wait_for_others() -> None:
    store = Counted()
    with closing(Committer(store, gathers=3600, tidies=False)) as committer:
        run(commit(committer, 1))
    assert store.writes == [1]


def test_writes_are_as_far_apart_as_they_must_be_and_take_everything_that_came_meanwhile() -> None:
    store, gathers = Counted(), 0.05
    begin = time.monotonic()
    with closing(Committer(store, gathers=gathers, tidies=False)) as committer:
        for _ in range(20):
            run(commit(committer, 10))
    assert sum(store.writes) == 200
    assert len(store.writes) <= 1 + (time.monotonic() - begin) / gathers


def test_a_store_that_takes_nothing_is_reported_once_a_minute_and_every_request_is_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Gone(Counted):
        def insert(self, rows: Exported) -> None:
            raise StoreError("It is gone.")

    with closing(Committer(Gone(), tidies=False)) as committer:
        for _ in range(20):
            with pytest.raises(StoreError, match="It is gone"):
                run(commit(committer, 1))
    assert caplog.messages == ["Requests that could not be stored: 1. It is gone."]
