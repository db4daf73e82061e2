"""The alert thread: evaluates the rules every minute, saves the state and sends notifications.

If several servers share a database, one of them does this; the others read its results.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

from whence_contract.address import goes_direct
from whence_ledger.alert.book import Book, Silence, advance
from whence_ledger.alert.deliver import deliver
from whence_ledger.alert.find import Ask, find
from whence_ledger.alert.keep import Kept
from whence_ledger.alert.rule import Rules

LOOK_SECONDS = 60.0
TELL_SECONDS = 5.0

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the current time as the ledger stores it: UTC, naive."""
    return datetime.now(UTC).replace(tzinfo=None)


def _direct(rules: Rules) -> dict[str, None]:
    """Return httpx mounts that reach receivers on this machine without a proxy."""
    urls = [one.url for one in rules.receivers.values() if goes_direct(one.url)]
    return {f"all://{httpx.URL(url).netloc.decode()}": None for url in urls}


class Watch:
    """``book`` is the current state. Any thread may read it and add silences; only the alert thread changes the
    rest."""

    def __init__(self, ask: Ask, rules: Rules, kept: Kept, now: Callable[[], datetime] = utc_now) -> None:
        """Load the state."""
        self.rules = rules
        self._ask, self._kept, self._now = ask, kept, now
        self._writing = threading.Lock()
        self._client = httpx.Client(follow_redirects=False, mounts=_direct(rules))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self.book = kept.load()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop the thread. Undelivered messages stay in the book."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        self._client.close()
        try:
            self._kept.close()
        except Exception as error:
            _log.warning("Could not let another server evaluate the alerts: %s", error)

    def refresh(self) -> bool:
        """Read the state if several servers share it. Return whether this server evaluates and notifies."""
        leads = self._kept.leads()
        if self._kept.shared:
            with self._writing:
                self.book = self._kept.load()
        return leads

    def look(self) -> None:
        """Evaluate the rules once. If a query fails, change nothing."""
        now = self._now()
        try:
            found = find(self._ask, self.rules, now)
        except Exception as error:
            _log.warning("Could not evaluate the alert rules: %s", error)
            return
        with self._writing:
            self._turn(advance(self.book, found, self.rules, now))

    def tell(self) -> None:
        """Send the messages that are due."""
        before = self.book
        if not before.messages:
            return
        after = deliver(before, self.rules, self._client, self._now(), self._kept.leads)
        with self._writing:
            # A silence may have been added meanwhile. Only this thread changes messages.
            self._turn(self.book._replace(messages=after.messages, given_up=after.given_up))

    def silence(self, alert: str, subject: str | None, length: timedelta) -> None:
        """Suppress an alert's notifications for ``length``; zero ends a silence."""
        with self._writing:
            self.book = self._kept.silence(self.book, Silence(alert, subject, self._now() + length))

    def _turn(self, book: Book) -> None:
        if book != self.book:
            self._kept.save(book)
            self.book = book

    def _run(self) -> None:
        looked, told = 0.0, ""
        while not self._stopped.is_set():
            try:
                if self.refresh():
                    if looked <= 0:
                        self.look()
                        looked = LOOK_SECONDS
                    self.tell()
                told = ""
            except Exception as error:
                if str(error) != told:
                    _log.warning("Could not evaluate the alerts, save them or send notifications: %s", error)
                told = str(error)
            self._stopped.wait(TELL_SECONDS)
            looked -= TELL_SECONDS
