"""A 200 means committed: ``kill -9`` at any moment, again and again, under load."""

import random
import time
from pathlib import Path

import duckdb
import pytest

from builders.ledger import running_ledger
from builders.rounds import rounds
from builders.sender import Sender, finish
from whence_ledger.store.store import Store

pytestmark = pytest.mark.slow

KILLS = rounds(3, 60)
CLIENTS = 4


def test_what_was_acknowledged_is_there_exactly_once_after_any_number_of_kills(tmp_path: Path) -> None:
    instants = random.Random(11)  # noqa: S311
    senders = [Sender(number) for number in range(CLIENTS)]
    for kill in range(KILLS):
        with running_ledger(tmp_path / "data") as ledger:
            for sender in senders:
                sender.urls = (ledger.url,)
                if kill == 0:
                    sender.start()
            time.sleep(instants.uniform(0.1, 1.5))
            if kill == KILLS - 1:
                sent = finish(senders)
            ledger.kill()
    assert sent > KILLS
    store = Store(tmp_path / "data" / "ledger.duckdb")
    assert store.ask("overview")[0]["cost_usd"] * 2 == sent * 3
    assert store.ask("repositories")[0]["repository"] == "acme/api"
    store.close()
    with duckdb.connect(tmp_path / "data" / "ledger.duckdb") as database:
        for table, count in (("points", 2 * sent), ("events", sent), ("touches", sent)):
            assert database.table(table).aggregate("count(*), count(DISTINCT id)").fetchall() == [(count, count)]
        assert database.execute("SELECT sum(cost_usd) * 4 FROM requests").fetchall() == [(sent,)]
