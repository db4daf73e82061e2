"""What a server's upkeep on ClickHouse costs: a look in vain, and dividing a few sessions with little new data.

Run it: ``.venv/bin/python tests/bench/tidy.py``. ClickHouse's own engine runs in this process, so that the processor
time includes it.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.history import clickhouse_engine, fill_exporter_tables
from whence_ledger.demo.generate import history, organization
from whence_ledger.model.item import Rows
from whence_ledger.store.clickhouse import ClickHouseStore

TIMES = 9


class Counted:
    """A client that counts its statements."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        self.count += name in {"command", "query", "insert", "raw_insert"}
        return getattr(self._client, name)


def measure(what: str, client: Counted, act: Callable[[], None], before: Callable[[int], None] | None = None) -> None:
    """Print the median processor time and the number of statements."""
    times, counts = [], []
    for number in range(TIMES):
        if before:
            before(number)
        begin, count = time.process_time(), client.count
        act()
        times.append((time.process_time() - begin) * 1000)
        counts.append(client.count - count)
    print(
        f"{what:44} {statistics.median(times):6.0f} ms of processor time, {statistics.median(counts):3.0f} statements"
    )


def part(rows: Rows, number: int) -> Rows:
    """Return one of as many parts of the rows, each with rows of every session."""
    return Rows(rows.points[number::TIMES], rows.events[number::TIMES], rows.spans[number::TIMES])


def main() -> None:
    """Measure each and print it."""
    days = list(history(organization(3, seed=5), date(2026, 10, 1), 1, every=600))
    points = [point for rows in days for point in rows.points]
    events, spans = [event for rows in days for event in rows.events], [span for rows in days for span in rows.spans]
    whole, spent = Rows(points[::2], events, spans), Rows(points[1::2], [], [])
    with clickhouse_engine() as engine:
        client: Any = Counted(engine)
        server = ClickHouseStore(client)

        def arrive(rows: Rows) -> Callable[[int], None]:
            return lambda number: fill_exporter_tables(engine, part(rows, number))

        measure("a few sessions", client, server.tidy, arrive(whole))
        measure("a look in vain, soon after", client, server.tidy)
        engine.command("TRUNCATE TABLE whence_recent_arrivals")
        measure("a look in vain, long after", client, server.tidy)
        measure("a few sessions, only metrics are new", client, server.tidy, arrive(spent))


if __name__ == "__main__":
    main()
