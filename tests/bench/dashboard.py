"""How long people wait for the dashboard, and how it bears twenty of them.

Run it: ``.venv/bin/python tests/bench/dashboard.py [DEVELOPERS [DAYS [FOLDER]]]``; the ledger as in ``questions.py``.
The browser, on the same machine, tells when charts are drawn: a tab from its request until its last chart or table is
there, a drawer from the click. No two looks ask for the same time, so that nothing is answered from memory. Then twenty
viewers each change something every five seconds for half a minute: from a viewer's click to the server's answer.
"""

import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.questions import end_of, fill
from builders.browser import chromium, new_page
from builders.ledger import running_ledger

RUNS = 7
VIEWERS, SECONDS, EVERY = 20, 30, 5
READY = {
    "overview": "#cost-over-time canvas",
    "cost": "#insights li",
    "usage": "#commits-over-time canvas",
    "users": "#users tbody tr",
    "repositories": "#repositories tbody tr",
}

# What the server's answer holds, of each tab.
LAST = {
    "overview": "power-user",
    "cost": "token-breakdown",
    "usage": "commits-over-time",
    "users": "Lines removed",
    "repositories": "distribution",
}


def median(run: Callable[[], None]) -> float:
    """Of some runs, in milliseconds; the first, in which the browser fetches scripts, does not count."""
    times = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        run()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times[1:])


class Waits:
    """How long one page waited for what it asked the server."""

    def __init__(self, page: Page) -> None:
        self.seconds: list[float] = []
        self._wanted, self._sent = "", 0.0
        page.on("websocket", lambda socket: socket.on("framereceived", self._received))

    def begin(self, wanted: str) -> None:
        """The viewer changes something now; the answer holds ``wanted``."""
        self._wanted, self._sent = wanted, time.perf_counter()

    def _received(self, frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
        if self._wanted and self._wanted in text:
            self.seconds.append(time.perf_counter() - self._sent)
            self._wanted = ""


def main(developers: int = 50, days: int = 10, folder: str | None = None) -> None:
    """Fill, look, click, and look with twenty."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(folder or temporary)
        if not (data / "ledger.duckdb").exists():
            fill(data, developers, days)
        end = end_of(data)
        looks = itertools.count()
        with running_ledger(data) as ledger, chromium() as browser:

            def address(**view: str) -> str:
                until = end - timedelta(minutes=15 * next(looks))
                period = {"from": (until - timedelta(days=days)).isoformat(), "to": until.isoformat()}
                return str(httpx.URL(ledger.url).copy_merge_params(period | view))

            with new_page(browser) as page:
                for tab, ready in READY.items():

                    def look(tab: str = tab, ready: str = ready) -> None:
                        page.goto(address(tab=tab), wait_until="commit")
                        page.wait_for_selector(ready)

                    print(f"  tab {tab:20} {median(look):6.0f} ms from request to drawn")

                times = []
                for run in range(RUNS):
                    page.goto(address(tab="users"))
                    page.wait_for_selector(READY["users"])
                    begin = time.perf_counter()
                    page.locator("#users tbody a").nth(run).click()
                    page.wait_for_selector("#drawer-models-over-time canvas")
                    times.append((time.perf_counter() - begin) * 1000)
                print(f"  drawer of a user         {statistics.median(times):6.0f} ms from click to drawn")
            _viewers(browser, address)


def _viewers(browser: Browser, address: Callable[..., str]) -> None:
    pages = [browser.new_context(viewport={"width": 1000, "height": 700}).new_page() for _ in range(VIEWERS)]
    waits = [Waits(page) for page in pages]
    # They look at the same days, as people do who open the page in the same quarter of an hour.
    place = address(tab="overview")
    for page in pages:
        page.goto(place)
        page.wait_for_selector(READY["overview"])
    tabs = list(LAST)
    shown = [0] * VIEWERS
    begin = time.perf_counter()
    changes = SECONDS * VIEWERS // EVERY
    for number in range(changes):
        viewer = number % VIEWERS
        # Each on a way of their own through the tabs, never to the one they see.
        shown[viewer] = (shown[viewer] + 1 + viewer % (len(tabs) - 1)) % len(tabs)
        waits[viewer].begin(LAST[tabs[shown[viewer]]])
        pages[viewer].get_by_role("tab").nth(shown[viewer]).click()
        pages[viewer].wait_for_timeout(max(0.0, (begin + (number + 1) * EVERY / VIEWERS - time.perf_counter()) * 1000))
    took = time.perf_counter() - begin
    pages[0].wait_for_timeout(3000)
    seconds = sorted(one for wait in waits for one in wait.seconds)
    late = seconds[int(len(seconds) * 0.95)]
    print(f"{VIEWERS} viewers, {changes} changes in {took:.0f} s, {len(seconds)} answered:")
    print(f"  median {statistics.median(seconds):.2f} s, 95th percentile {late:.2f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])  # type: ignore[arg-type]
