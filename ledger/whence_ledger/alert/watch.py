"""The watch: one thread that looks every minute, writes the book, and tells who is to be told."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from whence_contract.address import goes_direct
from whence_ledger.alert.book import Book, advance, load_book, save_book, silence
from whence_ledger.alert.deliver import deliver
from whence_ledger.alert.find import Ask, find
from whence_ledger.alert.rule import Rules

LOOK_SECONDS = 60.0
TELL_SECONDS = 5.0

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Now, as the ledger keeps times: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def _direct(rules: Rules) -> dict[str, None]:
    """The receivers on this machine, which no proxy sees, as httpx wants it."""
    urls = [one.url for one in rules.receivers.values() if goes_direct(one.url)]
    return {f"all://{httpx.URL(url).netloc.decode()}": None for url in urls}


class Watch:
    """``book`` is what is known now. Any thread may read it and silence; only the watch's own looks and tells."""

    def __init__(self, ask: Ask, rules: Rules, path: Path, now: Callable[[], datetime] = utc_now) -> None:
        """Go on with the book at ``path``; one that is damaged is set aside."""
        self.rules = rules
        self._ask, self._path, self._now = ask, path, now
        self._writing = threading.Lock()
        self._client = httpx.Client(follow_redirects=False, mounts=_direct(rules))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        try:
            self.book = load_book(path)
        except ValueError:
            _log.exception("the book of alerts is damaged and was set aside")
            path.replace(path.with_suffix(".damaged"))
            self.book = Book()

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Look no more; what is still to be told is in the book."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        self._client.close()

    def look(self) -> None:
        """Look once. What cannot be asked changes nothing."""
        now = self._now()
        try:
            found = find(self._ask, self.rules, now)
        except Exception:
            _log.exception("the alerts could not be looked for")
            return
        with self._writing:
            self._turn(advance(self.book, found, self.rules, now))

    def tell(self) -> None:
        """Send what is due."""
        before = self.book
        if not before.messages:
            return
        after = deliver(before, self.rules, self._client, self._now())
        with self._writing:
            # A silence may have come meanwhile; nobody else changes messages.
            self._turn(self.book._replace(messages=after.messages, given_up=after.given_up))

    def silence(self, alert: str, subject: str | None, length: timedelta) -> None:
        """Tell nobody of it for so long."""
        with self._writing:
            self._turn(silence(self.book, alert, subject, self._now() + length))

    def _turn(self, book: Book) -> None:
        if book != self.book:
            save_book(book, self._path)
            self.book = book

    def _run(self) -> None:
        looked = 0.0
        while not self._stopped.is_set():
            try:
                if looked <= 0:
                    self.look()
                    looked = LOOK_SECONDS
                self.tell()
            except Exception:
                _log.exception("the alerts could not be written or told")
            self._stopped.wait(TELL_SECONDS)
            looked -= TELL_SECONDS
