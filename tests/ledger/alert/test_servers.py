"""Alerts of several servers on one ClickHouse."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from builders.history import clickhouse_engine, fill_exporter_tables
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.telemetry import EVER, cost, metrics
from fakes.alert_receiver import Receiver, alert_receiver
from fakes.clickhouse_http import clickhouse_over_http
from whence_ledger.ingest.otlp import decode_metrics

pytestmark = pytest.mark.slow


def test_of_two_servers_on_one_clickhouse_one_notifies_and_a_silence_holds_for_both(
    tmp_path: Path,
) -> None:
    machine, now = Machine(tmp_path), int(datetime.now(UTC).timestamp()) * 10**9
    spent = decode_metrics(metrics(cost(150.0, "s1", now, user_email="ada@acme.example")), True, EVER)
    with clickhouse_engine() as client, ExitStack() as running:
        receiver = running.enter_context(alert_receiver())
        fill_exporter_tables(client, spent.rows)
        url = running.enter_context(clickhouse_over_http())
        one, other = (
            running.enter_context(running_ledger(data_with(tmp_path / name, receiver), "--store", url))
            for name in ("one", "other")
        )
        for ledger in (one, other):
            wait_for(ledger, lambda alert: alert["state"] == "firing")
        silenced = machine.whence("alerts", "silence", "user-daily-cost", "--for", "1d", WHENCE_LEDGER=other.url)
        assert silenced.returncode == 0
        wait_for(one, lambda alert: alert["silenced"])
        assert machine.whence("alerts", "check", WHENCE_LEDGER=one.url).returncode == 0
        running.close()
    assert [one.body["alert"] for one in receiver.accepted] == ["user-daily-cost"]


def wait_for(ledger: Ledger, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until the ledger has one alert, and it is as wanted."""
    deadline = time.monotonic() + 120
    while not [one for one in ledger.get("alerts")["alerts"] if wanted(one)]:
        assert time.monotonic() < deadline
        time.sleep(0.5)


def data_with(folder: Path, receiver: Receiver) -> Path:
    """A folder of a server that notifies this receiver."""
    folder.mkdir()
    (folder / "alerts.toml").write_text(f'[receivers.hook]\nkind = "webhook"\nurl = "{receiver.url}"\n')
    return folder
