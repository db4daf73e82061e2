"""This version takes over what version 0.1.0 left on a machine and in a ledger."""

import hashlib
import json
import sys
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

import whence_hook
from builders.git_repository import make_repository
from builders.ledger import running_ledger
from builders.machine import Machine
from fakes.otlp_receiver import otlp_receiver

DATA = Path(__file__).parents[1] / "data"
INSTALLED = DATA / "installation-0.1.0"
PLACES = {
    "settings.json": ".claude",
    "settings.json.before-whence": ".claude",
    "config.json": ".config/whence",
    "receipt.json": ".config/whence",
    "s-old.jsonl": ".local/state/whence/spool",
}
ALWAYS = {"from": "2025-01-01"}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine as version 0.1.0 left it: the hook is registered, and a spool waits to be sent."""
    home = tmp_path / "home"
    make_repository(tmp_path / "repositories" / "api", "https://github.com/acme/api.git")
    values = {
        "{home}": str(home),
        "{python}": sys.executable,
        "{hook}": str(Path(whence_hook.__file__).parents[1]),
        "{repositories}": str(tmp_path / "repositories"),
        "{time}": str(time.time_ns()),
    }
    for name, folder in PLACES.items():
        content = (INSTALLED / name).read_text()
        for placeholder, value in values.items():
            content = content.replace(placeholder, value)
        (home / folder).mkdir(parents=True, exist_ok=True)
        (home / folder / name).write_text(content)
    receipt = home / ".config" / "whence" / "receipt.json"
    digest = hashlib.sha256((home / ".claude" / "settings.json").read_bytes()).hexdigest()
    receipt.write_text(json.dumps(json.loads(receipt.read_text()) | {"after": digest}))
    return Machine(home)


def test_a_spool_of_the_version_before_is_sent(machine: Machine) -> None:
    with otlp_receiver() as receiver:
        machine.configure(receiver.url)
        assert machine.whence("hook", "flush").returncode == 0
        sent = {
            attribute.key: attribute.value.string_value or attribute.value.int_value
            for span in receiver.spans()
            for attribute in span.attributes
            if span.attributes and any(one.key == "prompt.id" for one in span.attributes)
        }
    assert sent["vcs.repository.url.full"] == "https://github.com/acme/api"
    assert (sent["whence.activity.read"], sent["whence.activity.command"]) == (1, 1)


def test_the_registered_hook_of_the_version_before_still_records(machine: Machine, tmp_path: Path) -> None:
    entry = json.loads(machine.settings.read_text())["hooks"]["PostToolUse"][0]["hooks"][0]
    assert Path(entry["args"][-1]).is_file()
    event = {
        "hook_event_name": "PostToolUse",
        "session_id": "s-new",
        "cwd": str(tmp_path / "repositories" / "api"),
        "tool_name": "Read",
        "tool_use_id": "toolu_3",
        "tool_input": {"file_path": str(tmp_path / "repositories" / "api" / "README.md")},
    }
    done = machine.hook(event)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert {record["session"] for record in machine.records() if record} >= {"s-new"}


def test_installing_over_it_registers_each_hook_once_and_uninstalling_gives_the_first_file_back(
    machine: Machine,
) -> None:
    before = machine.home.joinpath(".claude", "settings.json.before-whence").read_bytes()
    done = machine.whence("install", "--endpoint", "http://127.0.0.1:1")
    assert done.returncode == 0, done.stderr
    hooks = json.loads(machine.settings.read_text())["hooks"]
    ours = {
        event: [entry for group in groups for entry in group["hooks"] if "whence_hook" in str(entry.get("args"))]
        for event, groups in hooks.items()
    }
    assert {event: len(entries) for event, entries in ours.items()} == dict.fromkeys(ours, 1)
    assert {
        "SessionStart",
        "UserPromptSubmit",
        "PostToolUse",
        "PostToolUseFailure",
        "Stop",
        "SessionEnd",
    } <= ours.keys()
    assert machine.whence("uninstall").returncode == 0
    assert machine.settings.read_bytes() == before


def test_a_ledger_of_the_version_before_keeps_its_figures(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with duckdb.connect(str(tmp_path / "data" / "ledger.duckdb")) as database:
        database.execute((DATA / "ledger" / "schema-5.sql").read_text())
    for _ in range(2):
        with running_ledger(tmp_path / "data") as ledger:
            expected: dict[str | None, float] = {"acme/api": 6, "jane/game": 2, "acme/web": 6}
            assert ledger.costs(split="session", **ALWAYS) == expected
            assert ledger.costs(split="prompt", **ALWAYS) == expected | {"acme/api": 2, "jane/game": 6}
            labels = {row["repository"]: row["label"] for row in ledger.get("repositories", **ALWAYS)}
            assert labels == {"acme/api": "Managed", "jane/game": "Unmanaged", "acme/web": "Unknown"}
            assert ledger.get("overview", **ALWAYS)["cost_usd"] == Decimal(14)
