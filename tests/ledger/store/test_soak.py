"""A 200 means committed: ``kill -9`` at any moment, again and again, under load."""

import random
import threading
import time
from pathlib import Path

import duckdb
import httpx
import pytest

from builders.ledger import JSON, running_ledger
from builders.rounds import rounds
from builders.telemetry import NOON, cost, logs, metrics, span, traces
from whence_ledger.store.store import Store

pytestmark = pytest.mark.slow

KILLS = rounds(3, 60)
CLIENTS = 4


class Client(threading.Thread):
    """One that sends, again if need be, until all it has is acknowledged, as an exporter with a queue does."""

    def __init__(self, number: int) -> None:
        super().__init__(daemon=True)
        self.number = number
        self.url = ""
        self.over = threading.Event()
        self.acknowledged = 0

    def run(self) -> None:
        place = 0
        while not self.over.is_set():
            place += 1
            session, at = f"s{self.number}-{place % 7}", NOON + self.number * 10**9 + place
            self._deliver(
                "metrics", metrics(cost(1.0, session, at=at), cost(0.5, session, at=at, model="claude-haiku-4-5"))
            )
            self._deliver("logs", logs("api_request", session, at=at, cost__usd=0.25, prompt_id="p"))
            self._deliver("traces", traces(span("https://github.com/acme/api", session, at=at)))
            self.acknowledged = place

    def _deliver(self, name: str, body: bytes) -> None:
        while True:
            try:
                if httpx.post(f"{self.url}/v1/{name}", content=body, headers=JSON, timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.02)


def test_what_was_acknowledged_is_there_exactly_once_after_any_number_of_kills(tmp_path: Path) -> None:
    instants = random.Random(11)  # noqa: S311
    clients = [Client(number) for number in range(CLIENTS)]
    for kill in range(KILLS):
        with running_ledger(tmp_path / "data") as ledger:
            for client in clients:
                client.url = ledger.url
                if kill == 0:
                    client.start()
            time.sleep(instants.uniform(0.1, 1.5))
            if kill == KILLS - 1:
                for client in clients:
                    client.over.set()
                for client in clients:
                    client.join()
            ledger.kill()
    sent = sum(client.acknowledged for client in clients)
    assert sent > KILLS
    store = Store(tmp_path / "data" / "ledger.duckdb")
    assert store.ask("overview")[0]["cost_usd"] * 2 == sent * 3
    assert store.ask("repositories")[0]["repository"] == "acme/api"
    store.close()
    with duckdb.connect(tmp_path / "data" / "ledger.duckdb") as database:
        for table, count in (("points", 2 * sent), ("events", sent), ("touches", sent)):
            assert database.table(table).aggregate("count(*), count(DISTINCT id)").fetchall() == [(count, count)]
        assert database.execute("SELECT sum(cost_usd) * 4 FROM requests").fetchall() == [(sent,)]
