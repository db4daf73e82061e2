"""Calls that no hook recorded come from the transcript when the session has ended, each once."""

import re
from datetime import UTC, datetime
from pathlib import Path

from builders.event import SESSION, event, tool
from builders.git_repository import make_repository
from builders.machine import Machine
from builders.transcript import BEGIN, answer, line, prompt, result, write
from fakes.otlp_receiver import Receiver, attributes


def touches(receiver: Receiver) -> dict[str, int]:
    """By repository."""
    found: dict[str, int] = {}
    for span in map(attributes, receiver.spans()):
        name = str(span["vcs.repository.name"])
        kinds = ("read", "edit", "search", "command")
        found[name] = found.get(name, 0) + sum(int(str(span[f"whence.activity.{kind}"])) for kind in kinds)
    return {name: count for name, count in found.items() if count}


def test_what_no_hook_recorded_of_an_ended_session_counts_once(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api, web = (make_repository(tmp_path / name, f"git@github.com:acme/{name}.git") for name in ("api", "web"))
    now = int((datetime.now(UTC) - BEGIN).total_seconds()) + 1
    given = {"file_path": str(api / "README.md")}
    commit = {"command": f"cd {web} && git commit -m x"}
    folder = machine.home / ".claude" / "projects" / "p"
    write(
        folder / f"{SESSION}.jsonl",
        prompt(now - 100, api, session=SESSION),
        answer(now - 99, ("old", "Read", given), session=SESSION),
        result(now - 98, "old", api, sessionId=SESSION),
        prompt(now, api, session=SESSION),
        answer(
            now + 1,
            ("seen", "Read", given),
            ("lost", "Bash", commit),
            ("denied", "Read", given),
            ("failed", "Read", given),
            session=SESSION,
        ),
        result(now + 2, "seen", api, sessionId=SESSION),
        result(now + 2, "lost", api, {"stdout": "[main 0123456] x", "stderr": ""}, sessionId=SESSION),
        result(now + 2, "denied", api, error="Claude requested permissions to read from x, but …", sessionId=SESSION),
        result(now + 2, "failed", api, error="File does not exist.", sessionId=SESSION),
        "no JSON at all",
    )
    agent = {"sessionId": SESSION, "isSidechain": True, "agentId": "a1"}
    write(
        folder / SESSION / "subagents" / "agent-a1.jsonl",
        answer(now + 1, ("deep", "Read", {"file_path": str(web / "README.md")}), session=SESSION) | agent,
        result(now + 2, "deep", web) | agent,
    )
    machine.hook(event("SessionStart", api, prompt=None))
    machine.hook(tool("Read", api, given, tool_use_id="seen"))
    machine.hook(event("SessionEnd", api))
    for _ in range(3):
        assert machine.flush().returncode == 0
    assert touches(receiver) == {"api": 2, "web": 2}
    commits = [span["whence.commits"] for span in map(attributes, receiver.spans()) if span["whence.commits"]]
    assert commits == [1]


def test_a_session_that_goes_on_is_not_looked_up(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    """Its hooks may still be running."""
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    now = int((datetime.now(UTC) - BEGIN).total_seconds()) + 1
    write(
        machine.home / ".claude" / "projects" / "p" / f"{SESSION}.jsonl",
        answer(now, ("t1", "Read", {"file_path": str(api / "README.md")}), session=SESSION),
        result(now + 1, "t1", api, sessionId=SESSION),
    )
    machine.hook(event("SessionStart", api, prompt=None))
    assert machine.flush().returncode == 0
    assert touches(receiver) == {}


def test_a_call_whose_hook_was_killed_counts_once_its_hook_must_have_ended(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    """Not even the end of the session was recorded. What was recorded is made a minute older."""
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    commit = {"command": "git commit -m x"}
    begun = tool("Bash", api, commit, tool_use_id="killed", tool_response=None) | {"hook_event_name": "PreToolUse"}
    machine.hook(event("SessionStart", api, prompt=None))
    machine.hook(begun)
    now = int((datetime.now(UTC) - BEGIN).total_seconds())
    long_ago = [line("mode", 0, {"content": "x" * 1000}, SESSION)] * 5000
    write(
        machine.home / ".claude" / "projects" / "p" / f"{SESSION}.jsonl",
        *long_ago,
        answer(now - 55, ("killed", "Bash", commit), session=SESSION),
        result(now - 50, "killed", api, {"stdout": "[main 0123456] x", "stderr": ""}, sessionId=SESSION),
    )
    assert machine.flush().returncode == 0
    assert touches(receiver) == {}
    spool = machine.state / "spool" / f"{SESSION}.jsonl"
    younger = re.sub(r'"time":(\d+)', lambda time: f'"time":{int(time[1]) - 60 * 10**9}', spool.read_text())
    older = re.sub(r'"time":\d+', '"time":1000', younger.strip().split("\n")[0])
    spool.write_text(f"{older}\n" * 500 + younger)
    for _ in range(2):
        assert machine.flush().returncode == 0
    assert touches(receiver) == {"api": 1}
    assert [span["whence.commits"] for span in map(attributes, receiver.spans()) if span["whence.commits"]] == [1]
