"""Tokens on the wire: which requests a proxy sees, and what is refused over plain http."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from builders.event import read
from builders.git_repository import make_repository
from builders.ledger import running_ledger
from builders.machine import Machine
from builders.tls_proxy import tls_proxy
from fakes.proxy import Proxy, recording_proxy
from whence_ledger.store.store import Store

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
ELSEWHERE = "http://ledger.example:4318"
CLIENTS = {
    "report": ("report", "overview", "--ledger"),
    "alerts check": ("alerts", "check", "--ledger"),
    "alerts silence": ("alerts", "silence", "new-model", "--ledger"),
    "ledger backup": ("ledger", "backup", "BACKUP", "--ledger"),
    "ledger restore": ("ledger", "restore", "BACKUP", "--yes", "--ledger"),
    "classify": ("classify", "--changes", "--ledger"),
    "import": ("import", "TRANSCRIPTS", "--ledger"),
}


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with recording_proxy() as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    return machine


def words(client: str, folder: Path) -> list[str]:
    """The client's arguments, with files that exist."""
    transcripts = Path(__file__).parents[1] / "data" / "claude-code" / "transcripts"
    places = {"BACKUP": str(folder / "backup"), "TRANSCRIPTS": str(transcripts)}
    return [places.get(word, word) for word in CLIENTS[client]]


def test_no_proxy_sees_a_request_to_this_machine(machine: Machine, proxy: Proxy, tmp_path: Path) -> None:
    environment = proxy.variables | TOKENS
    with running_ledger(tmp_path / "data", **TOKENS) as ledger:
        done = machine.whence("install", "--endpoint", ledger.url, **environment)
        assert done.returncode == 0, done.stderr
        machine.hook(read(make_repository(tmp_path / "api", "git@github.com:acme/api.git") / "README.md"))
        assert machine.whence("hook", "flush", **environment).stdout.startswith("Sent 1 spans")
        doctor = json.loads(machine.whence("doctor", "--json", "--send-test", **environment).stdout)
        assert {check["name"]: check["ok"] for check in doctor}.items() >= {("endpoint", True), ("test session", True)}
        for client in CLIENTS:
            done = machine.whence(*words(client, tmp_path), ledger.url, **environment)
            assert done.returncode == 0, (client, done.stderr)
    assert proxy.asked == []


def test_tls_to_this_machine_is_direct_too_and_trusts_whom_the_environment_names(
    machine: Machine, proxy: Proxy, tmp_path: Path
) -> None:
    with running_ledger(tmp_path / "data", **TOKENS) as ledger, tls_proxy(ledger, tmp_path / "nginx") as tls:
        environment = proxy.variables | TOKENS | {"SSL_CERT_FILE": str(tls.authority)}
        # Not import: nginx limits each client's rate.
        for client in filter("import".__ne__, CLIENTS):
            done = machine.whence(*words(client, tmp_path), tls.url, **environment)
            assert done.returncode == 0, (client, done.stderr)
        assert machine.whence(*words("report", tmp_path), tls.url, **proxy.variables).returncode == 1
    assert proxy.asked == []


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_sends_its_token_over_plain_http_only_where_that_is_allowed(
    client: str, machine: Machine, proxy: Proxy, tmp_path: Path
) -> None:
    Store(tmp_path / "backup").close()
    environment = proxy.variables | TOKENS
    refused = machine.whence(*words(client, tmp_path), ELSEWHERE, **environment)
    assert refused.returncode in {1, 2}
    assert "Traceback" not in refused.stderr
    assert "sent unencrypted" in refused.stderr
    assert "WHENCE_PLAIN_HTTP=1" in refused.stderr
    assert [token for _, token in proxy.asked if token] == []
    machine.whence(*words(client, tmp_path), ELSEWHERE, **environment, WHENCE_PLAIN_HTTP="1")
    assert any(token and token.startswith("Bearer ") for _, token in proxy.asked)


def test_an_installation_is_refused_and_changes_nothing(machine: Machine) -> None:
    done = machine.whence("install", "--endpoint", ELSEWHERE, "--token", "iii")
    assert done.returncode == 1
    assert "sent unencrypted" in done.stderr
    assert not machine.settings.exists()
    assert not machine.config.exists()


def test_an_installation_that_is_allowed_stays_so_for_its_own_address(machine: Machine) -> None:
    assert machine.whence("install", "--endpoint", ELSEWHERE, "--token", "iii", "--plain-http").returncode == 0
    assert machine.whence("install").returncode == 0
    assert json.loads(machine.config.read_text())["plain_http"] is True
    assert machine.whence("install", "--endpoint", "http://other.example", "--token", "iii").returncode == 1
    assert machine.whence("install", "--no-plain-http").returncode == 1


def test_the_variable_allows_an_installation_too(machine: Machine) -> None:
    done = machine.whence("install", "--endpoint", ELSEWHERE, "--token", "iii", WHENCE_PLAIN_HTTP="1")
    assert (done.returncode, json.loads(machine.config.read_text())["plain_http"]) == (0, True)


def test_an_older_installation_keeps_its_records_and_says_what_to_do(
    machine: Machine, proxy: Proxy, tmp_path: Path
) -> None:
    machine.configure(ELSEWHERE, "iii")
    machine.hook(read(make_repository(tmp_path / "api", "git@github.com:acme/api.git") / "README.md"))
    flushed = machine.whence("hook", "flush", **proxy.variables)
    assert (flushed.returncode, len(machine.records())) == (1, 1)
    assert "sent unencrypted" in (machine.state / "hook.log").read_text()
    checks = json.loads(machine.whence("doctor", "--json", **proxy.variables).stdout)
    (endpoint,) = [check for check in checks if check["name"] == "endpoint"]
    assert (endpoint["ok"], "records are kept" in endpoint["found"]) == (False, True)
    assert "whence install --endpoint" in endpoint["hint"]
    assert proxy.asked == []
    assert headers(machine) == {}
    machine.config.write_text(json.dumps({"endpoint": ELSEWHERE, "token": "iii", "plain_http": True}))
    assert headers(machine) == {"Authorization": "Bearer iii"}
    machine.whence("hook", "flush", **proxy.variables)
    assert proxy.asked[0][1] == "Bearer iii"


def test_an_alert_reaches_a_receiver_on_this_machine_directly(proxy: Proxy, tmp_path: Path) -> None:
    from whence_ledger.alert.rule import Receiver, load_rules
    from whence_ledger.alert.watch import _direct

    here = Receiver("here", "webhook", "http://127.0.0.1:9/hook")
    there = Receiver("there", "webhook", "http://alerts.example/hook")
    rules = load_rules(tmp_path / "none.toml")._replace(receivers={"here": here, "there": there})
    os.environ |= proxy.variables
    try:
        with httpx.Client(mounts=_direct(rules)) as client:
            with pytest.raises(httpx.ConnectError):
                client.post(here.url)
            assert client.post(there.url).status_code == 502
    finally:
        for name in proxy.variables:
            del os.environ[name]
    assert [line for line, _ in proxy.asked] == [f"POST {there.url} HTTP/1.1"]


def headers(machine: Machine) -> object:
    """The headers that Claude Code is told to send with its telemetry."""
    from builders.machine import HOOK

    command = [HOOK[0], "-I", "-m", "whence_hook.headers"]
    return json.loads(subprocess.run(command, env=machine.environment, capture_output=True, check=True).stdout)
