"""How long every tab and every kind of drawer takes, from the click or the address to the last card drawn.

Run it: ``.venv/bin/python tests/bench/pages.py [DEVELOPERS [DAYS [FOLDER [STORE]]]]``; the ledger as in
``questions.py``, with metrics every quarter of an hour. STORE: the address of a ClickHouse into which the ledger in
FOLDER was copied. A page reports each change of its content itself; what changed last before it was
quiet for ``QUIET_MILLISECONDS`` is the end. "visit" opens the address in a browser that has never seen the ledger, so
that it fetches and compiles all scripts; "click" changes the tab of an open page or opens a drawer. No two runs ask for
the same time or the same name, so that nothing comes from the cache.

The baseline is the framework's part: a NiceGUI page of our own server with one chart and one table, and a click that
draws another of each. Each line has the median in milliseconds, its ratio to the baseline, the processor time of server
and browser, and the time of the questions: their sum, and how long any of them ran.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.questions import end_of, fill
from builders.browser import chromium, new_page
from builders.ledger import Ledger, free_port, running_ledger

RUNS = 5
QUIET_MILLISECONDS = 700
EXPORT_SECONDS = 900
TABS = {
    "overview": ("Overview", "cost-over-time"),
    "cost": ("Cost", "insights"),
    "usage": ("Usage", "tools"),
    "users": ("Users", "coverage"),
    "repositories": ("GitHub repos", "repositories"),
}
"""Each tab's title and last card."""
DRAWERS = {
    "user": "drawer-active-time",
    "unmanaged": "drawer-active-time",
    "repository": "drawer-history",
    "label": "drawer-spenders",
    "session": "drawer-tools",
}
"""Each drawer's last card."""
WATCH = """
window.drawn = 0;
new MutationObserver(all => {
  const ours = all.some(one => one.target.closest?.(".content, .drawer"));
  if (ours) requestAnimationFrame(() => setTimeout(() => { window.drawn = performance.now(); }));
}).observe(document, { childList: true, subtree: true });
addEventListener("click", () => { window.clicked = performance.now(); }, true);
"""


class Run(NamedTuple):
    """One measured page. Milliseconds: ``elapsed``; processor time of ``server`` and ``browser``; ``asking``: the sum
    of the questions' times; ``busy``: how long any of them ran."""

    elapsed: float
    server: float
    browser: float
    asking: float
    busy: float


class Meter:
    """Measures one server and one browser. ``log``: the file of ``serve``."""

    def __init__(self, browser: Browser, server: int, log: Path) -> None:
        self.browser, self._server, self._log = browser, server, log
        self._read = 0

    def measure(self, page: Page, act: Callable[[], Any], last: str) -> Run:
        """Return how long it takes from ``act`` until the card ``last`` and everything else is drawn."""
        self._asked()
        server, browser = _milliseconds(self._server), _of_browser()
        act()
        page.wait_for_selector(f"#{last}")
        quiet = f"() => window.drawn && performance.now() - window.drawn > {QUIET_MILLISECONDS}"
        page.wait_for_function(quiet, polling=50)
        elapsed = page.evaluate("window.drawn - (window.clicked ?? 0)")
        spans = sorted(self._asked())
        busy, end = 0.0, 0.0
        for begin, until in spans:
            busy += max(0.0, until - max(begin, end))
            end = max(end, until)
        asking = sum(until - begin for begin, until in spans)
        server, browser = _milliseconds(self._server) - server, _of_browser() - browser
        return Run(elapsed, server, browser, asking * 1000, busy * 1000)

    def _asked(self) -> list[tuple[float, float]]:
        """Return when the questions since the last call began and ended."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        new, self._read = lines[self._read :], len(lines)
        return [(begin, end) for _, begin, end in map(json.loads, new)]


def _milliseconds(process: int) -> float:
    """Return the processor time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1000


