"""With both clients, every tool call of a real session counts once, where it began."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from builders.claude_code import CLIENTS, NEWEST_CLAUDE, run_session, start_session
from builders.git_repository import git, make_repository
from builders.machine import Machine
from builders.rounds import rounds
from builders.terminal import Terminal
from fakes.messages_api import Script, ToolCall, messages_api
from fakes.otlp_receiver import Receiver, attributes, otlp_receiver
from whence_importer.transcript import read_transcript

SESSIONS = rounds(6, 40)


class Workspace(NamedTuple):
    """A folder with several repositories, as developers have; sessions start in the folder itself."""

    machine: Machine
    receiver: Receiver
    folder: Path
    alpha: Path
    beta: Path


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    (machine.home / ".gitconfig").write_text("[user]\n\tname = Jane\n\temail = jane@acme.example\n")
    folder = tmp_path / "work"
    alpha, beta = (make_repository(folder / name, f"https://github.com/acme/{name}") for name in ("alpha", "beta"))
    (alpha / "sub").mkdir()
    with otlp_receiver() as receiver:
        assert machine.whence("install", "--endpoint", receiver.url).returncode == 0
        text = machine.settings.read_text()
        machine.settings.write_text(text.replace("CLAUDE_CODE_ENABLE_TELEMETRY", "CLAUDE_CODE_IS_SILENT_HERE"))
        yield Workspace(machine, receiver, folder, alpha, beta)


def bash(command: str) -> ToolCall:
    return ToolCall("Bash", {"command": command, "description": "work"})


def sum_of(workspace: Workspace, *names: str) -> dict[str, int]:
    """Flush until nothing is left; return the sums of the spans by repository."""
    deadline = time.monotonic() + 120
    while '"backlog_bytes": 0' not in workspace.machine.whence("hook", "status", "--json").stdout:
        assert time.monotonic() < deadline
        assert workspace.machine.flush().returncode == 0
    sums: dict[str, int] = {}
    for span in map(attributes, workspace.receiver.spans()):
        name = str(span.get("vcs.repository.name"))
        sums[name] = sums.get(name, 0) + sum(int(str(span[one])) for one in names)
    return {name: count for name, count in sums.items() if count}


def imported(workspace: Workspace) -> list[str]:
    """The folders of the repositories that the calls in the transcripts reached, as an import reads them."""
    files = (workspace.machine.home / ".claude" / "projects").rglob("*.jsonl")
    calls = [call for file in files for call in read_transcript(file).calls if call.tool]
    return [Path(change.root[0]).name for call in calls for change in call.record.changes if change.root]


TOUCHES = ("whence.activity.read", "whence.activity.edit", "whence.activity.search", "whence.activity.command")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_command_counts_where_it_began_and_a_commit_in_each_repository(workspace: Workspace, client: Path) -> None:
    """``PreToolUse`` has the folder before the command, ``PostToolUse`` the one after it."""
    script = [
        [bash("cd alpha/sub && ls")],
        [bash("cd ../../beta && ls")],
        [bash("cd ../alpha && git commit -q --allow-empty -m a && cd ../beta && git commit -q --allow-empty -m b")],
        [bash("git clone -q . ../gamma && cd ../gamma && ls")],
    ]
    with messages_api({"folders": script}) as url:
        run_session(workspace.machine, url, workspace.folder, "SCRIPT:folders", client)
    assert [git(root, "rev-list", "--count", "HEAD") for root in (workspace.alpha, workspace.beta)] == ["2", "2"]
    commits = sum_of(workspace, "whence.commits")
    assert commits == {"alpha": 1, "beta": 1}
    # The second call began in alpha and did nothing there; the last one began in beta.
    assert sum_of(workspace, *TOUCHES) == {"alpha": 2, "beta": 3, "gamma": 1}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_call_that_was_denied_counts_for_nothing(workspace: Workspace, client: Path) -> None:
    settings = json.loads(workspace.machine.settings.read_text())
    settings["permissions"] = {"deny": ["Bash(touch:*)"]}
    workspace.machine.settings.write_text(json.dumps(settings))
    script = [[bash(f"touch {workspace.beta}/x")], [bash(f"ls {workspace.alpha}")], [bash(f"touch {workspace.beta}/y")]]
    with messages_api({"denied": script}) as url:
        done = start_session(workspace.machine, url, workspace.alpha, "SCRIPT:denied", client)
    assert len(done["permission_denials"]) == 2
    assert sum_of(workspace, *TOUCHES) == {"alpha": 1}
    assert imported(workspace) == ["alpha"]


@pytest.mark.parametrize("client", CLIENTS)
def test_no_call_of_a_session_that_ends_with_its_last_one_is_missing(workspace: Workspace, client: Path) -> None:
    """``--max-turns 1`` ends a session as soon as the call has run, and Claude Code ends the hooks that still do."""
    script: Script = [[bash(f"ls {workspace.beta}"), ToolCall("Read", {"file_path": f"{workspace.alpha}/README.md"})]]
    with messages_api({"short": script}) as url, ThreadPoolExecutor(2) as pool:

        def one(_: int) -> str:
            result = start_session(workspace.machine, url, workspace.folder, "SCRIPT:short", client, "--max-turns", "1")
            return str(result["subtype"])

        assert set(pool.map(one, range(SESSIONS))) == {"error_max_turns"}
    every = {"alpha": SESSIONS, "beta": SESSIONS}
    # On a busy machine hooks are killed, even the one for the session's end. Then the transcript is read.
    deadline = time.monotonic() + 120
    while (found := sum_of(workspace, *TOUCHES)) != every and time.monotonic() < deadline:
        time.sleep(1)
    assert found == every


def transcripts(machine: Machine) -> str:
    return "".join(file.read_text() for file in (machine.home / ".claude" / "projects").rglob("*.jsonl"))


def permit(machine: Machine, *commands: str) -> None:
    settings = json.loads(machine.settings.read_text())
    settings["permissions"] = {"allow": list(commands), "defaultMode": "default"}
    machine.settings.write_text(json.dumps(settings))


@pytest.mark.parametrize("client", CLIENTS)
def test_a_call_that_is_interrupted_counts(workspace: Workspace, client: Path) -> None:
    """Escape: no hook reports it."""
    machine = workspace.machine
    permit(machine, "Bash(tail:*)")
    (workspace.beta / "log").touch()
    script: Script = [[bash(f"tail -f {workspace.beta}/log")]]
    with messages_api({"long": script}) as url, Terminal(machine, client, url) as terminal:
        terminal.start(workspace.folder)
        terminal.enter("SCRIPT:long")
        terminal.wait(lambda: any(record.get("is") == "call" for record in machine.records()))
        terminal.wait_for("tail -f")
        terminal.press("\x1b")
        terminal.wait(lambda: "Request interrupted by user" in transcripts(machine))
        terminal.end()
    assert [record["tool"] for record in machine.records() if record["kind"] and "roots" in record] == []
    assert sum_of(workspace, *TOUCHES) == {"beta": 1}
    # 2.1.197 writes the same words to the transcript as for a refused call.
    assert imported(workspace) == (["beta"] if client == NEWEST_CLAUDE else [])


@pytest.mark.parametrize("client", CLIENTS)
def test_a_call_that_a_person_refuses_counts_for_nothing(workspace: Workspace, client: Path) -> None:
    machine = workspace.machine
    permit(machine)
    with (
        messages_api({"asks": [[bash(f"touch {workspace.beta}/x")]]}) as url,
        Terminal(machine, client, url) as terminal,
    ):
        terminal.start(workspace.folder)
        terminal.enter("SCRIPT:asks")
        terminal.wait(lambda: any(record.get("is") == "asked" for record in machine.records()))
        terminal.press("\x1b")
        terminal.wait(lambda: "The user doesn't want to proceed" in transcripts(machine))
        terminal.end()
    assert not (workspace.beta / "x").exists()
    assert sum_of(workspace, *TOUCHES) == {}
    assert imported(workspace) == []
