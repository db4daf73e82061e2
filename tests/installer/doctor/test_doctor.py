"""``whence doctor``: each link of the chain, whole and broken."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from builders.claude_code import CLAUDE
from builders.command import WHENCE
from builders.event import read
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from fakes.otlp_receiver import otlp_receiver


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with running_ledger(tmp_path / "data", WHENCE_INGEST_TOKEN="iii", WHENCE_READ_TOKEN="rrr") as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path, ledger: Ledger) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    assert machine.whence("install", "--endpoint", ledger.url, "--token", "iii").returncode == 0
    return machine


def failing(machine: Machine, folder: Path | None = None) -> dict[str, str]:
    """What fails, for sessions in ``folder``."""
    done = subprocess.run(
        [*WHENCE, "doctor", "--json"],
        check=False,
        cwd=folder or machine.home,
        env=machine.environment | {"PATH": f"{CLAUDE.parent}:{os.defpath}"},
        capture_output=True,
        timeout=120,
    )
    checks = json.loads(done.stdout)
    failed = {check["name"]: f"{check['found']} {check['hint']}" for check in checks if not check["ok"]}
    assert done.returncode == (1 if failed else 0)
    return failed


def test_a_whole_chain_passes(machine: Machine, tmp_path: Path) -> None:
    assert failing(machine) == {}
    machine.hook(read(tmp_path / "a"))
    machine.flush()
    done = machine.whence("doctor", PATH=f"{CLAUDE.parent}:{os.defpath}")
    assert done.returncode == 0
    assert "1 span accepted" in done.stdout


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


def test_a_test_session_goes_through_and_leaves_nothing(machine: Machine, ledger: Ledger) -> None:
    done = machine.whence("doctor", "--send-test")
    assert "test session: arrived, was attributed to its repository, and was removed" in done.stdout
    for report in ("sessions", "repositories", "observations"):
        answer = httpx.get(f"{ledger.url}/api/v1/{report}", headers={"Authorization": "Bearer rrr"})
        assert (answer.status_code, answer.json()) == (200, [])


def test_a_test_session_that_a_collector_accepts_is_named_so_that_the_ledger_can_remove_it(machine: Machine) -> None:
    with otlp_receiver() as collector:
        machine.configure(collector.url)
        done = machine.whence("doctor", "--send-test")
    assert re.search(r"ok +test session: accepted as whence-doctor-[0-9a-f]{16}; this receiver", done.stdout)


def test_a_test_session_that_is_refused_is_told(machine: Machine, ledger: Ledger) -> None:
    machine.configure(ledger.url, "wrong")
    done = machine.whence("doctor", "--send-test")
    assert done.returncode == 1
    assert "FAIL  test session" in done.stdout


def test_cumulative_metrics_and_disabled_hooks_are_found(machine: Machine) -> None:
    settings = json.loads(machine.settings.read_text())
    settings["env"]["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] = "cumulative"
    settings["disableAllHooks"] = True
    machine.settings.write_text(json.dumps(settings))
    found = failing(machine)
    assert "cumulative" in found["temporality"]
    assert "disableAllHooks" in found["settings"]


def test_settings_of_the_current_project_that_hide_its_sessions_are_found(machine: Machine, tmp_path: Path) -> None:
    hidden = {
        "OTEL_METRICS_INCLUDE_SESSION_ID": "false",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "cumulative",
    }
    project, local = (tmp_path / "src" / ".claude" / name for name in ("settings.json", "settings.local.json"))
    project.parent.mkdir(parents=True)
    project.write_text(json.dumps({"env": hidden}))
    local.write_text(json.dumps({"disableAllHooks": True}))
    assert failing(machine) == {}
    found = failing(machine, project.parents[1])
    assert set(found) == {"settings", "session ids", "temporality"}
    assert f"disableAllHooks in {local}" in found["settings"]
    assert f"Remove it from {project}" in found["session ids"]
    assert str(project) in found["temporality"]


def test_what_the_console_sends_goes_before_what_the_user_has(machine: Machine) -> None:
    remote = machine.settings.with_name("remote-settings.json")
    remote.write_text(json.dumps({"allowManagedHooksOnly": True, "env": {"OTEL_LOGS_EXPORTER": "none"}}))
    found = failing(machine)
    assert "only managed hooks" in found["settings"]
    assert "OTEL_LOGS_EXPORTER" in found["telemetry"]


def test_telemetry_over_grpc_needs_the_token_in_the_settings_and_a_port_that_answers(machine: Machine) -> None:
    def telemetry(**variables: str) -> str:
        settings = json.loads(machine.settings.read_text())
        settings["env"] |= {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"} | variables
        machine.settings.write_text(json.dumps(settings))
        found = failing(machine)
        assert set(found) <= {"telemetry"}
        return found.get("telemetry", "")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        own = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert "4317" in telemetry(OTEL_EXPORTER_OTLP_ENDPOINT="http://ledger.example:4317")
        assert "OTEL_EXPORTER_OTLP_HEADERS to 'authorization=" in telemetry(OTEL_EXPORTER_OTLP_ENDPOINT=own)
        assert "does not have" in telemetry(OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer wrong")
        assert telemetry(OTEL_EXPORTER_OTLP_HEADERS="a=b, Authorization=Bearer%20iii") == ""
    assert "whence serve --grpc-port" in telemetry()
