"""End to end: real Claude Code sessions, attributed and labelled, from the hook to the report."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from builders.claude_code import CLAUDE, Session, run_session
from builders.git_repository import make_repository
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.rounds import rounds
from fakes.github import TOKEN, github
from fakes.messages_api import Script, ToolCall, messages_api

ROUNDS = rounds(2, 40)
SECRET = "xyzzyplugh"


class World(NamedTuple):
    """A developer's machine with three folders, a ledger, and a Messages API."""

    machine: Machine
    ledger: Ledger
    messages_api: str
    api: Path
    game: Path
    loose: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    machine = Machine(folder / "home")
    machine.home.mkdir()
    api = make_repository(folder / "src" / "api", f"https://jane:{SECRET}@github.com/Acme/api.git")
    game = make_repository(folder / "src" / "game", "git@github.com:jane/game.git")
    loose = folder / "loose"
    loose.mkdir()
    (loose / "todo.txt").write_text("todo\n")
    with running_ledger(folder / "data") as ledger, messages_api(scripts(api, game, loose)) as url:
        assert machine.whence("install", "--endpoint", ledger.url).returncode == 0
        yield World(machine, ledger, url, api, game, loose)


def scripts(api: Path, game: Path, loose: Path) -> dict[str, Script]:
    """``mixed`` touches the api three times, the game twice, and a folder outside git; ``short`` touches the game."""
    return {
        "mixed": [
            [
                ToolCall("Read", {"file_path": str(api / "README.md")}),
                ToolCall("Read", {"file_path": str(loose / "todo.txt")}),
            ],
            [ToolCall("Edit", {"file_path": str(api / "README.md"), "old_string": "#", "new_string": f"# {SECRET}"})],
            [ToolCall("Write", {"file_path": str(game / f"{SECRET}.txt"), "content": f"{SECRET}\ntwo\n"})],
            [
                ToolCall(
                    "Bash", {"command": f"git checkout -q README.md && ls {game} # {SECRET}", "description": "tidy up"}
                )
            ],
        ],
        "talk": [],
        "short": [[ToolCall("Read", {"file_path": str(game / "README.md")})]],
    }


def play(world: World) -> tuple[Session, Session, Session]:
    """Run the three sessions at the same time: mixed, talk, short."""
    prompts = [("mixed", world.api), ("talk", world.game), ("short", world.loose)]
    (world.game / f"{SECRET}.txt").unlink(missing_ok=True)
    with ThreadPoolExecutor(3) as pool:
        runs = [
            pool.submit(run_session, world.machine, world.messages_api, cwd, f"SCRIPT:{name} {SECRET}")
            for name, cwd in prompts
        ]
        mixed, talk, short = (run.result() for run in runs)
    return mixed, talk, short


def until(world: World, expected: dict[str | None, float]) -> dict[str | None, float]:
    """The cost of each repository, as soon as it is the expected one, or after half a minute."""
    deadline = time.monotonic() + 120
    while (found := world.ledger.costs()) != pytest.approx(expected, abs=1e-9) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def test_every_session_is_attributed_many_times_in_a_row(world: World) -> None:
    expected: dict[str | None, float] = {"Acme/api": 0.0, "jane/game": 0.0}
    sessions: list[Session] = []
    for _ in range(ROUNDS):
        mixed, talk, short = played = play(world)
        sessions += played
        expected["Acme/api"] += mixed.cost_usd * 3 / 5
        expected["jane/game"] += mixed.cost_usd * 2 / 5 + talk.cost_usd + short.cost_usd
        assert until(world, expected) == pytest.approx(expected, abs=1e-9)
    _check_sessions(world, sessions)
    _check_labels(world, sessions)
    _check_privacy(world)


def _check_sessions(world: World, sessions: list[Session]) -> None:
    rows = {row["session"]: row for row in world.ledger.get("sessions")}
    costs = {session: row["cost_usd"] for session, row in rows.items()}
    assert costs == pytest.approx({session.id: session.cost_usd for session in sessions}, abs=1e-9)
    changed: dict[str, Any] = {row["repository"]: row for row in world.ledger.get("repositories")}
    # Claude Code counts three lines in a new file of two.
    assert (changed["jane/game"]["lines_added"], changed["Acme/api"]["lines_added"]) == (3 * ROUNDS, ROUNDS)
    assert changed["Acme/api"]["sessions"] == ROUNDS


def _check_labels(world: World, sessions: list[Session]) -> None:
    assert world.machine.whence("doctor", PATH=f"{CLAUDE.parent}:{os.defpath}").returncode == 0
    with github({"acme": ["api"]}) as fake:
        arguments = ["classify", "--org", "acme", "--github-url", fake.url, "--ledger", world.ledger.url]
        assert world.machine.whence(*arguments, GITHUB_TOKEN=TOKEN).returncode == 0
    labels = {row["repository"]: row["label"] for row in world.ledger.get("repositories")}
    assert labels == {"Acme/api": "Managed", "jane/game": "Unmanaged"}
    of_session = {row["session"]: row["label"] for row in world.ledger.get("sessions")}
    assert [of_session[session.id] for session in sessions] == ["Managed", "Unmanaged", "Unmanaged"] * ROUNDS
    printed = world.machine.whence("report", "repositories", "--ledger", world.ledger.url).stdout
    assert "Managed" in printed
    assert "Unmanaged" in printed


def _check_privacy(world: World) -> None:
    """The secret was in the prompts, the code, a command, a file name and a remote."""
    assert SECRET.encode() not in world.machine.everything_written()
    assert world.machine.records()
    stored = b"".join(file.read_bytes() for file in world.ledger.data.iterdir())
    assert SECRET.encode() not in stored
