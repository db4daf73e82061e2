"""The same history in DuckDB and in ClickHouse's own engine: how long every question of every tab takes in each.

Run it: ``.venv/bin/python tests/bench/clickhouse.py [DEVELOPERS [DAYS [COPIES [OTHERS [FOLDER]]]]]``. DuckDB's store
inserts the history like received telemetry; ClickHouse gets it in the tables of the Collector's exporter. Then both get
copies of the divided sessions: OTHERS times, each time as sessions of other developers, and COPIES times, each time
that many days earlier. They answer questions about all sessions and about the last days: all that the dashboard asks
(``asked.py`` finds it out), and the other reports. Every answer is compared, figure by figure; the benchmark fails if
one differs. FOLDER keeps the history for the next run.
"""

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import clickhouse_connect
import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.asked import asked_by_dashboard, asked_by_reports
from bench.questions import COPIES as TABLES
from bench.questions import lengthen
from builders.comparable import comparable
from builders.history import create_exporter_tables, fill_exporter_tables
from builders.telemetry import EVER
from whence_ledger.demo.encode import logs_request, metrics_request, traces_request
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.case import Case, Status
from whence_ledger.model.pull_request import PullRequest
from whence_ledger.model.query import EVERYTHING, Query
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.store import Store

RUNS = 5
REQUEST_ITEMS = 20_000
PERIOD = {"begin", "end", "previous_begin", "bucket"}
SECONDS_FROM_EXPORT_TO_EXPORT = 300
_T = TypeVar("_T")
MOMENTS = ("time", "last_time", "started", "ended", "first_touch", "last_touch", "since", "until")


def fill(store: Store, client: Any, developers: int, days: int) -> None:
    """Fill both stores with the same days of ended sessions."""
    # Sessions that begin late end on the next day. DuckDB does not roll up today's data.
    first, count = datetime.now(UTC).date() - timedelta(days=days + 1), 0
    for rows in history(organization(developers), first, days, every=SECONDS_FROM_EXPORT_TO_EXPORT):
        for points in _parts(rows.points):
            store.insert(decode_metrics(metrics_request(points), False, EVER).rows)
        for events in _parts(rows.events):
            store.insert(decode_logs(logs_request(events), False, EVER).rows)
        for spans in _parts(rows.spans):
            store.insert(decode_traces(traces_request(spans), False, EVER).rows)
        fill_exporter_tables(client, rows)
        count += len(rows.points)
    store.tidy(timedelta(0))
    print(f"{developers:,} developers, {days} days: {count:,} data points")


def _parts(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield the items in as many requests as they need."""
    for begin in range(0, len(items), REQUEST_ITEMS):
        yield items[begin : begin + REQUEST_ITEMS]


def median(store: Store | ClickHouseStore, name: str, query: Query) -> tuple[float, float, Any]:
    """Return the time and the processor time of all threads in milliseconds, and the answer."""
    times, processor, answer = [], [], None
    for _ in range(RUNS):
        begin, begin_processor = time.perf_counter(), time.process_time()
        answer = store.ask(name, query)
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


def compare(duckdb: Store, clickhouse: ClickHouseStore, begin: datetime, end: datetime) -> int:
    """Ask both stores every question and print the medians; return how many answers differ."""
    slow = slow_alone = different = count = 0
    asked = asked_by_dashboard(duckdb, begin, end)
    for part, questions in (asked | asked_by_reports(begin, end, asked)).items():
        print(f"{part:44} {'DuckDB: time, processor':>23} {'ClickHouse':>23}")
        sums = [0.0] * 4
        for name, query in questions:
            both = [median(store, name, query) for store in (duckdb, clickhouse)]
            (one, one_cpu, expected), (other, other_cpu, found) = both
            sums = [so_far + more for so_far, more in zip(sums, (one, one_cpu, other, other_cpu), strict=True)]
            count += 1
            different += expected != found
            slow += other > max(5 * one, 300)
            # Processor time hardly depends on how busy the machine is.
            is_slow_alone = other_cpu > max(5 * one_cpu, 300)
            slow_alone += is_slow_alone
            mark = ("" if expected == found else "  DIFFERENT") + ("  SLOW" if is_slow_alone else "")
            print(_line(_words(name, query), one, one_cpu, other, other_cpu) + mark, flush=True)
        print(_line("all of these", *sums))
    print(
        f"{count} questions; slower than both 5 x DuckDB and 300 ms: {slow_alone} by processor time, {slow} by the "
        f"time that passed; different: {different}"
    )
    print(
        f"load of the machine, over one and five minutes: {' and '.join(f'{load:.1f}' for load in os.getloadavg()[:2])}"
    )
    return different


def _words(name: str, query: Query) -> str:
    """Return a question with what is not usual about its query."""
    given = {one.name: getattr(query, one.name) for one in fields(query) if one.name not in PERIOD}
    usual = {name: getattr(EVERYTHING, name) for name in given}
    return " ".join([name, *(f"{name}={value}" for name, value in given.items() if value != usual[name])])


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
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    _decide(store, clickhouse)
    _open_pull_requests(store, clickhouse)
    different = compare(store, clickhouse, end - timedelta(days=days + 1), end)
    store.close()
    print(f"peak memory of the process with both engines: {_megabytes():,} MB", flush=True)
    if copies:
        lengthen(folder, days, copies)
        lengthen_clickhouse(client, days, copies)
        clickhouse.tidy(timedelta(0))
        clickhouse.roll(timedelta(0))
        _tell(client, days * (copies + 1))
        store = Store(folder / "ledger.duckdb")
        different += compare(store, clickhouse, end - timedelta(days=days * (copies + 1) + 1), end)
        print(f"\nthe last {days} of {days * (copies + 1)} days")
        different += compare(store, clickhouse, end - timedelta(days=days + 1), end)
        store.close()
    client.close()
    return different


def _decide(duckdb: Store, clickhouse: ClickHouseStore) -> None:
    """Set a case in both, so that there is one to ask about."""
    (row,) = duckdb.ask("user_repositories", Query(labels=("Unmanaged",), limit=1, rows=1))
    day = datetime.now(UTC).date() - timedelta(days=3)
    for store in (duckdb, clickhouse):
        store.put_case(Case(row["user"], row["repository"], Status.TALKED_TO, "", day, "bench"))


def _open_pull_requests(duckdb: Store, clickhouse: ClickHouseStore) -> None:
    """Store a pull request of every branch of the organization in both."""
    made: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in duckdb.ask("commits"):
        if row["commit"]:
            made[row["repository"], row["branch"]].append(row["commit"])
    pulls = [
        PullRequest(
            repository=f"github.com/{row['repository']}",
            number=number,
            title=f"Work on {row['branch']}",
            state=("open", "merged", "closed")[number % 3],
            author="octocat",
            head=row["branch"],
            created_at=row["last_seen"].replace(tzinfo=None),
            updated_at=row["last_seen"].replace(tzinfo=None),
            closed_at=row["last_seen"].replace(tzinfo=None) if number % 3 else None,
            merged_at=row["last_seen"].replace(tzinfo=None) if number % 3 == 1 else None,
            commits=tuple(made[row["repository"], row["branch"]]),
        )
        for number, row in enumerate(duckdb.ask("branches"), 1)
        if row["branch"] and (row["repository"] or "").startswith("acme/")
    ]
    for store in (duckdb, clickhouse):
        store.put_pull_requests(pulls)
    print(f"{len(pulls):,} pull requests")


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
