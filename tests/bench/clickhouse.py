"""The same history in DuckDB and in ClickHouse's own engine: how long every question of every tab takes in each.

Run it: ``.venv/bin/python tests/bench/clickhouse.py [DEVELOPERS [DAYS [COPIES [OTHERS [FOLDER]]]]]``. DuckDB's store
inserts the history like received telemetry; ClickHouse gets it in the tables of the Collector's exporter. Then both get
copies of the divided sessions: OTHERS times, each time as sessions of other developers, and COPIES times, each time
that many days earlier. They answer questions about all sessions and about the last days. Every answer is compared,
figure by figure; the benchmark fails if one differs. FOLDER keeps the history for the next run.
"""

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect
import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.questions import COPIES as TABLES
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
MOMENTS = ("time", "last_time", "started", "ended", "first_touch", "last_touch", "since", "until")


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


def fill(store: Store, client: Any, developers: int, days: int) -> None:
    """Fill both stores with the same days of ended sessions."""
    # Sessions that begin late end on the next day. DuckDB does not roll up today's data.
    first, count = datetime.now(UTC).date() - timedelta(days=days + 1), 0
    for rows in history(organization(developers), first, days, every=SECONDS_FROM_EXPORT_TO_EXPORT):
        store.insert(
            Rows(
                decode_metrics(metrics_request(rows.points), False, EVER).rows.points,
                decode_logs(logs_request(rows.events), False, EVER).rows.events,
                decode_traces(traces_request(rows.spans), False, EVER).rows.spans,
            )
        )
        fill_exporter_tables(client, rows)
        count += len(rows.points)
    store.tidy(timedelta(0))
    print(f"{developers:,} developers, {days} days: {count:,} data points")


def median(store: Store | ClickHouseStore, name: str, filters: Mapping[str, Any]) -> tuple[float, float, Any]:
    """Return the time and the processor time of all threads in milliseconds, and the answer."""
    times, processor, answer = [], [], None
    for _ in range(RUNS):
        begin, begin_processor = time.perf_counter(), time.process_time()
        answer = store.ask(name, Query(**filters))
        times.append((time.perf_counter() - begin) * 1000)
        processor.append((time.process_time() - begin_processor) * 1000)
    return statistics.median(times), statistics.median(processor), comparable(answer or [])


def lengthen_clickhouse(client: Any, days: int, copies: int) -> None:
    """Copy the division of the same sessions, as if they were other sessions."""
    for copy in range(1, copies + 1):
        moved = dict.fromkeys(MOMENTS, f"{{}} - INTERVAL {copy * days} DAY")
        _copy(client, moved | {"session_id": f"{{}} || '~{copy}'", "division": f"{{}} + {copy}"})


def widen_clickhouse(client: Any, others: int) -> None:
    """Copy the division of the same sessions, as if they were other sessions of other developers."""
    for copy in range(1, others + 1):
        _copy(client, dict.fromkeys(("session_id", "user"), f"{{}} || '+{copy}'") | {"division": f"{{}} - {copy}"})


def _copy(client: Any, changes: Mapping[str, str]) -> None:
    """Copy the sessions that are not copies themselves, in the way in which ``changes`` names: by session or by day."""
    mark = "%~%" if "time" in changes else "%+%"
    for table in (
        "whence_usage",
        "whence_tool_uses",
        "whence_shares",
        "whence_branches",
        "whence_extensions",
        "whence_divisions",
    ):
        names = client.query(f"SELECT * FROM {table} LIMIT 0").column_names  # noqa: S608 our own names
        values = ", ".join(changes.get(name, "{}").format(name) for name in names)
        client.command(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE session_id NOT LIKE '{mark}'"  # noqa: S608
        )
    client.command(
        "INSERT INTO whence_touched SELECT DISTINCT toDate(time), toUnixTimestamp64Micro(now64(6)) "
        "FROM (SELECT time FROM whence_usage UNION ALL SELECT time FROM whence_tool_uses)"
    )


def widen(folder: Path, others: int) -> None:
    """Add this many copies of the same sessions to DuckDB, as if they were other sessions of other developers."""
    with duckdb.connect(folder / "ledger.duckdb") as database:
        for table in TABLES:
            columns = database.table(table).columns
            values = ", ".join(
                f"{name} || $mark" if name in {"session_id", "user"} else f'"{name}"' for name in columns
            )
            database.execute(f"CREATE TEMP TABLE once AS SELECT * FROM {table}")  # noqa: S608 our own names
            for copy in range(1, others + 1):
                database.execute(f"INSERT INTO {table} SELECT {values} FROM once", {"mark": f"+{copy}"})  # noqa: S608
            database.execute("DROP TABLE once")


