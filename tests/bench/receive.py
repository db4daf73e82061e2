"""How fast a server receives telemetry for ClickHouse and for the ledger's own file, and what ClickHouse stores.

Run it: ``.venv/bin/python tests/bench/receive.py [DEVELOPERS [DAYS]]``. Requests are decoded and stored like in a
server, a group at a time, without HTTP. ClickHouse's own engine runs in this process.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import clickhouse_connect

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.history import drop_all
from builders.telemetry import EVER
from whence_ledger.demo.encode import logs_request, metrics_request, traces_request
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import Decoded, decode_logs, decode_metrics, decode_traces
from whence_ledger.model.exported import Exported
from whence_ledger.model.item import Rows
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.store import Store

POINTS_OF_A_REQUEST, REQUESTS_OF_A_GROUP = 20, 256
_COUNTED = "SELECT sum(value) FROM system.events WHERE event = '{}'"
_KEPT = """
SELECT table, sum(rows), sum(data_compressed_bytes)
FROM system.parts
WHERE active AND database = currentDatabase()
GROUP BY table
ORDER BY 3 DESC
"""


def requests(developers: int, days: int) -> list[list[tuple[Any, bytes]]]:
    """Return groups of requests, as clients send them."""
    first = datetime.now(UTC).date() - timedelta(days=days + 1)
    made: list[tuple[Any, bytes]] = []
    for rows in history(organization(developers), first, days, every=60):
        for items, encode, decode in (
            (rows.points, metrics_request, decode_metrics),
            (rows.events, logs_request, decode_logs),
            (rows.spans, traces_request, decode_traces),
        ):
            left: Any = iter(items)
            while part := list(islice(left, POINTS_OF_A_REQUEST)):
                made.append((decode, encode(part)))
    return [made[at : at + REQUESTS_OF_A_GROUP] for at in range(0, len(made), REQUESTS_OF_A_GROUP)]


def load(name: str, groups: list[list[tuple[Any, bytes]]], insert: Callable[[list[Decoded]], None]) -> float:
    """Decode and store everything; print the rates, and return that by processor time, of the engine too."""
    begin, begin_processor = time.perf_counter(), time.process_time()
    for group in groups:
        insert([decode(body, False, EVER, name != "own file") for decode, body in group])
    count = sum(map(len, groups))
    rate, by_processor = count / (time.perf_counter() - begin), count / (time.process_time() - begin_processor)
    print(f"{name}: {rate:,.0f} requests a second; {by_processor:,.0f} a second of processor time")
    return by_processor


def main(developers: int = 30, days: int = 1) -> None:
    """Load the same history into both and print the rates."""
    groups = requests(developers, days)
    count = sum(map(len, groups))
    print(f"{developers} developers, {days} days: {count:,} requests of {POINTS_OF_A_REQUEST} items at most")
    with tempfile.TemporaryDirectory() as folder:
        duckdb = Store(Path(folder) / "ledger.duckdb")

        def into_duckdb(group: list[Decoded]) -> None:
            kinds = zip(*(one.rows for one in group), strict=True)
            duckdb.insert(Rows(*([item for items in kind for item in items] for kind in kinds)))

        own = load("own file", groups, into_duckdb)
        duckdb.close()
    client: Any = clickhouse_connect.get_client(interface="chdb")
    drop_all(client)
    clickhouse = ClickHouseStore(client)

    def into_clickhouse(group: list[Decoded]) -> None:
        kinds = zip(*(one.exported for one in group), strict=True)
        clickhouse.insert(Exported(*([item for items in kind for item in items] for kind in kinds)))

    other = load("ClickHouse", groups, into_clickhouse)
    print(f"ClickHouse takes {other / own:.2f} times as many as the own file")
    begin = time.perf_counter()
    clickhouse.tidy(timedelta(0))
    sessions = client.query("SELECT count() FROM sessions").result_rows[0][0]
    print(f"{sessions:,} sessions divided in {time.perf_counter() - begin:.1f} s")
    clickhouse.roll(timedelta(0))
    merged, inserted = (
        client.query(_COUNTED.format(name)).result_rows[0][0] for name in ("MergedRows", "InsertedRows")
    )
    print(f"{inserted:,} rows inserted, {merged / inserted:.1f} times as many merged")
    tables = [table for table, *_ in client.query(_KEPT).result_rows]
    for table in tables:
        client.command(f"OPTIMIZE TABLE {table} FINAL")
    for table, rows, size in client.query(_KEPT).result_rows:
        told = f"{rows / sessions:>8,.1f} rows and {size / sessions:>9,.0f} bytes a session"
        print(f"  {table:24} {rows:>10,} rows {size:>12,} bytes {told}")
    client.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
