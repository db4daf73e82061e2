"""How long people wait for the dashboard, alone and with twenty viewers.

Run it: ``.venv/bin/python tests/bench/dashboard.py [DEVELOPERS [DAYS [FOLDER]]]``; the ledger as in ``questions.py``.
The browser, on the same machine, reports when charts are drawn: a tab is timed from its request until its last chart or
table is drawn, a drawer from the click. No two measurements ask for the same time, so that nothing comes from the
cache. Then twenty viewers each change something every five seconds for half a minute. This measures the server: from a
viewer's message to the end of the answer, over the page's protocol but without browsers, which would use the same
processors. The viewers look at the same days, like people who open the page in the same quarter of an hour.
"""

import asyncio
import itertools
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import socketio

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.questions import end_of, fill
from builders.browser import chromium, new_page
from builders.ledger import running_ledger

RUNS = 7
VIEWERS, SECONDS, EVERY = 20, 30, 5
READY = {
    "overview": "#cost-over-time svg",
    "cost": "#insights li",
    "usage": "#commits-over-time svg",
    "users": "#users tbody tr",
    "repositories": "#repositories tbody tr",
}

# A text in the server's answer for each tab.
LAST = {
    "overview": "power-user",
    "cost": "token-breakdown",
    "usage": "commits-over-time",
    "users": "Lines removed",
    "repositories": "distribution",
}


def median(run: Callable[[], None]) -> float:
    """Return the median of some runs in milliseconds, without the first one, in which the browser fetches scripts."""
    times = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        run()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times[1:])


class Viewer:
    """One page, as the server sees it. ``seconds``: the duration of each answer."""

    def __init__(self, url: str) -> None:
        self.seconds: list[float] = []
        self._url, self._wanted, self._answered = url, "", asyncio.Event()
        self._socket = socketio.AsyncClient()
        self._socket.on("update", self._updated)

    async def open(self, view: str) -> None:
        """Open the page, and connect as its script does."""
        async with httpx.AsyncClient(timeout=120) as client:
            page = (await client.get(f"{self._url}/{view}")).text
        self._id = _found(r"'client_id': '([0-9a-f-]+)'", page)
        self._listener = _found(r'"listener_id":"([0-9a-f-]+)","type":"whenceView"', page)
        query = (
            f"client_id={self._id}&next_message_id=0&implicit_handshake=true&document_id={self._id}&tab_id={self._id}"
        )
        await self._socket.connect(
            f"{self._url}?{query}", socketio_path="/_nicegui_ws/socket.io", transports=["websocket"]
        )

    async def look(self, view: str, wanted: str) -> None:
        """Go to another view, and wait for the part of the answer that contains ``wanted``."""
        self._wanted, begin = wanted, time.perf_counter()
        self._answered.clear()
        event = {"id": 0, "client_id": self._id, "listener_id": self._listener, "args": [json.dumps(view)]}
        await self._socket.emit("event", event)
        await asyncio.wait_for(self._answered.wait(), 60)
        self.seconds.append(time.perf_counter() - begin)

    async def close(self) -> None:
        """Close the page."""
        await self._socket.disconnect()

    def _updated(self, elements: dict[str, Any]) -> None:
        if self._wanted in json.dumps(elements):
            self._answered.set()


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match is not None
    return match[1]


def main(developers: int = 50, days: int = 10, folder: str | None = None) -> None:
    """Fill the ledger, measure tabs and drawers, then twenty viewers."""
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

            # Use a new page: one that has been loaded forty times is slower than a user's.
            with new_page(browser) as page:
                times = []
                for run in range(RUNS):
                    page.goto(address(tab="users"))
                    page.wait_for_selector(READY["users"])
                    # Nobody reads a name before the page has settled.
                    page.wait_for_timeout(1000)
                    begin = time.perf_counter()
                    page.locator("#users tbody tr").nth(run).click()
                    page.wait_for_selector("#drawer-models-over-time svg")
                    times.append((time.perf_counter() - begin) * 1000)
                print(f"  drawer of a user         {statistics.median(times):6.0f} ms from click to drawn")
        with running_ledger(data) as ledger:
            asyncio.run(_viewers(ledger.url, address(tab="overview")))


async def _viewers(url: str, place: str) -> None:
    overview = "?" + urlsplit(place).query
    same = {tab: overview.replace("tab=overview", f"tab={tab}") for tab in LAST}
    viewers = [Viewer(url) for _ in range(VIEWERS)]
    for viewer in viewers:
        await viewer.open(same["overview"])

    async def change(place: int) -> None:
        await asyncio.sleep(place * EVERY / VIEWERS)
        shown = 0
        for number in range(SECONDS // EVERY):
            # Each viewer goes through the tabs in a different order, never to the current one.
            shown = (shown + 1 + (place + number) % (len(LAST) - 1)) % len(LAST)
            tab = list(LAST)[shown]
            begin = time.perf_counter()
            await viewers[place].look(same[tab], LAST[tab])
            await asyncio.sleep(max(0.0, EVERY - (time.perf_counter() - begin)))

    await asyncio.gather(*map(change, range(VIEWERS)))
    for viewer in viewers:
        await viewer.close()
    seconds = sorted(one for viewer in viewers for one in viewer.seconds)
    late = seconds[int(len(seconds) * 0.95)]
    print(f"{VIEWERS} viewers, {len(seconds)} changes, the server's part:")
    print(f"  median {statistics.median(seconds):.2f} s, 95th percentile {late:.2f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])  # type: ignore[arg-type]
