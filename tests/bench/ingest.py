"""How fast the ledger receives telemetry, acknowledged only when committed; client and server share the machine.

Run it: ``.venv/bin/python tests/bench/ingest.py``. It also measures decoding and inserting the same batches in one
process, in the same run, so that the ratio shows the cost of HTTP.
"""

import multiprocessing
import resource
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.ledger import running_ledger
from whence_ledger.demo.encode import metrics_request
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_metrics
from whence_ledger.model.item import Point
from whence_ledger.model.window import window
from whence_ledger.store.store import Store

CONNECTIONS = 64
CLIENT_REQUESTS, COLLECTOR_REQUESTS = 8_000, 100
BATCH = 1_000


def payloads() -> tuple[list[bytes], list[bytes]]:
    """Return the requests of clients for one minute, about a dozen points each, and a Collector's batches of the same
    points."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    points: list[Point] = []
    exports: dict[tuple[str, int], list[Point]] = {}
    while len(exports) < CLIENT_REQUESTS or len(points) < COLLECTOR_REQUESTS * BATCH:
        for rows in history(organization(120), day, 1, seed=len(points)):
            points += rows.points
            for point in rows.points:
                exports.setdefault((point.cell.session_id, point.time), []).append(point)
        day -= timedelta(days=1)
    clients = [metrics_request(export) for export in list(exports.values())[:CLIENT_REQUESTS]]
    points.sort(key=lambda point: point.time)
    batches = [metrics_request(points[at * BATCH : (at + 1) * BATCH]) for at in range(COLLECTOR_REQUESTS)]
    return clients, batches


def send(url: str, bodies: Sequence[bytes], connections: int, headers: str = "") -> float:
    """Post all bodies over that many connections at once, from a separate process; return the seconds it took.
    ``headers``: more lines of each request."""
    answer: multiprocessing.Queue[float] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_send, args=(url, bodies, connections, headers, answer))
    process.start()
    seconds = answer.get()
    process.join()
    return seconds


def _send(
    url: str, bodies: Sequence[bytes], connections: int, headers: str, answer: "multiprocessing.Queue[float]"
) -> None:
    port = int(url.rsplit(":", 1)[1])
    shares = [bodies[place::connections] for place in range(connections)]
    threads = [threading.Thread(target=_connection, args=(port, share, headers)) for share in shares if share]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answer.put(time.perf_counter() - begin)


def _connection(port: int, bodies: Sequence[bytes], headers: str) -> None:
    head = f"POST /v1/metrics HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-protobuf\r\n{headers}"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = connection.makefile("rb")
        for body in bodies:
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            status, length = reader.readline(), 0
            while (line := reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            reader.read(length)
            assert status.split()[1] == b"200", status


def in_process(folder: Path, bodies: Sequence[bytes]) -> float:
    """Decode and insert the same bodies one after another, without HTTP; return the seconds it took."""
    store = Store(folder / "ledger.duckdb")
    begin = time.perf_counter()
    for body in bodies:
        store.insert(decode_metrics(body, False, window(None)).rows)
    seconds = time.perf_counter() - begin
    store.close()
    return seconds


def main() -> None:
    """Measure both kinds and print them."""
    clients, batches = payloads()
    size = sum(map(len, clients)) / len(clients)
    with tempfile.TemporaryDirectory() as folder:
        with running_ledger(Path(folder) / "clients") as ledger:
            seconds = send(ledger.url, clients, CONNECTIONS)
            cost = ledger.get("overview")["cost_usd"]
        print(f"clients: {len(clients) / seconds:,.0f} requests/s of {size:,.0f} bytes on {CONNECTIONS} connections")
        with running_ledger(Path(folder) / "collector") as ledger:
            over_http = COLLECTOR_REQUESTS * BATCH / send(ledger.url, batches, 8)
        alone = COLLECTOR_REQUESTS * BATCH / in_process(Path(folder) / "alone", batches)
    print(f"collector: {over_http:,.0f} points/s in batches of {BATCH:,}; in one process without HTTP {alone:,.0f}")
    print(f"ratio: {over_http / alone:.2f}; what the clients sent cost ${cost:,.2f}")
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"peak memory of any process: {children} MB")


if __name__ == "__main__":
    main()