def _of_browser() -> float:
    """Return the processor time of the browser's processes, which are this one's descendants."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in table.splitlines()]
    ours, before = {os.getpid()}, 0
    while len(ours) > before:
        before = len(ours)
        ours |= {int(pid) for pid, parent, _ in rows if int(parent) in ours}
    total = 0.0
    for pid, _, command in rows:
        if int(pid) in ours and "chrom" in command:
            try:
                total += _milliseconds(int(pid))
            except OSError:
                continue
    return total


def serve(log: str, arguments: list[str]) -> None:
    """Run ``whence`` with these arguments, and write the begin and end of each question to a file."""
    from whence_cli.main import main as whence
    from whence_ledger.store.clickhouse import ClickHouseStore
    from whence_ledger.store.store import Store

    def note(question: str, begin: float) -> None:
        with Path(log).open("a") as file:
            file.write(json.dumps([question, begin, time.monotonic()]) + "\n")

    def logged(ask: Any) -> Any:
        def asked(store: Any, question: str, *more: Any) -> Any:
            begin = time.monotonic()
            try:
                return ask(store, question, *more)
            finally:
                note(question, begin)

        return asked

    def logged_together(store: Store, asked: Any, *more: Any) -> Iterator[list[dict[str, Any]]]:
        begin = time.monotonic()
        try:
            yield from ask_together(store, asked, *more)
        finally:
            note(" + ".join(question for question, _ in asked), begin)

    ask_together = Store.ask_together
    Store.ask_together = logged_together  # type: ignore[method-assign, assignment]
    Store.ask, ClickHouseStore.ask = logged(Store.ask), logged(ClickHouseStore.ask)  # type: ignore[method-assign]
    sys.argv = ["whence", *arguments]
    whence()


def bare(port: str) -> None:
    """Serve the baseline's page."""
    from nicegui import ui

    @ui.page("/")
    def index() -> None:
        content = ui.element("div").classes("content")

        def draw() -> None:
            days = [f"day {day}" for day in range(30)]
            bars = {"type": "bar", "data": list(range(30))}
            options = {"animation": False, "xAxis": {"type": "category", "data": days}, "yAxis": {}, "series": [bars]}
            columns = [{"name": name, "label": name, "field": name} for name in "abcdefghij"]
            with content, ui.element("section").props('id="last"'):
                ui.echart(options, renderer="svg")
                ui.table(columns=columns, rows=[{name: f"{name}{row}" for name in "abcdefghij"} for row in range(25)])

        ui.button("More", on_click=draw)
        draw()

    ui.run(port=int(port), reload=False, show=False, show_welcome_message=False)


@contextmanager
def bare_server() -> Iterator[tuple[str, int]]:
    """Yield the address and process of the baseline's server."""
    port = free_port()
    process = subprocess.Popen([sys.executable, __file__, "--bare", str(port)], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                assert process.poll() is None, "the baseline ended"
                time.sleep(0.05)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)


def measure_bare(browser: Browser, folder: Path) -> tuple[list[Run], list[Run]]:
    """Return the baseline of visits and of clicks."""
    with bare_server() as (url, process):
        meter, visits, clicks = Meter(browser, process, folder / "none"), [], []
        for _ in range(RUNS + 1):
            with new_page(browser) as page:
                page.add_init_script(WATCH)
                visits.append(meter.measure(page, partial(page.goto, url, wait_until="commit"), "last"))
                click = page.get_by_text("More").click
                clicks.append(meter.measure(page, click, "last"))
        return visits[1:], clicks[1:]


