"""What ClickHouse refuses is told in words that say what to do."""

import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import clickhouse_connect
import httpx
import pytest

from builders.history import create_exporter_tables, drop_all
from builders.ledger import running_ledger
from builders.telemetry import cost, metrics
from fakes.clickhouse_http import clickhouse_over_http
from whence_ledger.store.damage import StoreError
from whence_ledger.store.refusal import explained, refuse_old

pytestmark = pytest.mark.slow


def test_a_clickhouse_that_goes_away_is_told_by_every_answer_and_its_labels_are_not_taken(tmp_path: Path) -> None:
    with closing(clickhouse_connect.get_client(interface="chdb")) as client, ExitStack() as running:
        drop_all(client)
        create_exporter_tables(client)
        url = running.enter_context(clickhouse_over_http())
        with running_ledger(tmp_path / "data", "--store", url) as ledger:
            assert ledger.get("overview")["sessions"] == 0
            running.close()
            labels = {"organizations": ["acme"], "labels": []}
            for answer in (
                httpx.get(f"{ledger.url}/api/v1/overview", timeout=120),
                httpx.put(f"{ledger.url}/api/v1/labels", json=labels, timeout=120),
            ):
                assert answer.status_code == 503
                assert "cannot be used. Check that it runs" in answer.json()["error"]
            told = metrics(cost(1.0, "s1", int(time.time()) * 10**9))
            refused = ledger.send("metrics", told)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        drop_all(client)


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["SET readonly = 1", "CREATE TABLE t (x UInt8) ENGINE = Memory"], "is read-only"),
        (["SELECT 1 FROM nowhere.t"], "no such database"),
        (["SET max_memory_usage = 1000000", "SELECT groupArray(number) FROM numbers(10000000)"], "out of memory"),
    ],
)
def test_what_the_engine_says_is_explained(statements: list[str], told: str) -> None:
    # What is set stays set: a process of its own.
    script = f"import chdb\nengine = chdb.connect(':memory:')\nfor one in {statements!r}:\n    engine.query(one)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    error = RuntimeError(next(line for line in ended.stderr.splitlines() if "Code:" in line))
    assert told in str(explained("db.example.com:8123", error))


@pytest.mark.parametrize("version", ["24.3.1.1", "25.7.9"])
def test_an_old_clickhouse_is_refused(version: str) -> None:
    with pytest.raises(StoreError, match="too old"):
        refuse_old(version)


@pytest.mark.parametrize("version", ["25.8.1.1", "26.9.0", "27.1.1"])
def test_a_new_clickhouse_is_accepted(version: str) -> None:
    refuse_old(version)
