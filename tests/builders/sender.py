"""A client that loses nothing: it sends each request until it is acknowledged, as an exporter with a queue does."""

import threading
import time
from collections.abc import Mapping, Sequence

import httpx

from builders.ledger import JSON
from builders.telemetry import NOON, cost, logs, metrics, span, traces


class Sender(threading.Thread):
    """``urls``: where it sends, to the next one when one fails. ``headers``: of every request. ``pause``: seconds
    after each round. ``over``: when set, it ends after the current round. ``acknowledged``: rounds; each has two data
    points of $1.00 and $0.50, one API request of $0.25, and one span."""

    def __init__(self, number: int, headers: Mapping[str, str] = {}, pause: float = 0) -> None:
        super().__init__(daemon=True)
        self.number = number
        self.urls: Sequence[str] = ()
        self.over = threading.Event()
        self.acknowledged = 0
        self._headers, self._pause = JSON | dict(headers), pause
        self._failures = number

    def run(self) -> None:
        """Send until it is over."""
        place = 0
        while not self.over.is_set():
            place += 1
            session, at = f"s{self.number}-{place % 7}", NOON + self.number * 10**9 + place
            points = (cost(1.0, session, at=at), cost(0.5, session, at=at, model="claude-haiku-4-5"))
            self._deliver("metrics", metrics(*points))
            self._deliver("logs", logs("api_request", session, at=at, cost__usd=0.25, prompt_id="p"))
            self._deliver("traces", traces(span("https://github.com/acme/api", session, at=at)))
            self.acknowledged = place
            time.sleep(self._pause)

    def _deliver(self, name: str, body: bytes) -> None:
        while True:
            url = self.urls[self._failures % len(self.urls)]
            try:
                answer = httpx.post(f"{url}/v1/{name}", content=body, headers=self._headers, timeout=5)
                if answer.status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            self._failures += 1
            time.sleep(0.02)


def wait_for_rounds(senders: Sequence[Sender], more: int = 1) -> None:
    """Wait until each client has had ``more`` rounds acknowledged."""
    wanted = [sender.acknowledged + more for sender in senders]
    while any(sender.acknowledged < count for sender, count in zip(senders, wanted, strict=True)):
        time.sleep(0.02)


def finish(senders: Sequence[Sender], more: int = 1) -> int:
    """End each client after ``more`` rounds; return how many rounds were acknowledged."""
    wait_for_rounds(senders, more)
    for sender in senders:
        sender.over.set()
    for sender in senders:
        sender.join()
    return sum(sender.acknowledged for sender in senders)
