"""The Claude Code plugin: from a marketplace in a clone of this repository, with both real clients."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from builders.bundle import shared_bundle
from builders.claude_code import CLIENTS, client_environment, run_session, start_session
from builders.git_repository import make_repository
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from fakes.messages_api import ToolCall, messages_api
from whence_contract import __version__
from whence_installer.settings.settings import add

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "hook"
TOKEN = "ingest-token-of-the-test"
FILES = (".claude-plugin", "hook", "contract", "install.sh", "requirements", "pyproject.toml")


class World(NamedTuple):
    """``clone``: of this repository, with the marketplace. ``wheels``: of everything that install.sh installs."""

    clone: Path
    wheels: Path
    ledger: Ledger
    messages_api: str
    repository: Path
    folder: Path

    def machine(self, client: Path, name: str) -> Machine:
        """A developer's machine where the plugin was installed as a developer does it."""
        machine = Machine(self.folder / name)
        machine.home.mkdir()
        self.claude(machine, client, "plugin", "marketplace", "add", str(self.clone))
        self.claude(machine, client, "plugin", "install", "whence@whence")
        return machine

    def claude(self, machine: Machine, client: Path, *arguments: str) -> str:
        """Run a command of the client."""
        environment = client_environment(machine, self.messages_api)
        done = subprocess.run(
            [str(client), *arguments], env=environment, cwd=machine.home, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def costs(self) -> dict[str, Any]:
        """The cost of each repository, from the ledger."""
        rows = httpx.get(f"{self.ledger.url}/api/v1/repositories").json()
        return {row["repository"] or "Unknown": row["cost_usd"] for row in rows}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("plugin")
    clone = folder / "clone"
    clone.mkdir()
    for name in FILES:
        copy: Any = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, clone / name)
    repository = make_repository(folder / "src" / "api", "git@github.com:acme/api.git")
    scripts = {"work": [[ToolCall("Read", {"file_path": str(repository / "README.md")})]]}
    with running_ledger(folder / "data") as ledger, messages_api(scripts) as url:
        yield World(clone, shared_bundle(tmp_path_factory) / "whence" / "wheels", ledger, url, repository, folder)


def tools(machine: Machine) -> list[str]:
    """The tool call of each record of a call that has ended."""
    return [record["tool"] for record in machine.records() if record["tool"] and "is" not in record]


def test_the_plugin_registers_what_the_installer_registers() -> None:
    ours = add({}, {}, token=False).settings["hooks"]
    for groups in ours.values():
        for group in groups:
            for entry in group["hooks"]:
                entry["command"] = 'sh "${CLAUDE_PLUGIN_ROOT}/plugin-record.sh"'
                del entry["args"]
    assert json.loads((PLUGIN / "hooks/hooks.json").read_text())["hooks"] == ours
    assert json.loads((PLUGIN / ".claude-plugin/plugin.json").read_text())["version"] == __version__


