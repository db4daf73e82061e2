"""The same history in DuckDB and in ClickHouse's own engine: how long every question of every tab takes in each.

Run it: ``.venv/bin/python tests/bench/clickhouse.py [DEVELOPERS [DAYS [COPIES]]]``. DuckDB's store inserts the history
like received telemetry; ClickHouse gets it in the tables of the Collector's exporter. Then both get copies of the same
sessions, COPIES times, each time that many days earlier, and answer questions about all of them and about the last
days. Every answer is compared, figure by figure; the benchmark fails if one differs.
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

from bench.questions import lengthen
from builders.comparable import comparable
from builders.history import create_exporter_tables, fill_exporter_tables
from builders.telemetry import EVER
from whence_ledger.demo.encode import logs_request, metrics_request, traces_request
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.item import Rows
from whence_ledger.model.query import Query
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.store import Store

RUNS = 5
SECONDS_FROM_EXPORT_TO_EXPORT = 300


def questions(user: str, repository: str) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Return the questions of each tab."""
    of_user, of_repository = {"users": (user,)}, {"repositories": (repository,)}
    return {
        "Overview": [("overview", {})],
        "Cost": [("cost", {}), ("series", {}), ("models", {}), ("spenders", {"limit": 10}), ("insights", {})],
        "Usage": [("usage", {}), ("series", {}), ("tools", {})],
        "Users": [("users", {})],
        "GitHub repos": [
            ("repositories", {}),
            ("labels", {}),
            ("repositories", {"labels": ("Unmanaged",), "limit": 5}),
        ],
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
    """Fill both stores with the same days of ended sessions."""
    # Sessions that begin late end on the next day. DuckDB does not roll up today's data.
    first, count = datetime.now(UTC).date() - timedelta(days=days + 1), 0
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
    """Return the time in milliseconds and the answer."""
    times, answer = [], None
    for _ in range(RUNS):
        begin = time.perf_counter()
        answer = store.ask(name, Query(**filters))
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times), comparable(answer or [])


def lengthen_clickhouse(client: Any, days: int, copies: int) -> None:
    """Copy the division of the same sessions, as if they were other sessions."""
    for table in ("whence_usage", "whence_tool_uses", "whence_shares", "whence_branches", "whence_divisions"):
        names = client.query(f"SELECT * FROM {table} LIMIT 0").column_names  # noqa: S608 our own names
        for copy in range(1, copies + 1):
            values = ", ".join(_moved(name, copy, days) for name in names)
            client.command(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE session_id NOT LIKE '%~%'"  # noqa: S608
            )


def _moved(column: str, copy: int, days: int) -> str:
    if column in {"time", "last_time", "started", "ended", "first_touch", "last_touch"}:
        return f"{column} - INTERVAL {copy * days} DAY"
    return {"session_id": f"session_id || '~{copy}'", "division": f"division + {copy}"}.get(column, column)


def compare(duckdb: Store, clickhouse: ClickHouseStore, period: Mapping[str, Any]) -> int:
    """Ask both stores every question and print the medians; return how many answers differ."""
    slow = different = 0
    user = duckdb.ask("users", Query(limit=1))[0]["user"]
    repository = duckdb.ask("repositories", Query(limit=1))[0]["repository"]
    for tab, asked in questions(user, repository).items():
        print(f"{tab:44} {'DuckDB':>10} {'ClickHouse':>13}")
        sums = [0.0, 0.0]
        for name, filters in asked:
            both = [median(store, name, {**period, **filters}) for store in (duckdb, clickhouse)]
            (one, expected), (other, found) = both
            sums = [sums[0] + one, sums[1] + other]
            different += expected != found
            slow += other > max(5 * one, 300)
            told = " ".join([name, *(f"{key}={value}" for key, value in filters.items())])
            mark = "" if expected == found else "  DIFFERENT"
            print(f"  {told[:42]:42} {one:7.0f} ms {other:10.0f} ms {other / one:6.1f} x{mark}", flush=True)
        print(f"  {'all of the tab':42} {sums[0]:7.0f} ms {sums[1]:10.0f} ms")
    print(f"slower than both 5 x DuckDB and 300 ms: {slow}; different: {different}")
    return different


def main(developers: int = 20, days: int = 10, copies: int = 9) -> None:
    """Fill both stores, ask both, compare; add the copies, ask again."""
    client: Any = clickhouse_connect.get_client(interface="chdb")
    create_exporter_tables(client)
    with tempfile.TemporaryDirectory() as folder:
        duckdb = Store(Path(folder) / "ledger.duckdb")
        fill(duckdb, client, developers, days)
        begin = time.perf_counter()
        clickhouse = ClickHouseStore(client)
        print(f"every session divided in ClickHouse in {time.perf_counter() - begin:.1f} s")
        clickhouse.tidy(timedelta(0))
        verdicts = [
            Verdict(row["repository"], "Managed" if row["owner"] == "acme" else "Unmanaged", "test")
            for row in duckdb.ask("observations")
        ]
        for store in (duckdb, clickhouse):
            store.put_labels(verdicts, ["acme"])
        different = compare(duckdb, clickhouse, {})
        duckdb.close()
        if copies:
            lengthen(Path(folder), days, copies)
            lengthen_clickhouse(client, days, copies)
            clickhouse.tidy(timedelta(0))
            rows = client.query("SELECT (SELECT count() FROM sessions), count() FROM whence_usage").result_rows[0]
            print(f"\n{days * (copies + 1)} days: {rows[0]:,} sessions in {rows[1]:,} rows")
            duckdb = Store(Path(folder) / "ledger.duckdb")
            different += compare(duckdb, clickhouse, {})
            end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            print(f"\nthe last {days} of {days * (copies + 1)} days")
            different += compare(duckdb, clickhouse, {"begin": end - timedelta(days=days + 1), "end": end})
            duckdb.close()
    print(
        f"peak memory of the process with both engines: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
    )
    client.close()
    sys.exit(bool(different))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
