"""Whether many readers all get answers, and how long telemetry takes meanwhile.

Run it: ``.venv/bin/python tests/bench/readers.py [READERS [SECONDS [FOLDER]]]``. A ledger of 50,000 sessions is served
(the one in FOLDER, which is filled if it is empty). A separate process sends telemetry at a steady rate: first alone,
then while READERS request reports without a pause, each a different one with a different range, then alone again. The
baseline is the telemetry alone, in the same run. Readers, sender and server share the machine.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.questions import end_of, fill
from builders.ledger import JSON, Ledger, running_ledger
from builders.telemetry import cost, metrics

DEVELOPERS, DAYS, EXPORT_SECONDS = 430, 30, 300
REQUESTS_PER_SECOND, SESSIONS = 20, 50
REPORTS: tuple[str, ...] = ("overview", "cost", "models", "usage", "tools", "users", "repositories", "labels")
REPORTS += ("unmanaged", "sessions", "series", "series/user", "series/repository", "insights", "spenders")


def send(url: str, seconds: float) -> list[float]:
    """Send telemetry at a steady rate, each request from a different machine and without waiting for the others; return
    the milliseconds of each, counted from when it was due."""

    async def run() -> list[float]:
        async with httpx.AsyncClient(timeout=120, verify=False) as client:  # noqa: S501 loopback, without TLS
            begin = time.perf_counter()

            async def one(number: int) -> float:
                due = begin + number / REQUESTS_PER_SECOND
                await asyncio.sleep(due - time.perf_counter())
                body = metrics(cost(0.01, f"bench-{number % SESSIONS}", at=time.time_ns()))
                answer = await client.post(f"{url}/v1/metrics", content=body, headers=JSON)
                answer.raise_for_status()
                return (time.perf_counter() - due) * 1000

            return list(await asyncio.gather(*map(one, range(int(seconds * REQUESTS_PER_SECOND)))))

    return asyncio.run(run())


def crowd(
    sender: ProcessPoolExecutor, ledger: Ledger, end: datetime, readers: int, seconds: float
) -> tuple[list[float], Counter[int], list[float]]:
    """Send telemetry beside this many readers; return its times, the readers' statuses, and their times, in
    milliseconds."""
    statuses, waits = Counter[int](), list[float]()
    over = threading.Event()

    def read(number: int) -> None:
        dice = random.Random(number)  # noqa: S311
        with httpx.Client(timeout=600, verify=False) as client:  # noqa: S501 loopback, without TLS
            while not over.is_set():
                begin = end - timedelta(days=dice.randint(1, DAYS), minutes=15 * dice.randrange(96))
                asked = {"from": begin.isoformat(), "to": end.isoformat()}
                started = time.perf_counter()
                answer = client.get(f"{ledger.url}/api/v1/{dice.choice(REPORTS)}", params=asked)
                waits.append((time.perf_counter() - started) * 1000)
                statuses[answer.status_code] += 1

    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    for thread in threads:
        thread.start()
    times = sender.submit(send, ledger.url, seconds).result()
    over.set()
    for thread in threads:
        thread.join()
    return times, statuses, waits


def percentile(times: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(times, n=20)[-1]


def main(readers: int = 64, seconds: int = 30, folder: str | None = None) -> None:
    """Fill the ledger, measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(folder or temporary)
        if not (data / "ledger.duckdb").exists():
            fill(data, DEVELOPERS, DAYS, EXPORT_SECONDS)
        end = end_of(data)
        with running_ledger(data) as ledger, ProcessPoolExecutor(1, get_context("spawn")) as sender:
            print(
                f"{ledger.get('overview')['sessions']:,} sessions, {readers} readers, {REQUESTS_PER_SECOND} requests/s"
            )
            alone = sender.submit(send, ledger.url, seconds / 2).result()
            among, statuses, waits = crowd(sender, ledger, end, readers, seconds)
            alone += sender.submit(send, ledger.url, seconds / 2).result()
    base, busy = percentile(alone), percentile(among)
    print(
        f"readers: {statuses.total():,} answers, by status {dict(statuses)}; median {statistics.median(waits):,.0f} ms"
    )
    print(f"ingest alone (the baseline): median {statistics.median(alone):.1f} ms, 95th percentile {base:.1f} ms")
    print(f"ingest among readers: median {statistics.median(among):.1f} ms, 95th percentile {busy:.1f} ms")
    print(f"ratio of the 95th percentiles: {busy / base:.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])  # type: ignore[arg-type]