@pytest.mark.parametrize("client", CLIENTS)
def test_installed_from_a_marketplace_it_records_is_set_up_and_then_counts_once(world: World, client: Path) -> None:
    world.claude(Machine(world.folder), client, "plugin", "validate", str(world.clone))
    machine = world.machine(client, f"home-{client.parents[2].name}")
    before = world.costs().get("acme/api", 0)
    session = run_session(machine, world.messages_api, world.repository, "SCRIPT:work", client)
    assert [line["session"] for line in machine.records() if line.get("is") == "done"] == [session.id]
    assert len(tools(machine)) == 1
    # Nothing sends yet, and there is no telemetry.
    assert world.costs().get("acme/api", 0) == before
    setup = f"/whence:setup --endpoint {world.ledger.url} --wheels {world.wheels}"
    start_session(machine, world.messages_api, machine.home, setup, client, WHENCE_INGEST_TOKEN=TOKEN)
    assert "whence-hook.py" in machine.settings.read_text(), list(machine.home.rglob("*"))
    assert json.loads(machine.config.read_text())["token"] == TOKEN
    kept = [file.read_text() for file in machine.home.glob(".claude/projects/**/*.jsonl")]
    assert kept
    assert [text for text in kept if TOKEN in text] == []
    second = run_session(machine, world.messages_api, world.repository, "SCRIPT:work", client)
    # The installed hook records it; the plugin's does not.
    mine = [line for line in machine.records() if line["session"] == second.id]
    assert len([line for line in mine if line.get("is") == "call"]) == 1
    assert len([line for line in mine if line.get("is") == "done"]) == 1
    deadline = time.monotonic() + 120
    while world.costs().get("acme/api", 0) < before + second.cost_usd - 1e-6 and time.monotonic() < deadline:
        time.sleep(0.3)
    assert world.costs()["acme/api"] == pytest.approx(before + second.cost_usd)
    # The records from before it was set up were sent too.
    while (status := json.loads(machine.whence("hook", "status", "--json").stdout))["backlog_bytes"]:
        assert time.monotonic() < deadline, status
        time.sleep(0.3)
    assert (status["dropped_records"], status["last_flush"]["error"]) == (0, None)
    start_session(machine, world.messages_api, machine.home, "/whence:remove", client)
    left = json.loads(machine.settings.read_text())
    assert left.keys() <= {"enabledPlugins", "extraKnownMarketplaces"}, left
    assert left["enabledPlugins"] == {"whence@whence": True}
    assert not (machine.home / ".local/share/whence").exists()
    world.claude(machine, client, "plugin", "uninstall", "whence@whence")
    assert "whence@whence" not in machine.settings.read_text()


def record(machine: Machine, event: bytes, path: str = os.defpath) -> subprocess.CompletedProcess[bytes]:
    script = ["/bin/sh", str(PLUGIN / "plugin-record.sh")]
    return subprocess.run(
        script, env=machine.environment | {"PATH": path}, input=event, capture_output=True, check=False
    )


EVENT = b'{"session_id": "s", "hook_event_name": "SessionStart", "cwd": "/"}'


def test_beside_an_installed_hook_it_records_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    assert machine.whence("install", "--endpoint", "http://127.0.0.1:9").returncode == 0
    assert record(machine, EVENT).returncode == 0
    assert machine.records() == []
    assert machine.whence("uninstall").returncode == 0
    assert record(machine, EVENT).returncode == 0
    assert [line["session"] for line in machine.records()] == ["s"]


@pytest.mark.parametrize("event", [b"", b"{", b"\xff" * 100, b"[]"])
def test_whatever_the_event_it_exits_0_and_prints_nothing(tmp_path: Path, event: bytes) -> None:
    done = record(Machine(tmp_path), event)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_python_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    """The interpreter says that it is 3.9, as Apple's; the event is left for the next one."""
    script = (PLUGIN / "whence_hook" / "__main__.py").read_text()
    check = "sys.version_info < (3, 11)"
    assert check in script
    old = tmp_path / "whence_hook" / "__main__.py"
    old.parent.mkdir()
    old.write_text(script.replace(check, "True"))
    done = subprocess.run(["python3", "-I", "-S", str(old)], input=EVENT, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


def test_what_nothing_sends_is_bounded(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    spool = machine.state / "spool"
    spool.mkdir(parents=True)
    for name, size, age in (("old", 1, 31), ("large", 40_000_000, 2), ("new", 30_000_000, 1)):
        file = spool / f"{name}.jsonl"
        with file.open("wb") as content:
            content.truncate(size)
        os.utime(file, (time.time() - age * 86_400,) * 2)
    stop = b'{"session_id": "s", "hook_event_name": "Stop", "cwd": "/"}'
    record(machine, stop)
    assert sorted(file.name for file in spool.iterdir()) == ["new.jsonl", "s.jsonl"]
    assert "dropped the unsent records of 2 sessions" in (machine.state / "hook.log").read_text()


@pytest.mark.parametrize(("arguments", "said"), [(["--token", "x"], "WHENCE_INGEST_TOKEN"), (["--system"], "terminal")])
def test_setup_takes_no_token_from_a_prompt(tmp_path: Path, arguments: list[str], said: str) -> None:
    command = ["/bin/sh", str(PLUGIN / "plugin-setup.sh"), *arguments]
    done = subprocess.run(command, env=Machine(tmp_path).environment, capture_output=True, text=True, check=False)
    assert (done.returncode, said in done.stdout) == (0, True), done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
