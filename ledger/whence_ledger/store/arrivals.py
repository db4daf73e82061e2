"""Choose the sessions in which a server looks for new data: those of which something has arrived lately.

A list of arrivals by time, which keeps a day, saves reading the list of all sessions. Looking in a session in vain
changes nothing.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from clickhouse_connect.driver.client import Client

from whence_contract.units import Microseconds
from whence_ledger.store.batch import ALL

ROOM = timedelta(minutes=5)
"""How long a row may be on its way: an insert dates its rows when it begins and shows them when it ends."""
EVERYWHERE = timedelta(hours=1)
"""How often to look in all sessions nevertheless, for rows that were on their way for longer."""
_PROBE = """
SELECT
    toUnixTimestamp64Micro(now64(6)),
    (SELECT count() FROM whence_recent_arrivals WHERE arrived >= fromUnixTimestamp64Micro({since}))
"""
_LATELY = """
session_id IN (SELECT session_id FROM whence_recent_arrivals WHERE arrived >= fromUnixTimestamp64Micro({since}))
"""
_MICROSECOND = timedelta(microseconds=1)


class Arrivals:
    """How far one server has looked. Not thread-safe."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._since = Microseconds(0)
        self._quiet: timedelta | None = None
        self._all = 0.0

    @contextmanager
    def next(self, quiet: timedelta) -> Iterator[str | None]:
        """Yield the condition on ``session_id`` in ``batch.sql``, or ``None`` if there is no session to look in. If the
        block ends without an error, all those sessions have been divided, but for what may wait less than ``ROOM``. A
        session that was not quiet before has had arrivals for ``quiet``."""
        begun = time.monotonic()
        since = max(0, self._since - (quiet + ROOM) // _MICROSECOND)
        now, count = self._client.query(_PROBE.format(since=since)).result_rows[0]
        is_everywhere = quiet != self._quiet or begun - self._all >= EVERYWHERE.total_seconds()
        yield ALL if is_everywhere else _LATELY.format(since=since) if count else None
        self._since, self._quiet = now, quiet
        if is_everywhere:
            self._all = begun
