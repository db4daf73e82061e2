"""A real session over repositories full of canaries: none of them leaves the machine."""

import time
from pathlib import Path

from builders.claude_code import run_session
from builders.git_repository import git, make_repository
from builders.machine import Machine
from fakes.messages_api import ToolCall, messages_api
from fakes.otlp_receiver import Receiver, attributes, otlp_receiver

CANARIES = {
    "content": "canary-c0ntent",
    "new_content": "canary-n3w",
    "file": "canary-f1le",
    "folder": "canary-f0lder",
    "prompt": "canary-pr0mpt",
    "command": "canary-c0mmand",
    "output": "canary-0utput",
    "password": "canary-passw0rd",
    "query": "canary-qu3ry",
    "environment": "canary-env1ron",
    "message": "canary-m3ssage",
    "config": "canary-c0nfig",
}

SENT = {
    "session.id",
    "prompt.id",
    "agent_id",
    "whence.tool_use_ids",
    "user.email",
    "user.id",
    "vcs.provider.name",
    "vcs.owner.name",
    "vcs.repository.name",
    "vcs.repository.url.full",
    "vcs.ref.head.name",
    "vcs.ref.head.revision",
    "whence.activity.read",
    "whence.activity.edit",
    "whence.activity.search",
    "whence.activity.command",
    "whence.lines.added",
    "whence.lines.removed",
    "whence.commits",
    "whence.pull_requests",
    "whence.utc_offset",
    "whence.repository.root_commit",
    "whence.repository.remote",
}


def seeded(folder: Path, remote: str) -> Path:
    """A repository with a canary in every place that must stay private."""
    repository = make_repository(folder, remote)
    inner = repository / CANARIES["folder"]
    inner.mkdir()
    (inner / f"{CANARIES['file']}.txt").write_text(CANARIES["content"])
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", CANARIES["message"])
    git(repository, "config", "whence.canary", CANARIES["config"])
    return repository


def spans_of(machine: Machine, receiver: Receiver) -> list[dict[str, object]]:
    """What arrived, once nothing is left to send."""
    deadline = time.monotonic() + 120
    while b'"backlog_bytes": 0' not in machine.whence("hook", "status", "--json").stdout.encode():
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return [attributes(span) for span in receiver.spans()]


def test_no_canary_is_sent_or_stored(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    api = seeded(tmp_path / "api", f"https://jane:{CANARIES['password']}@github.com/acme/api?token={CANARIES['query']}")
    web = seeded(tmp_path / "web", f"{CANARIES['password']}@git.acme.example:acme/web.git")
    path = api / CANARIES["folder"] / f"{CANARIES['file']}.txt"
    script = [
        [ToolCall("Read", {"file_path": str(path)})],
        [ToolCall("Edit", {"file_path": str(path), "old_string": "c0", "new_string": CANARIES["new_content"]})],
        [ToolCall("Write", {"file_path": str(web / CANARIES["file"]), "content": CANARIES["new_content"]})],
        [ToolCall("Bash", {"command": f"cd {web}/{CANARIES['folder']} && cat *; : {CANARIES['command']}"})],
        [ToolCall("Bash", {"command": f"echo $CANARY {CANARIES['output']} >&2; exit 3"})],
        [ToolCall("Bash", {"command": f"git -C {web} add -A && git -C {web} commit -qm {CANARIES['message']}"})],
    ]
    with otlp_receiver() as receiver, messages_api({"canaries": script}) as url:
        assert machine.whence("install", "--endpoint", receiver.url).returncode == 0
        # Only whence may send here, so everything that arrives is from it.
        text = machine.settings.read_text()
        machine.settings.write_text(text.replace("CLAUDE_CODE_ENABLE_TELEMETRY", "CLAUDE_CODE_IS_SILENT_HERE"))
        run_session(machine, url, api, f"SCRIPT:canaries {CANARIES['prompt']}", CANARY=CANARIES["environment"])
        found = spans_of(machine, receiver)
        sent = b"\n".join(path.encode() + body for path, body in receiver.bodies)
    assert {str(span.get("vcs.repository.name")) for span in found} == {"api", "web"}
    assert {name for span in found for name in span} <= SENT
    for place, canary in CANARIES.items():
        assert canary.encode() not in sent, place
        assert canary.encode() not in machine.everything_written(), place
    assert str(tmp_path).encode() not in sent


def test_the_documentation_lists_every_attribute_that_is_sent() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "concepts", "privacy.md").read_text()
    assert [name for name in sorted(SENT) if f"`{name}`" not in page] == []
