"""``record``: what one hook event leaves in the spool, and that it leaves nothing else anywhere."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import whence_hook
from builders.event import PROMPT, SESSION, event, read, tool
from builders.git_repository import git, make_repository
from builders.machine import HOOK, Machine

RECORDED = Path(__file__).parents[2] / "data" / "claude-code" / "hooks"


def roots(machine: Machine) -> list[list[str]]:
    return [[root[0] for root in record["roots"]] for record in machine.records()]


def counts(machine: Machine) -> list[list[int]]:
    return [root[2:] for record in machine.records() for root in record["roots"]]


def test_a_tool_call_leaves_one_line_with_ids_kind_and_root(machine: Machine, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(read(api / "README.md", tool_use_id="toolu_1"))
    (record,) = machine.records()
    assert record.pop("time") > 1_700_000_000_000_000_000
    assert record == {
        "v": 2,
        "session": SESSION,
        "prompt": PROMPT,
        "agent": None,
        "tool": "toolu_1",
        "kind": "read",
        "roots": [[str(api), str(api), 0, 0, 0, 0]],
        "heads": [[str(api), "main", git(api, "rev-parse", "HEAD")]],
    }


@pytest.mark.parametrize("recorded", sorted(RECORDED.iterdir()), ids=lambda path: path.stem)
def test_every_recorded_event_is_taken_in_silence(machine: Machine, recorded: Path) -> None:
    done = machine.hook(recorded.read_bytes())
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not (machine.state / "hook.log").exists()
    call = recorded.stem.split("-")[1] in {"PreToolUse", "PostToolUse", "PostToolUseFailure"}
    other = recorded.stem.endswith(("SessionStart", "UserPromptSubmit", "SubagentStop", "Stop", "SessionEnd"))
    assert len(machine.records()) == (other or (call and not recorded.stem.endswith("-Agent")))


@pytest.mark.parametrize(
    ("name", "tool_input", "kind"),
    [
        ("Read", {"file_path": "{web}/README.md"}, "read"),
        ("Write", {"file_path": "{web}/deep/er/new.py"}, "edit"),
        ("Edit", {"file_path": "{web}/README.md"}, "edit"),
        ("NotebookEdit", {"notebook_path": "{web}/a.ipynb"}, "edit"),
        ("Grep", {"pattern": "x", "path": "{web}/src"}, "search"),
        ("Glob", {"pattern": "**/*.py", "path": "../web"}, "search"),
        ("mcp__files__read_text_file", {"path": "{web}/README.md"}, "command"),
        ("mcp__files__move", {"sourcePaths": ["{web}/a", "{web}/b"]}, "command"),
    ],
)
def test_a_path_counts_for_the_repository_it_lies_in(
    machine: Machine, tmp_path: Path, name: str, tool_input: dict[str, object], kind: str
) -> None:
    api, web = make_repository(tmp_path / "api"), make_repository(tmp_path / "web")
    machine.hook(tool(name, api, json.loads(json.dumps(tool_input).replace("{web}", str(web)))))
    (record,) = machine.records()
    assert record["kind"] == kind
    assert record["roots"] == [[str(web), str(web), 0, 0, 0, 0]]


@pytest.mark.parametrize("name", ["Bash", "Grep"])
def test_a_call_without_a_path_counts_for_the_working_directory(machine: Machine, tmp_path: Path, name: str) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(tool(name, api / "src", {"command": "make", "pattern": "x"}))
    assert roots(machine) == [[str(api)]]


def test_a_failed_call_counts_like_a_successful_one(machine: Machine, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(tool("Bash", api, {"command": "exit 3"}) | {"hook_event_name": "PostToolUseFailure"})
    assert roots(machine) == [[str(api)]]


def test_a_tool_that_touches_no_files_leaves_nothing(machine: Machine, tmp_path: Path) -> None:
    machine.hook(tool("WebSearch", tmp_path, {"query": "x"}))
    machine.hook(tool("mcp__slack__search", tmp_path, {"query": "x"}))
    assert machine.records() == []


def test_a_path_outside_every_repository_is_a_touch_of_none(machine: Machine, tmp_path: Path) -> None:
    machine.hook(read(tmp_path / "todo.txt"))
    assert [(record["kind"], record["roots"]) for record in machine.records()] == [("read", [])]


def test_the_start_of_a_session_tells_its_directory_without_touching_it(machine: Machine, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(event("SessionStart", api / "src", prompt=None))
    (record,) = machine.records()
    assert (record["kind"], record["prompt"], record["roots"]) == (None, None, [[str(api), str(api), 0, 0, 0, 0]])


def test_lines_and_commits_are_counted_from_the_responses(machine: Machine, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    patch = [{"lines": [" a", "-b", "+c", "+d"]}, {"lines": ["+e"]}]
    edit = {"file_path": str(api / "a.py")}
    machine.hook(tool("Edit", api, edit, tool_response={"structuredPatch": patch}))
    machine.hook(tool("Write", api, edit, tool_response={"type": "create", "content": "1\n2\n", "structuredPatch": []}))
    machine.hook(tool("Bash", api, {"command": "x"}, tool_response={"gitOperation": {"commit": {"sha": "c265c05"}}}))
    assert counts(machine) == [[3, 1, 0, 0], [3, 0, 0, 0], [0, 0, 1, 0]]


def test_nothing_of_prompts_code_commands_or_inner_paths_is_stored(machine: Machine, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    secret = "xyzzy"
    machine.hook(event("UserPromptSubmit", api / f"dir-{secret}", prompt_text=secret) | {"prompt": secret})
    machine.hook(
        tool("Bash", api, {"command": f"echo {secret}", "description": secret}, tool_response={"stdout": secret})
    )
    machine.hook(tool("Edit", api, {"file_path": str(api / secret), "old_string": secret, "new_string": secret}))
    machine.hook(read(api / "README.md", tool_response={"file": {"content": secret}}))
    machine.hook(b'{"session_id": "../../' + secret.encode() + b'"}')
    machine.hook(f"{secret} is not JSON".encode())
    assert len(machine.records()) == 4
    assert secret.encode() not in machine.everything_written()
    assert b"README" not in machine.everything_written()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b'{"session_id": "a"} {"session_id": "b"}',
        b'{"session_id": "../../x", "hook_event_name": "SessionStart"}',
        b'{"session_id": "a/b", "hook_event_name": "SessionStart"}',
        b'{"session_id": 7, "hook_event_name": "SessionStart"}',
        b'{"session_id": "' + b"a" * 129 + b'", "hook_event_name": "SessionStart"}',
        b"[" * 100_000,
        b'{"session_id": "a", "cwd": "' + b"\xff" * 10,
    ],
)
def test_a_bad_event_is_ignored_and_logged(machine: Machine, payload: bytes) -> None:
    done = machine.hook(payload)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert machine.records() == []
    assert "record: ignored an event" in (machine.state / "hook.log").read_text()


@pytest.mark.parametrize(
    "more",
    [
        {"cwd": None},
        {"cwd": "\0"},
        {"cwd": "\ud800"},
        {"tool_input": None},
        {"tool_input": {"file_path": 7}},
        {"tool_input": {"file_path": "a\0b"}},
        {"tool_response": "text"},
        {"tool_response": {"structuredPatch": 7}},
        {"tool_response": {"structuredPatch": [7, {"lines": 7}, {"lines": [7]}]}},
        {"prompt_id": {"a": 1}, "tool_use_id": "../x"},
    ],
)
def test_an_event_of_odd_shape_is_still_recorded(machine: Machine, tmp_path: Path, more: dict[str, object]) -> None:
    done = machine.hook(tool("Edit", tmp_path, {"file_path": "a"}) | more)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(machine.records()) == 1


def test_a_spool_that_cannot_be_written_is_logged_and_breaks_nothing(machine: Machine, tmp_path: Path) -> None:
    machine.state.mkdir(parents=True)
    (machine.state / "spool").write_text("a file where the folder should be")
    done = machine.hook(read(tmp_path / "a"))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert "record: NotADirectoryError" in (machine.state / "hook.log").read_text()


def test_the_spool_is_for_its_owner_only(machine: Machine, tmp_path: Path) -> None:
    machine.hook(read(tmp_path / "a"))
    (file,) = machine.state.glob("spool/*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_worktree_belongs_to_its_main_repository_and_a_submodule_to_itself(machine: Machine, tmp_path: Path) -> None:
    api, lib = make_repository(tmp_path / "api"), make_repository(tmp_path / "lib")
    git(api, "worktree", "add", "--quiet", str(tmp_path / "api-feature"))
    git(api, "submodule", "--quiet", "add", str(lib), "vendor/lib")
    machine.hook(read(tmp_path / "api-feature" / "README.md"))
    machine.hook(read(api / "vendor" / "lib" / "README.md"))
    assert [record["roots"] for record in machine.records()] == [
        [[str(tmp_path / "api-feature"), str(api), 0, 0, 0, 0]],
        [[str(api / "vendor" / "lib"), str(api / "vendor" / "lib"), 0, 0, 0, 0]],
    ]


def test_a_shell_command_counts_for_every_repository_it_reaches(machine: Machine, tmp_path: Path) -> None:
    api, web, notes = (make_repository(tmp_path / name) for name in ("api", "web", "notes"))
    command = f"cd {notes} && echo todo >> README.md && git -C {web} status --short"
    machine.hook(tool("Bash", api, {"command": command}))
    machine.hook(tool("PowerShell", api, {"command": f"Set-Location {web}"}))
    machine.hook(tool("Bash", tmp_path, {"command": "true"}))
    assert roots(machine) == [[str(notes), str(web)], [str(web)], []]


def test_commits_and_pull_requests_count_where_they_happen(machine: Machine, tmp_path: Path) -> None:
    api, web = make_repository(tmp_path / "api"), make_repository(tmp_path / "web")
    seen = {"gitOperation": {"commit": {"sha": "c265c05"}, "pr": {"number": 7, "action": "created"}}}
    viewed = {"gitOperation": {"pr": {"number": 7, "action": "viewed"}}}
    commit = {"command": f"cd {web} && git commit -qm x"}
    machine.hook(tool("Bash", api, commit))
    machine.hook(tool("Bash", api, commit, tool_response=seen))
    machine.hook(tool("Bash", api, {"command": "./release.sh"}, tool_response=seen))
    machine.hook(tool("Bash", api, {"command": "gh pr create --fill"}))
    machine.hook(tool("Bash", api, {"command": "./look.sh"}, tool_response=viewed))
    machine.hook(tool("Bash", api, commit) | {"hook_event_name": "PostToolUseFailure"})
    web_counts = [root for record in machine.records() for root in record["roots"] if root[0] == str(web)]
    assert [root[4:] for root in web_counts] == [[1, 0], [1, 0], [0, 0]]
    api_counts = [root for record in machine.records() for root in record["roots"] if root[0] == str(api)]
    assert [root[4:] for root in api_counts] == [[0, 1], [1, 1], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("mode", "old", "new", "expected"),
    [
        ("replace", "a\nb\nc", "a\nz", [1, 2]),
        ("replace", "a\nb\nc", "a\nb\nc", [0, 0]),
        ("replace", "a\nc", "a\nb\nc", [1, 0]),
        ("insert", "", "a\nb", [2, 0]),
        ("delete", "a\nb", "", [0, 2]),
    ],
)
def test_the_lines_of_a_notebook_cell_are_counted(
    machine: Machine, tmp_path: Path, mode: str, old: str, new: str, expected: list[int]
) -> None:
    path = str(make_repository(tmp_path / "api") / "a.ipynb")
    response = {"old_source": old, "new_source": new, "edit_mode": mode, "error": "", "notebook_path": path}
    machine.hook(tool("NotebookEdit", tmp_path, {"notebook_path": path}, tool_response=response))
    assert counts(machine) == [[*expected, 0, 0]]


def test_an_empty_new_file_has_no_lines(machine: Machine, tmp_path: Path) -> None:
    path = str(make_repository(tmp_path / "api") / "a")
    response = {"type": "create", "content": "", "structuredPatch": []}
    machine.hook(tool("Write", tmp_path, {"file_path": path}, tool_response=response))
    assert counts(machine) == [[0, 0, 0, 0]]


def test_a_file_system_that_does_not_answer_is_given_up_on(machine: Machine, tmp_path: Path) -> None:
    api, stuck = make_repository(tmp_path / "api"), tmp_path / "stuck"
    (stuck / "git").mkdir(parents=True)
    (stuck / ".git").write_text("gitdir: git")
    # Opening a pipe that nobody writes to blocks like a dead network mount.
    os.mkfifo(stuck / "git" / "commondir")
    begin = time.monotonic()
    done = machine.hook(tool("Bash", api, {"command": f"cat {api}/README.md {stuck}/a {api}/b"}))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert time.monotonic() - begin > 1
    assert roots(machine) == [[str(api)]]
    assert "NoAnswer" in (machine.state / "hook.log").read_text()


def test_a_full_disk_loses_the_record_aloud_in_the_log_and_nothing_else(machine: Machine, tmp_path: Path) -> None:
    machine.hook(read(tmp_path / "a", session="good"))
    (machine.state / "spool" / "full.jsonl").symlink_to("/dev/full")
    done = machine.hook(read(tmp_path / "a", session="full"))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert "record: OSError (No space left on device)" in (machine.state / "hook.log").read_text()
    machine.hook(read(tmp_path / "b", session="good"))
    (machine.state / "spool" / "full.jsonl").unlink()
    assert len(machine.records()) == 2


def test_a_spool_that_is_removed_while_it_is_open_gets_a_successor(machine: Machine, tmp_path: Path) -> None:
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from whence_hook.machine import spool\n"
        "write, first = os.write, []\n"
        "def racing(file, data):\n"
        "    first or os.unlink(spool.spool_directory() + '/s.jsonl'); first.append(1); return write(file, data)\n"
        "os.write = racing; spool.append('s', b'{\"v\":1}')"
    )
    folder = str(Path(whence_hook.__file__).parents[1])
    subprocess.run([sys.executable, "-I", "-c", script, folder], env=machine.environment, check=True)
    assert machine.records() == [{"v": 1}]


def test_fifty_sessions_at_once_lose_no_line_and_interleave_none(machine: Machine, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    script = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); from whence_hook.machine import spool\n"
        "from whence_hook.record.line import line; from whence_hook.record.touched import Touched, touched\n"
        "event = json.loads(sys.argv[2])\n"
        "for number in range(200):\n"
        "    found = Touched(); event['tool_use_id'] = f'toolu_{number}'\n"
        "    touched(event, found)\n"
        "    spool.append(event['session_id'], line(event, number, found))"
    )
    folder = str(Path(whence_hook.__file__).parents[1])
    # Ten of the sessions have a second writer, as those with subagents do.
    events = [read(api / "a", session=f"session-{number % 50}") for number in range(60)]
    running = [
        subprocess.Popen([sys.executable, "-I", "-S", "-c", script, folder, json.dumps(one)], env=machine.environment)
        for one in events
    ]
    assert [process.wait(timeout=120) for process in running] == [0] * 60
    records = machine.records()
    assert len(records) == 60 * 200
    assert {record["tool"] for record in records} == {f"toolu_{number}" for number in range(200)}


def test_an_event_of_20_megabytes_is_recorded(machine: Machine, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    patch = [{"lines": ["+" + "x" * 60] * 250_000}]
    response = {"structuredPatch": patch, "originalFile": "y" * 4_000_000}
    machine.hook(tool("Edit", api, {"file_path": str(api / "a")}, tool_response=response))
    assert counts(machine) == [[250_000, 0, 0, 0]]


def test_a_pull_request_counts_for_the_repository_that_it_is_opened_in(machine: Machine, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    operation = {"pr": {"number": 7, "action": "created", "url": "https://github.com/acme/lib/pull/7"}}
    machine.hook(tool("Bash", api, {"command": "gh pr create --fill --repo acme/lib"}))
    machine.hook(tool("Bash", api, {"command": "./open.sh"}, tool_response={"gitOperation": operation}))
    named, told = ([[root[0], *root[4:]] for root in record["roots"]] for record in machine.records())
    assert named == [["https://github.com/acme/lib", 0, 1]]
    assert told == [[str(api), 0, 0], ["https://github.com/acme/lib", 0, 1]]


def test_the_files_that_a_command_changed_count_once_with_their_lines(machine: Machine, tmp_path: Path) -> None:
    api, web = make_repository(tmp_path / "api"), make_repository(tmp_path / "web")
    files = [
        {"filePath": str(web / "a"), "hunks": [{"lines": ["+x", "-y", " z"]}]},
        {"filePath": str(api / "b"), "hunks": [{"lines": ["+x"]}], "created": True},
        {"filePath": 7, "hunks": 7},
    ]
    diff = {"bashEditDiff": {"files": files, "moreFiles": 1, "changedFiles": [str(web / "a"), str(web / "c")]}}
    machine.hook(tool("Bash", api, {"command": f"sed -i s/a/b/ {web}/a"}, tool_response=diff))
    (record,) = machine.records()
    assert record["roots"] == [[str(web), str(web), 1, 1, 0, 0], [str(api), str(api), 1, 0, 0, 0]]


def test_a_signal_to_end_waits_for_the_line(machine: Machine, tmp_path: Path) -> None:
    """Claude Code ends asynchronous hooks with the turn."""
    api = make_repository(tmp_path / "api")
    machine.hold_early_flush()
    hook = subprocess.Popen(HOOK, stdin=subprocess.PIPE, env=machine.environment)
    assert hook.stdin
    until_ignored(hook.pid)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        hook.send_signal(number)
    hook.stdin.write(json.dumps(read(api / "a")).encode())
    hook.stdin.close()
    assert hook.wait(timeout=60) == 0
    assert roots(machine) == [[str(api)]]


def until_ignored(process: int) -> None:
    """Wait until a process ignores SIGTERM."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = Path(f"/proc/{process}/status").read_text()
        ignored = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigIgn"))
        if ignored >> (signal.SIGTERM - 1) & 1 and ignored >> (signal.SIGHUP - 1) & 1:
            return
        time.sleep(0.01)
    raise AssertionError("it does not ignore SIGTERM")
