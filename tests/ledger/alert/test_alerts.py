"""Alerts of a served ledger, as people and cron meet them."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.telemetry import cost, metrics, span, traces
from fakes.alert_receiver import Receiver, alert_receiver

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
    data.mkdir()
    (data / "alerts.toml").write_text(f'[receivers.hook]\nkind = "webhook"\nurl = "{receiver.url}"\n')
    return data


@pytest.mark.slow
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
