"""Past sessions of the real client: an import reports what telemetry and the hook reported."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from builders.claude_code import CLIENTS, run_session, start_session
from builders.command import WHENCE
from builders.git_repository import make_repository
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.transcript import USD, answer, prompt, write
from fakes.messages_api import ToolCall, messages_api

SECRET = "xyzzyplugh"
COMPARED = ("cost_usd", "cost_share", "tokens", "sessions", "models", "lines_added", "lines_removed", "commits")


class World(NamedTuple):
    """``seen``: the ledger that received the sessions' telemetry while they ran."""

    machine: Machine
    seen: Ledger
    folder: Path


@pytest.fixture(scope="module", params=CLIENTS)
def world(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[World]:
    client: Path = request.param
    folder = tmp_path_factory.mktemp("world")
    machine = Machine(folder / "home")
    machine.home.mkdir()
    api = make_repository(folder / "src" / "api", f"https://jane:{SECRET}@github.com/acme/api.git")
    game = make_repository(folder / "src" / "game", "git@github.com:jane/game.git")
    commit = f"cd {api} && git -c user.name=a -c user.email=a@b commit -qam '{SECRET}' && ls {game}"
    scripts = {
        "work": [
            [ToolCall("Read", {"file_path": str(game / "README.md")}), ToolCall("Bash", {"command": "ls"})],
            [ToolCall("Write", {"file_path": str(game / "new.txt"), "content": f"{SECRET}\n2\n3\n"})],
            [ToolCall("Read", {"file_path": str(api / "README.md")})],
            [ToolCall("Edit", {"file_path": str(api / "README.md"), "old_string": "#", "new_string": "# more\n#"})],
            [ToolCall("Bash", {"command": commit})],
            [ToolCall("Agent", {"description": "look", "prompt": "SCRIPT:sub", "subagent_type": "general-purpose"})],
        ],
        "sub": [[ToolCall("Bash", {"command": f"grep -r x {game}"})]],
        "talk": [],
        "denied": [
            [ToolCall("Bash", {"command": f"touch {game}/x"})],
            [ToolCall("Bash", {"command": f"cat {api}/nothing"})],
            [ToolCall("Read", {"file_path": str(game / "nothing")})],
            [ToolCall("Bash", {"command": f"touch {game}/x"})],
        ],
    }
    with running_ledger(folder / "seen") as ledger, messages_api(scripts) as url:
        assert machine.whence("install", "--endpoint", ledger.url).returncode == 0
        settings = json.loads(machine.settings.read_text()) | {"permissions": {"deny": ["Bash(touch:*)"]}}
        machine.settings.write_text(json.dumps(settings))
        costs = [
            run_session(machine, url, api, f"SCRIPT:work {SECRET}", client).cost_usd,
            run_session(machine, url, game, "SCRIPT:talk", client).cost_usd,
            start_session(machine, url, api, "SCRIPT:denied", client)["total_cost_usd"],
        ]
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and sum(ledger.costs().values()) < sum(costs) - 1e-9:
            time.sleep(0.3)
        machine.flush()
        yield World(machine, ledger, folder)


def figures(ledger: Ledger) -> dict[str, dict[str, Any]]:
    rows = ledger.get("repositories")
    return {row["repository"]: {name: pytest.approx(row[name]) for name in COMPARED} for row in rows}


def test_an_import_tells_what_was_seen_and_changes_nothing_where_it_was(world: World, tmp_path: Path) -> None:
    seen = figures(world.seen)
    assert set(seen) == {"acme/api", "jane/game"}
    with running_ledger(tmp_path / "other") as other:
        done = world.machine.whence("import", "--ledger", other.url)
        assert (done.returncode, done.stdout) == (0, "Imported 3 past sessions; the ledger already had 0.\n")
        assert figures(other) == seen
        for split in ("request", "prompt", "session"):
            assert other.costs(split=split) == pytest.approx(world.seen.costs(split=split))
        tools = {row["tool"]: row["uses"] for row in other.get("tools")}
        assert tools == {row["tool"]: row["uses"] for row in world.seen.get("tools")}
        users = [row["user"] for row in world.seen.get("users")]
        assert [row["user"] for row in other.get("users")] == users
        assert "already had 3" in world.machine.whence("import", "--ledger", other.url).stdout
        assert figures(other) == seen
        stored = b"".join(file.read_bytes() for file in (tmp_path / "other").iterdir() if file.is_file())
        assert SECRET.encode() not in stored + world.machine.everything_written()
    assert "already had 3" in world.machine.whence("import").stdout
    assert figures(world.seen) == seen


def test_an_import_that_is_killed_is_made_good_by_the_next(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home")
    api = make_repository(tmp_path / "src" / "api", "git@github.com:acme/api.git")
    for number in range(250):
        lines = [prompt(number, api, f"s{number}"), answer(number, session=f"s{number}")]
        write(machine.home / ".claude" / "projects" / "p" / f"s{number}.jsonl", *lines)
    journal = machine.state / "imported.json"
    with running_ledger(tmp_path / "data") as ledger:
        command = [*WHENCE, "import", "--ledger", ledger.url]
        with subprocess.Popen(
            command, env=machine.environment, start_new_session=True, stderr=subprocess.DEVNULL
        ) as process:
            deadline = time.monotonic() + 120
            while not journal.exists() and time.monotonic() < deadline:
                time.sleep(0.005)
            os.killpg(process.pid, signal.SIGKILL)
        assert not all(done for _, done in json.loads(journal.read_text()).values())
        done = machine.whence("import", "--ledger", ledger.url)
        assert done.returncode == 0, done.stderr
        assert ledger.get("overview")["sessions"] == 250
        assert ledger.costs() == {"acme/api": pytest.approx(250 * USD)}
        assert "already had 250" in machine.whence("import", "--ledger", ledger.url).stdout
        assert ledger.costs() == {"acme/api": pytest.approx(250 * USD)}


def test_what_telemetry_told_of_a_session_after_its_import_is_not_imported_too(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home")
    api = make_repository(tmp_path / "src" / "api", "git@github.com:acme/api.git")
    path = machine.home / ".claude" / "projects" / "p" / "s1.jsonl"
    write(path, prompt(0, api), answer(1))
    with running_ledger(tmp_path / "data") as ledger:
        machine.whence("import", "--ledger", ledger.url)
        write(path, prompt(0, api), answer(1), answer(100))
        machine.whence("import", "--ledger", ledger.url)
        assert ledger.costs() == {"acme/api": pytest.approx(USD)}


def test_what_stands_in_the_way_is_said(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    assert "no transcripts" in machine.whence("import").stdout
    api = make_repository(tmp_path / "src" / "api")
    write(machine.home / ".claude" / "projects" / "p" / "s1.jsonl", prompt(0, api), answer(1, model="gpt-17"), "{")
    tokens = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr"}
    with running_ledger(tmp_path / "data", **tokens) as ledger:
        refused = machine.whence("import", "--ledger", ledger.url)
        assert (refused.returncode, "read token" in refused.stderr) == (1, True)
        refused = machine.whence("import", "--ledger", ledger.url, WHENCE_READ_TOKEN="rrr")
        assert (refused.returncode, "ingest token" in refused.stderr or "401" in refused.stderr) == (1, True)
        done = machine.whence("import", "--ledger", ledger.url, **tokens)
        assert done.returncode == 0
        assert "no price for gpt-17" in done.stderr
        assert "Skipped 1 damaged lines" in done.stderr
