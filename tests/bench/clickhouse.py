"""The same history in DuckDB and in ClickHouse's own engine: how long every question of every tab takes in each.

Run it: ``.venv/bin/python tests/bench/clickhouse.py [DEVELOPERS [DAYS]]``. DuckDB's store takes the history as it takes
what is received; ClickHouse gets it in the tables of the Collector's exporter. Every answer is compared, figure by
figure; the benchmark fails where one differs.
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.comparable import comparable
from builders.history import fill_exporter_tables
from whence_ledger.demo.encode import logs_request, metrics_request, traces_request
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.item import Rows
from whence_ledger.model.verdict import Verdict
from whence_ledger.model.window import Window
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.store import Store

RUNS = 5
EVER = Window(1, 2**63)
EXPORTER = Path(__file__).parents[1] / "data" / "clickhouse" / "exporter.sql"
SECONDS_FROM_EXPORT_TO_EXPORT = 300


def questions(user: str, repository: str) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Return what each tab asks."""
    of_user, of_repository = {"users": [user]}, {"repositories": [repository]}
    return {
        "Overview": [("overview", {})],
        "Cost": [("cost", {}), ("series", {}), ("models", {}), ("spenders", {"limit": 10}), ("insights", {})],
        "Usage": [("usage", {}), ("series", {}), ("tools", {})],
        "Users": [("users", {})],
        "GitHub repos": [("repositories", {}), ("labels", {}), ("repositories", {"labels": ["Unmanaged"], "limit": 5})],
        "User drawer": [
            ("sessions", of_user | {"limit": 50}),
            ("series_by", of_user | {"by": "repository", "limit": 8}),
            ("series_by", of_user | {"by": "model", "limit": 8}),
            ("models", of_user),
        ],
        "Repository drawer": [
            ("spenders", of_repository | {"limit": 10}),
            ("series_by", of_repository | {"by": "user", "limit": 8}),
        ],
        "Filters": [("choices", {}), ("chain", {}), ("bases", {}), ("sessions", {"limit": 50})],
    }


def fill(duckdb: Store, client: Any, developers: int, days: int) -> None:
    """The same days in both, every session over."""
    first, count = datetime.now(UTC).date() - timedelta(days=days), 0
    for rows in history(organization(developers), first, days, every=SECONDS_FROM_EXPORT_TO_EXPORT):
        duckdb.insert(
            Rows(
                decode_metrics(metrics_request(rows.points), False, EVER).rows.points,
                decode_logs(logs_request(rows.events), False, EVER).rows.events,
                decode_traces(traces_request(rows.spans), False, EVER).rows.spans,
            )
        )
        fill_exporter_tables(client, rows)
        count += len(rows.points)
    duckdb.tidy(timedelta(0))
    print(f"{developers:,} developers, {days} days: {count:,} data points")


def median(store: Store | ClickHouseStore, name: str, filters: Mapping[str, Any]) -> tuple[float, Any]:
    """Return milliseconds, and the answer."""
    times, answer = [], None
    for _ in range(RUNS):
        begin = time.perf_counter()
        answer = store.ask(name, filters)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times), comparable(answer or [])


def main(developers: int = 20, days: int = 10) -> None:
    """Fill both, ask both, compare."""
    client: Any = clickhouse_connect.get_client(interface="chdb")
    for statement in EXPORTER.read_text().split(";\n"):
        if statement.strip():
            client.command(statement)
    with tempfile.TemporaryDirectory() as folder:
        duckdb = Store(Path(folder) / "ledger.duckdb")
        fill(duckdb, client, developers, days)
        begin = time.perf_counter()
        clickhouse = ClickHouseStore(client)
        clickhouse.ask("any")
        print(f"every session divided in ClickHouse in {time.perf_counter() - begin:.1f} s")
        verdicts = [
            Verdict(row["repository"], "Managed" if row["owner"] == "acme" else "Unmanaged", "test")
            for row in duckdb.ask("observations")
        ]
        for store in (duckdb, clickhouse):
            store.put_labels(verdicts, ["acme"])
        slow = different = 0
        user = duckdb.ask("users", {"limit": 1})[0]["user"]
        repository = duckdb.ask("repositories", {"limit": 1})[0]["repository"]
        for tab, asked in questions(user, repository).items():
            print(f"{tab:44} {'DuckDB':>10} {'ClickHouse':>13}")
            for name, filters in asked:
                (one, expected), (other, found) = (median(store, name, filters) for store in (duckdb, clickhouse))
                different += expected != found
                slow += other > max(5 * one, 300)
                told = " ".join([name, *(f"{key}={value}" for key, value in filters.items())])
                mark = "" if expected == found else "  DIFFERENT"
                print(f"  {told[:42]:42} {one:7.0f} ms {other:10.0f} ms {other / one:6.1f} x{mark}", flush=True)
        duckdb.close()
    print(f"slower than both 5 x DuckDB and 300 ms: {slow}; different: {different}")
    print(
        f"peak memory of the process with both engines: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
    )
    client.close()
    sys.exit(bool(different))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
