"""Servers receive telemetry for ClickHouse themselves."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest

from builders.history import drop_all
from builders.ledger import running_ledger
from builders.telemetry import cost, metrics, span, traces
from fakes.clickhouse_http import clickhouse_over_http

pytestmark = pytest.mark.slow


@contextmanager
def emptied(client: Any) -> Iterator[None]:
    """The engine with nothing in it, before and after."""
    drop_all(client)
    yield
    drop_all(client)


def test_two_servers_receive_and_what_comes_twice_counts_once(tmp_path: Path) -> None:
    now = int(datetime.now(UTC).timestamp()) * 10**9
    spent = metrics(cost(1.25, "s1", now, user_email="ada@acme.example"))
    requests = [("metrics", spent), ("traces", traces(span("https://github.com/acme/api", "s1", now)))]
    with (
        closing(clickhouse_connect.get_client(interface="chdb")) as client,
        emptied(client),
        clickhouse_over_http() as url,
        running_ledger(tmp_path / "one", "--store", url) as one,
        running_ledger(tmp_path / "other", WHENCE_STORE=url) as other,
    ):
        for ledger in (one, other, one):
            for signal, body in requests:
                ledger.accept(signal, body)
        one.kill()
        part = metrics(cost(0.5, "s2", now), cost(-1.0, "s2", now))
        answer = other.send("metrics", part).json()
        assert answer["partialSuccess"]["rejectedDataPoints"] == "1"
        deadline = time.monotonic() + 120
        while len(other.get("sessions")) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert other.costs() == {"acme/api": 1.25, None: 0.5}
