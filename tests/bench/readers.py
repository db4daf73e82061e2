"""Whether a crowd of readers all get answers, and how long telemetry takes meanwhile.

Run it: ``.venv/bin/python tests/bench/readers.py [READERS [SECONDS [FOLDER]]]``. A ledger of 50,000 sessions is served
(or the one in FOLDER, as ``tests/bench/questions.py`` leaves it). Telemetry comes at a steady rate, first alone, then
while READERS ask for reports without a pause, each another one and each another range, then alone again. The baseline
is the telemetry alone, in the same run. Clients and server share the machine.
"""

import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.questions import end_of, fill
from builders.ledger import Ledger, running_ledger
from builders.telemetry import cost, metrics

DEVELOPERS, DAYS = 440, 30
REQUESTS_PER_SECOND = 20
REPORTS: tuple[str, ...] = ("overview", "cost", "models", "usage", "tools", "users", "repositories", "labels")
REPORTS += ("unmanaged", "sessions", "series", "series/user", "series/repository", "insights", "spenders")


def send(ledger: Ledger, until: Callable[[], bool]) -> list[float]:
    """Send telemetry at a steady rate; the milliseconds that each request took, counted from when it was due."""
    times: list[float] = []
    due = time.perf_counter()
    with httpx.Client(timeout=120) as client:
        while not until():
            time.sleep(max(0.0, due - time.perf_counter()))
            body = metrics(cost(0.01, f"bench-{len(times) % 50}", at=time.time_ns()))
            answer = client.post(f"{ledger.url}/v1/metrics", content=body, headers={"Content-Type": "application/json"})
            answer.raise_for_status()
            times.append((time.perf_counter() - due) * 1000)
            due += 1 / REQUESTS_PER_SECOND
    return times


def send_for(ledger: Ledger, seconds: float) -> list[float]:
    """Send telemetry for so long."""
    end = time.perf_counter() + seconds
    return send(ledger, lambda: time.perf_counter() > end)


def crowd(ledger: Ledger, end: datetime, readers: int, seconds: float) -> tuple[list[float], Counter[int], list[float]]:
    """Telemetry among so many readers: its times, the readers' statuses, and their times, in milliseconds."""
    statuses, waits = Counter[int](), list[float]()
    over = threading.Event()

    def read(number: int) -> None:
        dice = random.Random(number)  # noqa: S311
        with httpx.Client(timeout=600) as client:
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
    times = send_for(ledger, seconds)
    over.set()
    for thread in threads:
        thread.join()
    return times, statuses, waits


def percentile(times: list[float]) -> float:
    """The 95th."""
    return statistics.quantiles(times, n=20)[-1]


def main(readers: int = 64, seconds: int = 30, folder: str | None = None) -> None:
    """Fill, measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(folder or temporary)
        if not (data / "ledger.duckdb").exists():
            fill(data, DEVELOPERS, DAYS)
        end = end_of(data)
        with running_ledger(data) as ledger:
            print(
                f"{ledger.get('overview')['sessions']:,} sessions, {readers} readers, {REQUESTS_PER_SECOND} requests/s"
            )
            alone = send_for(ledger, seconds / 2)
            among, statuses, waits = crowd(ledger, end, readers, seconds)
            alone += send_for(ledger, seconds / 2)
    base, busy = percentile(alone), percentile(among)
    print(
        f"readers: {statuses.total():,} answers, by status {dict(statuses)}; median {statistics.median(waits):,.0f} ms"
    )
    print(f"ingest alone (the baseline): median {statistics.median(alone):.1f} ms, 95th percentile {base:.1f} ms")
    print(f"ingest among readers: median {statistics.median(among):.1f} ms, 95th percentile {busy:.1f} ms")
    print(f"ratio of the 95th percentiles: {busy / base:.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])  # type: ignore[arg-type]
