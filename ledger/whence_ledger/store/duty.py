"""Elect the server that evaluates the alerts among those that share a ClickHouse, and share the alerts' state.

The server that has been running longest leads. A server that was not seen for ``LEASE`` is gone; if it comes back, it
counts as new. So each leader started later than the one before, and the state written by the latest leader is valid.
Times are ClickHouse's.
"""

import secrets
import threading
import time
from datetime import datetime, timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from whence_contract.units import Microseconds
from whence_ledger.store.refusal import in_words

LEASE = timedelta(seconds=90)
SETTLE = timedelta(seconds=5)
"""How long a server waits before it may lead, so that servers that start at the same time see each other."""
_BEATS_A_LEASE = 6
_EPOCH = datetime(1970, 1, 1)

_SEE = "INSERT INTO whence_servers SELECT {server:String}, {since:Int64}, now64(6), {is_gone:UInt8}"
_LEADER = """
SELECT server
FROM (
    SELECT server, min(since) AS first, max(seen) AS last, max(is_gone) AS left
    FROM whence_servers
    GROUP BY server
)
WHERE left = 0 AND last > now64(6) - toIntervalMillisecond({lease:Int64})
ORDER BY first, server
LIMIT 1
"""
_WAITED = "SELECT toUnixTimestamp64Micro(now64(6)) >= {since:Int64} + {settle:Int64}"
_STATE = "SELECT state FROM whence_alerts ORDER BY since DESC, at DESC LIMIT 1"
_SILENCES = """
SELECT alert, if(is_general, NULL, subject), until FROM whence_silences FINAL ORDER BY alert, is_general, subject
"""


class Duty:
    """One of the servers that share the database. Any thread may use it."""

    def __init__(self, client: Client, place: str, lease: timedelta = LEASE, settle: timedelta = SETTLE) -> None:
        self._client, self._place, self._lease, self._settle = client, place, lease, settle
        self._lock = threading.Lock()
        self._server = ""
        self._since = Microseconds(0)
        self._seen = 0.0

    def leads(self) -> bool:
        """Announce that this server is running; return whether it leads. Raises ``StoreError``."""
        with self._lock, in_words(self._place):
            now, lease = time.monotonic(), self._lease.total_seconds()
            if not self._server or now - self._seen > lease / 2:
                self._server = secrets.token_hex(8)
                self._since = Microseconds(self._ask("SELECT toUnixTimestamp64Micro(now64(6))")[0][0])
                self._see(now, 0)
            elif now - self._seen > lease / _BEATS_A_LEASE:
                self._see(now, 0)
            settle = self._settle // timedelta(microseconds=1)
            if not self._ask(_WAITED, since=self._since, settle=settle)[0][0]:
                return False
            leader = self._ask(_LEADER, lease=round(self._lease / timedelta(milliseconds=1)))
            return leader == [(self._server,)]

    def close(self) -> None:
        """Let another server lead at once."""
        with self._lock, in_words(self._place):
            if self._server:
                self._see(time.monotonic(), 1)
                self._server = ""

    def read(self) -> str:
        """Return the state of the alerts; empty if there is none yet."""
        with in_words(self._place):
            return str(next(iter(self._ask(_STATE)), ("",))[0])

    def write(self, state: str) -> None:
        """Write the state of the alerts; it is ignored if another server has led since."""
        with in_words(self._place):
            self._client.insert("whence_alerts", [(self._since, state)], column_names=("since", "state"))

    def silences(self) -> list[tuple[str, str | None, datetime]]:
        """Return the silences: alert, subject (``None``: all), and end (UTC, naive)."""
        with in_words(self._place):
            return [
                (alert, subject, _EPOCH + timedelta(microseconds=until))
                for alert, subject, until in self._ask(_SILENCES)
            ]

    def silence(self, alert: str, subject: str | None, until: datetime) -> None:
        """Add a silence, replacing an earlier one of the same alert and subject."""
        row = (alert, int(subject is None), subject or "", (until - _EPOCH) // timedelta(microseconds=1))
        with in_words(self._place):
            self._client.insert("whence_silences", [row], column_names=("alert", "is_general", "subject", "until"))

    def _see(self, now: float, is_gone: int) -> None:
        parameters = {"server": self._server, "since": self._since, "is_gone": is_gone}
        self._client.command(_SEE, parameters=parameters, settings={"session_timezone": "UTC"})
        self._seen = now

    def _ask(self, question: str, **parameters: Any) -> list[tuple[Any, ...]]:
        answer = self._client.query(question, parameters=parameters, settings={"session_timezone": "UTC"})
        return [tuple(row) for row in answer.result_rows]
