"""The tools that the client offers to the model: the hook handles each, or it touches no repository."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.claude_code import CLAUDE, NEWEST_CLAUDE, client_environment, run_session, start_session
from builders.git_repository import make_repository
from builders.machine import Machine
from fakes import mcp_server
from fakes.messages_api import ToolCall, messages_api
from fakes.otlp_receiver import Receiver, attributes, otlp_receiver
from whence_hook.record.touch import kind_of

CLIENTS = pytest.mark.parametrize("client", [CLAUDE, NEWEST_CLAUDE], ids=["2.1.197", "newest"])
EVERYTHING = {"ENABLE_TOOL_SEARCH": "false", "CLAUDE_CODE_USE_POWERSHELL_TOOL": "1"}
HARMLESS = {
    # They start or control agents, whose own calls are recorded.
    *("Agent", "ListAgents", "SendMessage", "Skill", "Workflow"),
    # They keep lists, wait, or stop or read what is already running.
    *("CronCreate", "CronDelete", "CronList", "ReportFindings", "ScheduleWakeup"),
    *("TaskCreate", "TaskGet", "TaskList", "TaskOutput", "TaskStop", "TaskUpdate"),
    # They change the folder of later calls.
    *("EnterWorktree", "ExitWorktree"),
    # They read from the network, or list other tools.
    *("WebFetch", "WebSearch", "ToolSearch", "DeferredToolPlaceholder", "ListMcpResourcesTool"),
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    return machine


@pytest.fixture
def receiver(machine: Machine) -> Iterator[Receiver]:
    with otlp_receiver() as receiver:
        install(machine, receiver)
        yield receiver


def install(machine: Machine, receiver: Receiver, *options: str) -> None:
    """Without Claude Code's own telemetry."""
    assert machine.whence("install", "--endpoint", receiver.url, *options).returncode == 0
    text = machine.settings.read_text()
    machine.settings.write_text(text.replace("CLAUDE_CODE_ENABLE_TELEMETRY", "CLAUDE_CODE_IS_SILENT_HERE"))


def with_server(machine: Machine) -> tuple[str, str]:
    """Options of the client for a session with an MCP server."""
    configuration = machine.home / "mcp.json"
    server = {"type": "stdio", "command": sys.executable, "args": [mcp_server.__file__]}
    configuration.write_text(json.dumps({"mcpServers": {"files": server}}))
    return "--mcp-config", str(configuration)


def repositories(machine: Machine, receiver: Receiver) -> list[tuple[str, dict[str, int]]]:
    """Flush until nothing is left; return the sums of the spans by repository, without empty ones."""
    deadline = time.monotonic() + 120
    while '"backlog_bytes": 0' not in machine.whence("hook", "status", "--json").stdout:
        assert time.monotonic() < deadline
        machine.flush()
    found: dict[str, dict[str, int]] = {}
    for span in map(attributes, receiver.spans()):
        counts = {name.rpartition(".")[2]: count for name, count in span.items() if isinstance(count, int) and count}
        sums = found.setdefault(f"{span.get('vcs.owner.name')}/{span.get('vcs.repository.name')}", {})
        for name, count in counts.items():
            sums[name] = sums.get(name, 0) + count
    return sorted((name, sums) for name, sums in found.items() if sums)


@CLIENTS
def test_every_tool_is_watched_or_known_to_be_harmless(machine: Machine, tmp_path: Path, client: Path) -> None:
    """A new tool of a new version makes this fail: add it to ``touch.py`` or to the list above."""
    offered: set[str] = set()
    api = make_repository(tmp_path / "api")
    with messages_api({"talk": []}, offered=offered) as url:
        start_session(machine, url, api, "SCRIPT:talk", client)
        start_session(machine, url, api, "SCRIPT:talk", client, *with_server(machine), **EVERYTHING)
    assert {"Bash", "Read", "Edit", "ReadMcpResourceTool", "mcp__files__copy"} <= offered
    assert sorted(name for name in offered - HARMLESS if kind_of(name) is None) == []


