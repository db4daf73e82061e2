"""What ClickHouse refuses is told in words that say what to do."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from builders import command
from builders.history import clickhouse_engine
from builders.ledger import free_port, running_ledger
from builders.telemetry import cost, metrics
from fakes.clickhouse_http import clickhouse_over_http
from whence_contract.units import Nanoseconds
from whence_ledger.ingest.otlp import decode_metrics
from whence_ledger.model.window import Window
from whence_ledger.store.address import parse_address
from whence_ledger.store.clickhouse import ClickHouseStore, connect
from whence_ledger.store.damage import StoreError
from whence_ledger.store.refusal import explained, refuse_old

pytestmark = pytest.mark.slow

FULL: dict[str, object] = {"min_free_disk_bytes_to_perform_insert": 10**18}
"""What makes the engine refuse inserts as if its disk were full."""
TABLE = "CREATE TABLE t (x UInt8) ENGINE = MergeTree ORDER BY x"


def test_a_clickhouse_that_goes_away_is_told_by_every_answer_and_its_labels_are_not_taken(tmp_path: Path) -> None:
    with clickhouse_engine(), ExitStack() as running:
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
                assert "Connection refused" in answer.json()["error"]
            told = metrics(cost(1.0, "s1", int(time.time()) * 10**9))
            refused = ledger.send("metrics", told)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")


def test_upkeep_says_the_same_every_time_while_it_is_away() -> None:
    with clickhouse_engine(exporter=False), ExitStack() as running:
        store = connect(parse_address(running.enter_context(clickhouse_over_http())))
        running.close()
        told = set()
        for _ in range(2):
            with pytest.raises(StoreError, match="Check that it runs") as refused:
                store.tidy()
            told.add(str(refused.value))
    # Upkeep logs what has changed.
    assert len(told) == 1


def test_a_full_disk_refuses_what_is_sent_and_takes_it_when_there_is_room(tmp_path: Path) -> None:
    settings: dict[str, object] = {}
    now = int(time.time()) * 10**9
    first, other = (metrics(cost(dollars, "s1", now + place)) for place, dollars in enumerate((1.0, 0.5)))
    with (
        clickhouse_engine(exporter=False),
        clickhouse_over_http(settings=settings) as url,
        running_ledger(tmp_path / "data", "--store", url) as ledger,
    ):
        ledger.accept("metrics", first)
        settings |= FULL
        for body in (first, other):
            refused = ledger.send("metrics", body)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert ledger.get("overview")["cost_usd"] in {0, 1}
        settings.clear()
        ledger.accept("metrics", first, other)
        deadline = time.monotonic() + 120
        while ledger.get("overview")["cost_usd"] != 1.5:
            assert time.monotonic() < deadline
            time.sleep(0.5)


def test_figures_are_as_old_as_the_first_refusal_until_clickhouse_takes_data_again() -> None:
    spent = decode_metrics(
        metrics(cost(1.0, "s1", int(time.time()) * 10**9)), True, Window(Nanoseconds(1), Nanoseconds(2**63)), True
    ).exported
    with clickhouse_engine(exporter=False) as client:
        store = ClickHouseStore(client)
        before = store.brought_up
        (setting, value) = next(iter(FULL.items()))
        client.command(f"SET {setting} = {value}")
        with pytest.raises(StoreError, match="Its disk is full"):
            store.insert(spent)
        with pytest.raises(StoreError, match="Its disk is full"):
            store.tidy()
        assert store.brought_up == before
        client.command(f"SET {setting} = 0")
        store.tidy()
        assert before
        assert store.brought_up
        assert store.brought_up > before


@pytest.mark.parametrize(
    ("settings", "instead", "told"),
    [
        (FULL, {}, "Its disk is full. Free space, or"),
        ({}, {"CREATE TABLE.*": "CREATE USER poor"}, "The user lacks rights: GRANT SELECT, INSERT, CREATE TABLE"),
        # Debian's 18.16.1 does not have the columns that the client asks for.
        (
            {},
            {"SELECT version\\(\\)": "SELECT '18.16.1'", "SELECT name, value, readonly .*": "SELECT readonly"},
            "ClickHouse 18.16.1 is too old: whence needs 25.8 or newer. Upgrade it.",
        ),
    ],
)
def test_a_ledger_that_cannot_start_says_in_one_line_what_to_do(
    settings: dict[str, object], instead: dict[str, str], told: str, tmp_path: Path
) -> None:
    with clickhouse_engine(exporter=False), clickhouse_over_http(settings=settings, instead=instead) as url:
        arguments = ["serve", "--port", str(free_port()), "--data", str(tmp_path), "--store", url]
        ended = command.run(arguments, {"PATH": os.defpath, "HOME": str(tmp_path)}, timeout=120)
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1), ended.stderr
    assert told in ended.stderr


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["SET readonly = 1", "CREATE TABLE t (x UInt8) ENGINE = Memory"], "is read-only"),
        (["SELECT 1 FROM nowhere.t"], "no such database"),
        (["SET max_memory_usage = 1000000", "SELECT groupArray(number) FROM numbers(10000000)"], "out of memory"),
        (["CREATE USER poor"], "lacks rights: GRANT SELECT"),
        ([TABLE, f"SET {' = '.join(map(str, next(iter(FULL.items()))))}", "INSERT INTO t VALUES (1)"], "disk is full"),
        (
            [
                f"{TABLE} SETTINGS parts_to_throw_insert = 1, parts_to_delay_insert = 1",
                "SYSTEM STOP MERGES t",
                *["INSERT INTO t VALUES (1)"] * 3,
            ],
            "too many parts",
        ),
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
