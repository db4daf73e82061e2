"""Alerts of a served ledger, as people and cron meet them."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx
import pytest

from builders.history import create_exporter_tables, drop_all, fill_exporter_tables
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.telemetry import cost, metrics, span, traces
from fakes.alert_receiver import Receiver, alert_receiver
from fakes.clickhouse_http import clickhouse_over_http
from whence_ledger.ingest.otlp import decode_metrics
from whence_ledger.model.window import Window

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with alert_receiver() as running:
        yield running


def spend(ledger: Ledger, usd: float, **headers: str) -> None:
    now = int(datetime.now(UTC).timestamp()) * 10**9
    for signal, body in (
        ("metrics", metrics(cost(usd, "s1", now, user_email="ada@acme.example"))),
        ("traces", traces(span("https://github.com/acme/api", "s1", now))),
    ):
        assert ledger.send(signal, body, **headers).status_code == 200


def data_with(tmp_path: Path, receiver: Receiver) -> Path:
    data = tmp_path / "data"
    data.mkdir(parents=True)
    (data / "alerts.toml").write_text(f'[receivers.hook]\nkind = "webhook"\nurl = "{receiver.url}"\n')
    return data


def test_money_that_burns_calls_once_and_cron_sees_it(tmp_path: Path, receiver: Receiver) -> None:
    machine, bearer = Machine(tmp_path), {"Authorization": "Bearer iii"}
    with running_ledger(data_with(tmp_path, receiver), **TOKENS) as ledger:
        spend(ledger, 150.0, **bearer)
    # It looks as soon as it is started.
    with running_ledger(tmp_path / "data", **TOKENS) as ledger:
        deadline = time.monotonic() + 120
        while not receiver.accepted and time.monotonic() < deadline:
            time.sleep(0.2)
        assert [one.body["alert"] for one in receiver.accepted] == ["user-daily-cost"]
        place = {"WHENCE_LEDGER": ledger.url}
        refused = machine.whence("alerts", "check", **place)
        assert (refused.returncode, "read token" in refused.stderr) == (2, True)
        found = machine.whence("alerts", "check", WHENCE_READ_TOKEN="rrr", **place)
        assert found.returncode == 1
        assert "ada@acme.example spent $150.00" in " ".join(found.stdout.split())
        told = json.loads(machine.whence("alerts", "check", "--json", WHENCE_READ_TOKEN="rrr", **place).stdout)
        assert [(one["alert"], one["state"], one["look"]["user"]) for one in told["alerts"]] == [
            ("user-daily-cost", "firing", "ada@acme.example")
        ]
        silent = ("alerts", "silence", "user-daily-cost", "ada@acme.example", "--for", "1d")
        assert machine.whence(*silent, WHENCE_READ_TOKEN="rrr", **place).returncode == 2
        assert machine.whence(*silent, WHENCE_ADMIN_TOKEN="aaa", **place).returncode == 0
        assert machine.whence("alerts", "check", WHENCE_READ_TOKEN="rrr", **place).returncode == 0
    # Started again, it tells nobody a second time.
    with running_ledger(tmp_path / "data", **TOKENS) as ledger:
        time.sleep(3)
        assert machine.whence("alerts", "check", WHENCE_LEDGER=ledger.url, WHENCE_READ_TOKEN="rrr").returncode == 0
        assert len(receiver.accepted) == 1


def test_where_nothing_is_the_matter_it_says_so(tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger:
        done = Machine(tmp_path).whence("alerts", "check", "--ledger", ledger.url)
        assert (done.returncode, done.stdout) == (0, "No alerts.\n")
        answer = httpx.post(f"{ledger.url}/api/v1/alerts/silences", json={"alert": "nonsense", "length": "1h"})
        assert (answer.status_code, "Alerts: new-model" in answer.json()["error"]) == (422, True)
    away = Machine(tmp_path).whence("alerts", "check", "--ledger", ledger.url)
    assert (away.returncode, "Start one: whence serve" in away.stderr) == (2, True)


def test_a_ledger_does_not_start_with_alerts_that_are_wrong(tmp_path: Path) -> None:
    (tmp_path / "alerts.toml").write_text("[nonsense]\n")
    done = Machine(tmp_path).whence("serve", "--data", str(tmp_path), "--port", "1")
    assert (done.returncode, "unknown alert nonsense" in done.stderr) == (1, True)


@pytest.mark.slow
def test_of_two_servers_on_one_clickhouse_one_notifies_and_a_silence_holds_for_both(
    tmp_path: Path, receiver: Receiver
) -> None:
    machine, now = Machine(tmp_path), int(datetime.now(UTC).timestamp()) * 10**9
    spent = decode_metrics(metrics(cost(150.0, "s1", now, user_email="ada@acme.example")), True, Window(1, 2**63))
    with closing(clickhouse_connect.get_client(interface="chdb")) as client, ExitStack() as running:
        drop_all(client)
        create_exporter_tables(client)
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
        drop_all(client)
    assert [one.body["alert"] for one in receiver.accepted] == ["user-daily-cost"]


def wait_for(ledger: Ledger, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until the ledger has one alert, and it is as wanted."""
    deadline = time.monotonic() + 120
    while not [one for one in ledger.get("alerts")["alerts"] if wanted(one)]:
        assert time.monotonic() < deadline
        time.sleep(0.5)