@CLIENTS
def test_mcp_calls_count_for_what_their_inputs_name(
    machine: Machine, receiver: Receiver, tmp_path: Path, client: Path
) -> None:
    api, web, lib = (
        make_repository(tmp_path / name, f"https://github.com/acme/{name}") for name in ("api", "web", "lib")
    )
    copy = {"source": f"{web}/README.md", "options": {"destination": f"file://{lib}/new%20file"}}
    script = [
        [ToolCall("mcp__files__copy", copy)],
        [ToolCall("mcp__files__create_issue", {"owner": "Other", "repo": "place", "title": "x"})],
        [ToolCall("mcp__files__create_issue", {"owner": "acme", "repo": "web", "filename": f"{web}/README.md"})],
        [ToolCall("ReadMcpResourceTool", {"server": "files", "uri": f"file://{lib}/README.md"})],
    ]
    with messages_api({"mcp": script}) as url:
        start_session(machine, url, api, "SCRIPT:mcp", client, *with_server(machine), **EVERYTHING)
    assert repositories(machine, receiver) == [
        ("Other/place", {"command": 1}),
        ("acme/lib", {"command": 1, "read": 1}),
        ("acme/web", {"command": 2}),
    ]


def test_a_monitor_counts_as_the_shell_command_that_it_is(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    """2.1.197 does not have this tool."""
    api, web = (make_repository(tmp_path / name, f"https://github.com/acme/{name}") for name in ("api", "web"))
    watch = {"command": f"tail -n 1 {web}/README.md", "description": "log", "timeout_ms": 2000}
    with messages_api({"monitor": [[ToolCall("Monitor", watch)]]}) as url:
        start_session(machine, url, api, "SCRIPT:monitor", NEWEST_CLAUDE, **EVERYTHING)
    assert repositories(machine, receiver) == [("acme/web", {"command": 1})]


def test_the_files_that_a_script_changed_count_with_their_lines_where_claude_code_tells_of_them(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    """``bashEditDiff``, which 2.1.197 does not send. Where permissions are bypassed, the newest client does so unasked;
    elsewhere it would change what the person sees, so it does so only where that was asked for."""
    api = make_repository(tmp_path / "api", "https://github.com/acme/api")
    (tmp_path / "change.sh").write_text("echo one >> new.txt; echo two >> README.md\n")
    script = [[ToolCall("Bash", {"command": f"sh {tmp_path}/change.sh", "description": "change"})]]

    def run_with_permissions(url: str) -> None:
        command = [str(NEWEST_CLAUDE), "-p", "SCRIPT:diff", "--allowedTools", "Bash", "--permission-mode", "default"]
        subprocess.run(command, cwd=api, env=client_environment(machine, url), check=True, capture_output=True)

    with messages_api({"diff": script}) as url:
        run_session(machine, url, api, "SCRIPT:diff", NEWEST_CLAUDE)
        assert repositories(machine, receiver) == [("acme/api", {"command": 1, "added": 2})]
        run_with_permissions(url)
        assert repositories(machine, receiver) == [("acme/api", {"command": 2, "added": 2})]
        install(machine, receiver, "--command-diff")
        run_with_permissions(url)
        assert repositories(machine, receiver) == [("acme/api", {"command": 3, "added": 4})]


@CLIENTS
def test_what_claude_keeps_for_itself_is_nobodys_work(
    machine: Machine, receiver: Receiver, tmp_path: Path, client: Path
) -> None:
    """Plans, memory, pasted images: a session that touches nothing else belongs to its start directory."""
    api = make_repository(tmp_path / "api", "https://github.com/acme/api")
    own = machine.home / ".claude"
    script = [
        [ToolCall("Write", {"file_path": f"{own}/plans/plan.md", "content": "plan"})],
        [ToolCall("Write", {"file_path": f"{own}/projects/api/memory/MEMORY.md", "content": "memory"})],
        [ToolCall("Read", {"file_path": f"{own}/plans/plan.md"})],
    ]
    with messages_api({"own": script}) as url:
        run_session(machine, url, api, "SCRIPT:own", client)
    assert (own / "plans" / "plan.md").exists()
    assert repositories(machine, receiver) == []
    assert {attributes(span)["vcs.repository.name"] for span in receiver.spans()} == {"api"}