def compare(duckdb: Store, clickhouse: ClickHouseStore, period: Mapping[str, Any]) -> int:
    """Ask both stores every question and print the medians; return how many answers differ."""
    slow = different = 0
    user = duckdb.ask("users", Query(limit=1))[0]["user"]
    repository = duckdb.ask("repositories", Query(limit=1))[0]["repository"]
    for tab, asked in questions(user, repository).items():
        print(f"{tab:44} {'DuckDB: time, processor':>23} {'ClickHouse':>23}")
        sums = [0.0] * 4
        for name, filters in asked:
            both = [median(store, name, {**period, **filters}) for store in (duckdb, clickhouse)]
            (one, one_cpu, expected), (other, other_cpu, found) = both
            sums = [so_far + more for so_far, more in zip(sums, (one, one_cpu, other, other_cpu), strict=True)]
            different += expected != found
            slow += other > max(5 * one, 300)
            told = " ".join([name, *(f"{key}={value}" for key, value in filters.items())])
            mark = "" if expected == found else "  DIFFERENT"
            print(_line(told, one, one_cpu, other, other_cpu) + mark, flush=True)
        print(_line("all of the tab", *sums))
    print(f"slower than both 5 x DuckDB and 300 ms: {slow}; different: {different}")
    print(
        f"load of the machine, over one and five minutes: {' and '.join(f'{load:.1f}' for load in os.getloadavg()[:2])}"
    )
    return different


def _line(told: str, *times: float) -> str:
    one, one_cpu, other, other_cpu = times
    return (
        f"  {told[:42]:42} {one:7.0f} ms {one_cpu:10.0f} ms {other:9.0f} ms {other_cpu:10.0f} ms {other / one:6.1f} x"
    )


def main(*numbers: int, kept: str = "") -> None:
    """Fill both stores, add the copies of other developers, ask both, compare; add the earlier copies, ask again."""
    developers, days, copies, others = (*numbers, *(20, 10, 9, 0)[len(numbers) :])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        history = Path(kept) / f"{developers}x{days}" if kept else folder / "history"
        if not history.exists():
            history.mkdir(parents=True)
            client: Any = clickhouse_connect.get_client(interface="chdb", path=str(history / "chdb"))
            create_exporter_tables(client)
            store = Store(history / "ledger.duckdb")
            fill(store, client, developers, days)
            store.close()
            begin = time.perf_counter()
            ClickHouseStore(client).tidy(timedelta(0))
            print(f"every session divided in ClickHouse in {time.perf_counter() - begin:.1f} s", flush=True)
            client.close()
        shutil.copytree(history, folder / "copy", symlinks=True)
        different = _measure(folder / "copy", days, copies, others)
    print(f"peak memory of the process with both engines: {_megabytes():,} MB")
    sys.exit(bool(different))


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _measure(folder: Path, days: int, copies: int, others: int) -> int:
    client: Any = clickhouse_connect.get_client(interface="chdb", path=str(folder / "chdb"))
    # A kept history may be of an earlier schema.
    Store(folder / "ledger.duckdb").close()
    clickhouse = ClickHouseStore(client)
    widen(folder, others)
    widen_clickhouse(client, others)
    begin = time.perf_counter()
    clickhouse.roll(timedelta(0))
    print(f"every day rolled up in ClickHouse in {time.perf_counter() - begin:.1f} s")
    store = Store(folder / "ledger.duckdb")
    verdicts = [
        Verdict(row["repository"], "Managed" if row["owner"] == "acme" else "Unmanaged", "test")
        for row in store.ask("observations")
    ]
    for one in (store, clickhouse):
        one.put_labels(verdicts, ["acme"])
    _tell(client, days)
    different = compare(store, clickhouse, {})
    store.close()
    print(f"peak memory of the process with both engines: {_megabytes():,} MB", flush=True)
    if copies:
        lengthen(folder, days, copies)
        lengthen_clickhouse(client, days, copies)
        clickhouse.tidy(timedelta(0))
        clickhouse.roll(timedelta(0))
        _tell(client, days * (copies + 1))
        store = Store(folder / "ledger.duckdb")
        different += compare(store, clickhouse, {})
        end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        print(f"\nthe last {days} of {days * (copies + 1)} days")
        different += compare(store, clickhouse, {"begin": end - timedelta(days=days + 1), "end": end})
        store.close()
    client.close()
    return different


def _tell(client: Any, days: int) -> None:
    (row,) = client.query(
        "SELECT count(), uniqExact(user), (SELECT uniqExact(repository) FROM whence_usage), "
        "(SELECT count() FROM whence_usage), (SELECT count() FROM whence_daily_usage), "
        "(SELECT count() FROM system.parts WHERE active AND database = currentDatabase() "
        "AND table IN ('whence_usage', 'whence_daily_usage')) FROM sessions"
    ).result_rows
    sessions, users, repositories, rows, rolled, parts = row
    print(
        f"\n{days} days: {sessions:,} sessions of {users:,} users and {repositories:,} repositories in {rows:,} rows, "
        f"{rolled:,} of days, in {parts} parts",
        flush=True,
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]), kept=(*sys.argv[5:6], "")[0])