class Bench(NamedTuple):
    """``end``: of the ledger's last day. ``days``: in it. ``turn``: numbers that no other run has."""

    meter: Meter
    ledger: Ledger
    end: datetime
    days: int
    turn: "count[int]"

    def address(self, **view: str) -> str:
        """Return the address of a view of a period that no other has."""
        until = self.end - timedelta(minutes=15 * next(self.turn))
        period = {"from": (until - timedelta(days=self.days)).isoformat(), "to": until.isoformat()}
        return str(httpx.URL(self.ledger.url).copy_merge_params(period | view))

    def visits(self, tab: str) -> list[Run]:
        """Open a tab in new browsers."""
        runs = []
        for _ in range(RUNS + 1):
            with new_page(self.meter.browser) as page:
                page.add_init_script(WATCH)
                visit = partial(page.goto, self.address(tab=tab), wait_until="commit")
                runs.append(self.meter.measure(page, visit, TABS[tab][1]))
        return runs[1:]

    def clicks(self) -> dict[str, list[Run]]:
        """Go through the tabs of open pages."""
        runs: dict[str, list[Run]] = {tab: [] for tab in TABS}
        for _ in range(RUNS):
            with new_page(self.meter.browser) as page:
                page.add_init_script(WATCH)
                page.goto(self.address(tab="users"))
                page.wait_for_selector("#coverage")
                page.wait_for_timeout(1000)
                for tab, (title, last) in TABS.items():
                    click = page.get_by_role("tab", name=title).click
                    runs[tab].append(self.meter.measure(page, click, last))
        return runs

    def drawers(self, kind: str) -> list[Run]:
        """Open a drawer of this kind, each time about another name, from where people open it."""
        runs = []
        names = self.names(kind)
        for name in (names * (RUNS + 1))[: RUNS + 1]:
            with new_page(self.meter.browser) as page:
                page.add_init_script(WATCH)
                tab, place = {
                    "user": ("users", f"#users tbody tr >> text={name}"),
                    "unmanaged": ("repositories", f"#unmanaged tbody tr >> text={name}"),
                    "repository": ("repositories", f"#repositories tbody tr >> text={name}"),
                    "label": ("repositories", f"#managed .legend button >> text={name}"),
                    "session": ("users", "#drawer-session-list tbody tr"),
                }[kind]
                view = {"tab": tab} | ({"drawer": f"user:{name}"} if kind == "session" else {})
                page.goto(self.address(**view))
                page.wait_for_selector("#drawer-active-time" if kind == "session" else f"#{TABS[tab][1]}")
                page.wait_for_timeout(1000)
                row = page.locator(place).first
                runs.append(self.meter.measure(page, row.click, DRAWERS[kind]))
        return runs[1:]

    def names(self, kind: str) -> list[str]:
        """Return what to open drawers about."""
        period = {"from": (self.end - timedelta(days=self.days)).isoformat(), "to": self.end.isoformat()}
        match kind:
            case "label":
                return ["Unmanaged", "Managed"]
            case "repository":
                return [
                    row["repository"]
                    for row in self.ledger.get("repositories", limit=20, **period)
                    if row["repository"]
                ]
            case "unmanaged":
                return [row["user"] for row in self.ledger.get("unmanaged", limit=5, **period)]
            case _:
                return [row["user"] for row in self.ledger.get("users", limit=20, **period)]


def show(name: str, runs: list[Run], baseline: list[Run]) -> None:
    """Print a line of medians."""
    middle = Run(*(statistics.median(values) for values in zip(*runs, strict=True)))
    ratio = middle.elapsed / statistics.median(run.elapsed for run in baseline)
    print(
        f"  {name:26} {middle.elapsed:5.0f} ms, {ratio:4.1f} times the baseline; shortest {min(runs).elapsed:5.0f} ms; "
        f"server {middle.server:4.0f}, browser {middle.browser:4.0f}, questions {middle.asking:4.0f}, "
        f"in {middle.busy:4.0f}",
        flush=True,
    )


def main(developers: int = 50, days: int = 10, folder: str | None = None, store: str | None = None) -> None:
    """Fill the ledger, measure the baseline, all tabs and all kinds of drawers."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(folder or temporary)
        if not (data / "ledger.duckdb").exists():
            fill(data, developers, days, EXPORT_SECONDS)
        end, log = end_of(data), Path(temporary) / "questions"
        under = (sys.executable, __file__, "--serve", str(log))
        print(f"load {os.getloadavg()[0]:.1f}; medians of {RUNS}, in milliseconds")
        with chromium() as browser:
            visit, click = measure_bare(browser, Path(temporary))
            show("baseline, visit", visit, visit)
            show("baseline, click", click, click)
            place = (Path(temporary) / "server", "--store", store) if store else (data,)
            with running_ledger(*place, under=under) as ledger:
                bench = Bench(Meter(browser, ledger.process, log), ledger, end, days, count(1))
                for tab, runs in bench.clicks().items():
                    show(f"tab {tab}, click", runs, click)
                for tab in TABS:
                    show(f"tab {tab}, visit", bench.visits(tab), visit)
                for kind in DRAWERS:
                    show(f"drawer {kind}, click", bench.drawers(kind), click)
        print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--serve", log, _, *arguments]:
            serve(log, arguments)
        case ["--bare", port]:
            bare(port)
        case _:
            main(*map(int, sys.argv[1:3]), *sys.argv[3:])  # type: ignore[arg-type]
