"""``whence doctor``: each link of the chain, whole and broken."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.event import read
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with running_ledger(tmp_path / "data", WHENCE_INGEST_TOKEN="iii") as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path, ledger: Ledger) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    assert machine.whence("install", "--endpoint", ledger.url, "--token", "iii").returncode == 0
    return machine


def failing(machine: Machine) -> dict[str, str]:
    done = machine.whence("doctor", "--json")
    checks = json.loads(done.stdout)
    failed = {check["name"]: f"{check['found']} {check['hint']}" for check in checks if not check["ok"]}
    assert done.returncode == (1 if failed else 0)
    return failed


def test_a_whole_chain_passes(machine: Machine, tmp_path: Path) -> None:
    assert failing(machine) == {}
    machine.hook(read(tmp_path / "a"))
    machine.flush()
    done = machine.whence("doctor")
    assert done.returncode == 0
    assert "1 spans accepted" in done.stdout


def test_each_broken_link_is_named_with_what_to_do(machine: Machine, ledger: Ledger) -> None:
    settings = json.loads(machine.settings.read_text())
    del settings["hooks"]["Stop"]
    del settings["env"]["OTEL_METRICS_EXPORTER"]
    machine.settings.write_text(json.dumps(settings))
    machine.configure(ledger.url, "wrong")
    found = failing(machine)
    assert "Run 'whence install'" in found["hook"]
    assert "OTEL_METRICS_EXPORTER" in found["telemetry"]
    assert "refuses the token" in found["endpoint"]


def test_a_hook_registered_twice_is_found(machine: Machine) -> None:
    settings = json.loads(machine.settings.read_text())
    settings["hooks"]["Stop"] *= 2
    machine.settings.write_text(json.dumps(settings))
    assert set(failing(machine)) == {"hook"}


def test_an_endpoint_that_is_away_and_a_failed_flush_are_found(machine: Machine, tmp_path: Path) -> None:
    machine.whence("install", "--endpoint", "http://127.0.0.1:9")
    machine.hook(read(tmp_path / "a"))
    machine.flush()
    found = failing(machine)
    assert set(found) == {"endpoint", "last flush"}
    assert "whence serve" in found["endpoint"]
    assert "nothing is lost" in found["last flush"]


def test_a_machine_without_whence_fails(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "other")
    machine.home.mkdir()
    assert "hook" in failing(machine)


def test_damaged_settings_are_found(machine: Machine) -> None:
    machine.settings.write_text("{")
    assert "is not JSON" in failing(machine)["settings"]
