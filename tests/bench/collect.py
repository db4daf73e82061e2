"""How fast telemetry gets into ClickHouse through the real Collector, through whence's own receiver, and into a file.

Run it: ``.venv/bin/python tests/bench/collect.py [REQUESTS [POINTS]]``. The same requests, of that many data points,
are sent over HTTP to each, one after the other. A way's time ends when whence has every point. ClickHouse's own engine
runs in a process of its own, behind a small server of the tests.
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.ingest import send
from builders.collector import COLLECTOR, ROOT, TOKEN, running_collector
from builders.ledger import running_ledger
from whence_ledger.demo.encode import metrics_request
from whence_ledger.demo.generate import history, organization

CONFIGURATION = ROOT / "deploy/ledger/collector.yaml"
CONNECTIONS = 256
"""As many machines as send at the same moment. Fewer measure how long one insert takes, not how much fits into it."""
TOKENS = {"WHENCE_INGEST_TOKEN": TOKEN, "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}


def payloads(requests: int, points: int) -> list[bytes]:
    """Return that many requests of different points."""
    day = datetime.now(UTC).date() - timedelta(days=1)

    def every() -> Iterator[object]:
        for seed in range(1_000):
            for rows in history(organization(60), day, 1, seed=seed):
                yield from sorted(rows.points, key=lambda point: point.time)

    left = every()
    return [metrics_request(list(islice(left, points))) for _ in range(requests)]  # type: ignore[arg-type]


@contextmanager
def clickhouse() -> Iterator[str]:
    """Run ClickHouse's engine over HTTP in another process; yield its ``clickhouse://`` URL."""
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    process = context.Process(target=_serve, args=(told,))
    process.start()
    try:
        yield told.get(timeout=120)
    finally:
        process.terminate()
        process.join()


def _serve(told: "multiprocessing.Queue[str]") -> None:
    from fakes.clickhouse_http import clickhouse_over_http

    with clickhouse_over_http() as url:
        told.put(url)
        time.sleep(3600)


def seconds(url: str, bodies: Sequence[bytes], count: Callable[[], int], expected: int) -> float:
    """Send everything and wait until all of it is there; return how long that took."""
    begin = time.perf_counter()
    send(url, bodies, CONNECTIONS, f"Authorization: Bearer {TOKEN}\r\n")
    while (found := count()) < expected:
        assert time.perf_counter() - begin < 600, (found, expected)
        time.sleep(0.05)
    return time.perf_counter() - begin


def counter(url: str, database: str) -> Callable[[], int]:
    """Return what counts the points that whence has in a database."""
    place = f"http://{urlsplit(url).netloc}/?database={database}"

    def count() -> int:
        return int(httpx.post(place, content="SELECT sum(rows) FROM whence_arrivals").raise_for_status().text or 0)

    return count


def main(requests: int = 1_000, points: int = 100) -> None:
    """Send them each way and print the rates."""
    bodies, total = payloads(requests, points), requests * points
    print(f"{requests:,} requests of {points:,} points, on {CONNECTIONS} connections")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with running_ledger(folder / "file", **TOKENS) as ledger:
            file = total / send(ledger.url, bodies, CONNECTIONS, f"Authorization: Bearer {TOKEN}\r\n")
        with clickhouse() as url, running_ledger(folder / "own", "--store", url, **TOKENS) as ledger:
            own = total / seconds(ledger.url, bodies, counter(url, "default"), total)
        assert COLLECTOR.exists(), "tests/run builds the Collector"
        with clickhouse() as url:
            there = {"CLICKHOUSE_ENDPOINT": f"http://{urlsplit(url).netloc}", "CLICKHOUSE_USER": "default"}
            with (
                running_collector(CONFIGURATION, folder, **there, CLICKHOUSE_PASSWORD="any") as collector,
                running_ledger(folder / "through", "--store", url.replace("/default", "/otel"), **TOKENS),
            ):
                through = total / seconds(collector.url, bodies, counter(url, "otel"), total)
    print(f"the ledger's own file:                      {file:10,.0f} points a second")
    print(
        f"whence's receiver into ClickHouse:          {own:10,.0f} points a second, {own / file:.2f} times the file's"
    )
    print(
        f"the Collector into ClickHouse, to whence:   {through:10,.0f} points a second, {through / file:.2f} and "
        f"{through / own:.2f} times the receiver's"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
