"""``flush``: what the spools hold arrives once, as the spans and the metric that the contract describes."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from builders.command import WHENCE
from builders.event import PROMPT, SESSION, event, read, tool
from builders.git_repository import git, make_repository
from builders.machine import Machine
from fakes.otlp_receiver import Receiver, attributes


def touches(receiver: Receiver) -> int:
    kinds = ("read", "edit", "search", "command")
    return sum(int(str(attributes(span)[f"whence.activity.{kind}"])) for span in receiver.spans() for kind in kinds)


def test_a_span_says_who_did_what_where(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api", "https://jane:hunter2@GitHub.com/Acme/api.git")
    git(api, "config", "user.email", "jane@acme.example")
    edit = tool(
        "Edit", api, {"file_path": str(api / "a")}, tool_response={"structuredPatch": [{"lines": ["+a", "-b"]}]}
    )
    machine.hook(edit)
    machine.hook(read(api / "README.md"))
    assert machine.flush().returncode == 0
    (span,) = receiver.spans()
    assert span.name == "repository.activity"
    assert 0 < span.start_time_unix_nano < span.end_time_unix_nano
    ids = [record["tool"] for record in machine.records()]
    assert attributes(span) == {
        "session.id": SESSION,
        "prompt.id": PROMPT,
        "whence.tool_use_ids": ids,
        "user.email": "jane@acme.example",
        "vcs.provider.name": "github",
        "vcs.owner.name": "Acme",
        "vcs.repository.name": "api",
        "vcs.repository.url.full": "https://github.com/Acme/api",
        "vcs.ref.head.name": "main",
        "vcs.ref.head.revision": git(api, "rev-parse", "HEAD"),
        "whence.repository.root_commit": [git(api, "rev-parse", "HEAD")],
        "whence.activity.read": 1,
        "whence.activity.edit": 1,
        "whence.activity.search": 0,
        "whence.activity.command": 0,
        "whence.lines.added": 1,
        "whence.lines.removed": 1,
        "whence.commits": 0,
        "whence.pull_requests": 0,
        "whence.utc_offset": 0,
    }


def test_a_span_tells_the_offset_of_the_machine_at_the_time_of_the_touch(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    machine.hook(read(api / "README.md"))
    (spool,) = machine.state.glob("spool/*.jsonl")
    line = json.loads(spool.read_text())
    # A rule of a clock of its own: an hour more from March to October, and in the winter 5:30 after UTC.
    for moment in ("2026-01-10", "2026-07-10"):
        begun = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * 1_000_000_000
        spool.write_text(json.dumps(line | {"time": begun, "tool": moment}) + "\n")
        assert machine.whence("hook", "flush", TZ="WST-5:30SST,M3.1.0,M10.1.0").returncode == 0
    assert [attributes(span)["whence.utc_offset"] for span in receiver.spans()] == [330, 390]


def test_each_branch_has_a_span_with_the_calls_that_were_made_on_it(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    first = git(api, "rev-parse", "HEAD")
    machine.hook(read(api / "README.md"))
    git(api, "checkout", "-q", "-b", "ABC-1-login")
    machine.hook(tool("Edit", api, {"file_path": str(api / "README.md")}))
    git(api, "commit", "-q", "--allow-empty", "-m", "x")
    second = git(api, "rev-parse", "HEAD")
    machine.hook(tool("Bash", api, {"command": "git commit --allow-empty -m x"}))
    git(api, "checkout", "-q", "main")
    machine.flush()
    spans = sorted(map(attributes, receiver.spans()), key=lambda one: str(one["vcs.ref.head.name"]))
    assert [
        (one["vcs.ref.head.name"], one["vcs.ref.head.revision"], one["whence.activity.read"], one["whence.commits"])
        for one in spans
    ] == [("ABC-1-login", second, 0, 1), ("main", first, 1, 0)]


def test_a_line_of_an_older_version_is_sent_with_the_branch_of_now(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    machine.hook(read(api / "README.md"))
    (spool,) = machine.state.glob("spool/*.jsonl")
    line = json.loads(spool.read_text())
    del line["heads"]
    spool.write_text(json.dumps(line) + "\n")
    git(api, "checkout", "-q", "-b", "later")
    machine.flush()
    (span,) = receiver.spans()
    assert (attributes(span)["vcs.ref.head.name"], attributes(span)["whence.activity.read"]) == ("later", 1)


def test_the_gauge_for_other_dashboards_is_sent_only_where_it_is_wanted(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    """https://opentelemetry.io/docs/specs/otel/metrics/data-model/#gauge"""
    repository = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    machine.whence("install", "--endpoint", receiver.url, "--session-repo-info")
    # What was asked for once stays.
    machine.whence("install")
    machine.hook(read(repository))
    machine.flush()
    activity, info = receiver.metrics()
    assert (activity.name, info.name) == ("claude_code.repository.activity", "claude_code.session.repo_info")
    (point,) = info.gauge.data_points
    labels = {pair.key: pair.value.string_value for pair in point.attributes}
    assert (point.as_int, labels["repository_name"], set(labels) - {"user.email"}) == (
        1,
        "acme/api",
        {"session.id", "repository_name"},
    )
    machine.whence("install", "--no-session-repo-info")
    assert "session_repo_info" not in machine.config.read_text()


def test_the_metric_counts_touches_by_session_and_repository(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api", "git@gitlab.com:group/sub/api.git")
    for _ in range(3):
        machine.hook(read(api / "README.md"))
    machine.flush()
    (metric,) = receiver.metrics()
    (point,) = metric.sum.data_points
    assert (metric.name, metric.unit, metric.sum.is_monotonic) == (
        "claude_code.repository.activity",
        "{operation}",
        True,
    )
    assert metric.sum.aggregation_temporality == 1
    assert point.as_int == 3
    assert {pair.key: pair.value.string_value for pair in point.attributes} == {
        "session.id": SESSION,
        "repository": "gitlab.com/group/sub/api",
    }


def test_the_account_of_claude_code_goes_before_gits_email(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api")
    git(api, "config", "user.email", "other@acme.example")
    account = {"userID": "94881b87", "oauthAccount": {"emailAddress": "jane@acme.example"}}
    machine.hook(read(api / "a"))
    (machine.home / ".claude.json").write_text(json.dumps(account))
    machine.flush()
    found = attributes(receiver.spans()[0])
    assert (found["user.email"], found["user.id"]) == ("jane@acme.example", "94881b87")


def test_a_repository_without_a_remote_is_named_after_its_folder(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    make_repository(tmp_path / "notes", "/srv/git/notes.git")
    machine.hook(read(tmp_path / "notes" / "a"))
    machine.flush()
    found = attributes(receiver.spans()[0])
    assert (found["vcs.owner.name"], found["vcs.repository.name"]) == ("local", "notes")
    assert found["whence.repository.remote"] is False
    assert "vcs.repository.url.full" not in found


def test_outside_every_repository_there_are_no_vcs_attributes(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    machine.hook(read(tmp_path / "todo.txt"))
    machine.flush()
    assert not [name for name in attributes(receiver.spans()[0]) if name.startswith("vcs.")]
    assert receiver.metrics() == []


def test_a_call_recorded_twice_counts_once(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    once = read(make_repository(tmp_path / "api") / "a")
    machine.hook(once)
    machine.hook(once)
    machine.flush()
    assert touches(receiver) == 1


def test_what_was_accepted_is_not_sent_again(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(read(api / "a"))
    machine.flush()
    machine.flush()
    machine.hook(read(api / "b"))
    machine.flush()
    assert touches(receiver) == 2
    assert len({span.span_id for span in receiver.spans()}) == len(receiver.spans()) == 2


@pytest.mark.parametrize("status", [301, 400, 401, 404, 500])
def test_a_refused_export_moves_nothing_and_is_sent_again_as_it_was(
    machine: Machine, receiver: Receiver, tmp_path: Path, status: int
) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(read(api / "a"))
    receiver.statuses.extend([status])
    refused = machine.flush()
    assert refused.returncode == 1
    assert "Nothing is lost" in refused.stderr
    machine.hook(read(api / "b"))
    assert machine.flush().returncode == 0
    assert touches(receiver) == 2


def test_a_batch_sent_twice_is_the_same_spans_and_points(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    machine.hook(read(api / "a"))
    # The spans are accepted, the metric is not: both are sent again, together with what came in between.
    receiver.statuses.extend([200, 400])
    assert machine.flush().returncode == 1
    machine.hook(read(api / "b"))
    assert machine.flush().returncode == 0
    first, again, later = receiver.spans()
    assert first == again
    assert later.span_id != first.span_id
    assert [point.as_int for metric in receiver.metrics() for point in metric.sum.data_points] == [1, 1]


@pytest.mark.slow
def test_a_receiver_that_is_away_loses_nothing(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    machine.configure("http://127.0.0.1:9")
    assert "cannot be reached" in machine.flush().stderr
    machine.configure(receiver.url)
    machine.flush()
    assert touches(receiver) == 1


def test_a_flush_killed_before_it_is_answered_is_repeated_to_the_letter(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    machine.hook(read(api / "a"))
    plan = "import os, whence_hook.flush.backlog as b; b.next_batch(); os.kill(os.getpid(), 9)"
    killed = subprocess.run([sys.executable, "-I", "-c", plan], check=False, env=machine.environment)
    assert killed.returncode == -signal.SIGKILL
    planned = json.loads((machine.state / "backlog.json").read_text())
    machine.hook(read(api / "b"))
    machine.flush()
    assert [values[2] is not None for values in planned["spools"].values()] == [True]
    assert touches(receiver) == 2
    assert len(receiver.spans()) == 2


def test_two_flushes_at_once_send_everything_once(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    for name in "abcd":
        machine.hook(read(api / name))
    command = [sys.executable, "-I", "-m", "whence_hook.flush"]
    running = [subprocess.Popen(command, env=machine.environment) for _ in range(5)]
    assert [process.wait(timeout=120) for process in running] == [0] * 5
    assert touches(receiver) == 4


def test_the_end_of_a_turn_starts_a_flush_that_outlives_it(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(read(api / "a"))
    begin = time.monotonic()
    done = machine.hook(event("Stop", api))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    while not receiver.spans() and time.monotonic() < begin + 120:
        time.sleep(0.05)
    assert touches(receiver) == 1


def test_the_token_goes_into_the_header_and_into_no_other_place(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    machine.configure(receiver.url, "s3cret-token")
    (machine.home / ".netrc").write_text("machine 127.0.0.1 login a password b")
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    receiver.statuses.extend([401])
    refused = machine.flush()
    assert "the token is missing or wrong" in refused.stderr
    assert "s3cret" not in refused.stderr
    machine.flush()
    assert set(receiver.authorizations) == {"Bearer s3cret-token"}
    assert b"s3cret" not in machine.everything_written().replace(machine.config.read_bytes(), b"")


def test_no_credential_of_a_remote_is_sent_or_stored(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    for number, remote in enumerate(
        [
            "https://jane:hunter2@github.com/acme/a",
            "https://hunter2@github.com/acme/b?token=hunter2",
            "hunter2@github.com:acme/c.git",
            "ssh://jane:hunter2@git.acme.example:22/acme/d",
            "https:/jane:hunter2@github.com/acme/e",
        ]
    ):
        machine.hook(read(make_repository(tmp_path / f"r{number}", remote) / "a"))
    machine.flush()
    assert len(receiver.spans()) == 5
    assert not [body for _, body in receiver.bodies if b"hunter2" in body]
    assert b"hunter2" not in machine.everything_written()


def test_no_path_of_this_machine_is_sent(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    machine.hook(read(make_repository(tmp_path / "api", "git@github.com:acme/api.git") / "secret.py"))
    machine.flush()
    assert receiver.bodies
    for _, body in receiver.bodies:
        assert str(tmp_path).encode() not in body
        assert b"secret.py" not in body


def test_git_variables_of_the_session_lead_nowhere_else(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    web = make_repository(tmp_path / "web", "git@github.com:acme/web.git")
    machine.hook(read(api / "a"))
    assert machine.whence("hook", "flush", GIT_DIR=str(web / ".git"), GIT_WORK_TREE=str(web)).returncode == 0
    assert attributes(receiver.spans()[0])["vcs.repository.name"] == "api"


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def wait_for_the_flush(machine: Machine) -> None:
    """Return when no flush of this machine's runs any more, so that what comes next is not part of it."""
    home = f"HOME={machine.home}".encode()

    def flushes() -> bool:
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                ours = home in (process / "environ").read_bytes().split(b"\0")
                if ours and b"whence_hook.flush" in (process / "cmdline").read_bytes():
                    return True
        return False

    until(lambda: not flushes())


def test_a_repository_is_looked_at_when_it_is_first_seen_and_may_then_go(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    clone = make_repository(tmp_path / "clone", "git@github.com:acme/api.git")
    machine.hook(read(clone / "a"), early_flush=True)
    until(lambda: touches(receiver) == 1)
    wait_for_the_flush(machine)
    machine.hook(read(clone / "c"))
    moved = clone.rename(tmp_path / "moved")
    machine.hook(read(moved / "a"))
    machine.hook(read(clone / "b"))
    subprocess.run(["rm", "-rf", str(moved)], check=True)
    machine.flush()
    names = [attributes(span).get("vcs.repository.name") for span in receiver.spans()]
    assert sorted(map(str, names)) == ["None", "None", "api", "api"]


def test_a_known_repository_starts_no_flush(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(read(api / "a"))
    machine.flush()
    (machine.state / "early-flush").unlink()
    machine.hook(read(api / "b"), early_flush=True)
    assert not (machine.state / "early-flush").exists()


def test_a_repository_that_git_does_not_answer_for_is_asked_again_and_starts_no_storm(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    (broken / ".git").mkdir(parents=True)
    (broken / ".git" / "HEAD").write_text("nonsense")
    machine.hook(read(broken / "a"))
    machine.flush()
    assert "vcs.repository.name" not in attributes(receiver.spans()[0])
    (machine.state / "early-flush").unlink()
    machine.hook(read(broken / "b"), early_flush=True)
    assert not (machine.state / "early-flush").exists()
    subprocess.run(["rm", "-rf", str(broken)], check=True)
    make_repository(broken, "git@github.com:acme/api.git")
    machine.flush()
    assert attributes(receiver.spans()[1])["vcs.repository.name"] == "api"


def test_a_repository_that_is_gone_is_not_guessed(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    machine.hook(read(api / "a"))
    subprocess.run(["rm", "-rf", str(api)], check=True)
    machine.flush()
    assert touches(receiver) == 1
    assert "vcs.repository.name" not in attributes(receiver.spans()[0])


def test_a_worktree_that_is_gone_counts_for_its_main_repository(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    git(api, "worktree", "add", "--quiet", str(tmp_path / "feature"))
    machine.hook(read(tmp_path / "feature" / "a"))
    git(api, "worktree", "remove", str(tmp_path / "feature"))
    machine.flush()
    assert attributes(receiver.spans()[0])["vcs.repository.name"] == "api"


def test_a_damaged_line_costs_only_itself(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(read(api / "a"))
    (spool,) = machine.state.glob("spool/*.jsonl")
    spool.write_bytes(spool.read_bytes() + b'\n{"v":1,"ti\n\n[]\n')
    machine.hook(read(api / "b"))
    assert machine.flush().returncode == 0
    assert touches(receiver) == 2
    assert "skipped 2 lines" in (machine.state / "hook.log").read_text()


def test_a_finished_spool_is_removed_after_a_day_and_its_session_may_go_on(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(read(api / "a"))
    (spool,) = machine.state.glob("spool/*.jsonl")
    yesterday = time.time() - 90_000
    os.utime(spool, (yesterday, yesterday))
    machine.flush()
    assert not spool.exists()
    machine.hook(read(api / "b"))
    machine.flush()
    assert touches(receiver) == 2


def test_everything_written_is_for_its_owner_only(machine: Machine, tmp_path: Path) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    machine.flush()
    files = [file for file in machine.state.rglob("*") if file.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_home_that_cannot_be_written_is_said(machine: Machine) -> None:
    done = machine.whence("hook", "flush", XDG_STATE_HOME="/proc/self")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Cannot write in /proc/self/whence" in done.stderr
    assert "XDG_STATE_HOME" in done.stderr


def test_status_shows_the_backlog_and_the_last_error(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    receiver.statuses.extend([500])
    machine.flush()
    waiting = json.loads(machine.whence("hook", "status", "--json").stdout)
    assert waiting["backlog_bytes"] > 100
    assert "answered 500" in waiting["last_flush"]["error"]
    machine.flush()
    sent = json.loads(machine.whence("hook", "status", "--json").stdout)
    assert sent["backlog_bytes"] == 0
    assert (sent["last_flush"]["spans"], sent["last_flush"]["error"]) == (1, None)


@pytest.mark.parametrize("content", ["not json", "[]", '{"endpoint": 7}'])
def test_a_damaged_configuration_is_named_and_loses_nothing(
    machine: Machine, receiver: Receiver, tmp_path: Path, content: str
) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    machine.config.write_text(content)
    assert "Run 'whence install'" in machine.flush().stderr
    machine.configure(receiver.url)
    machine.flush()
    assert touches(receiver) == 1


@pytest.mark.slow
def test_a_turn_that_runs_is_seen_within_two_minutes(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    """One flush a minute, however many events there are, and none of them waits for the end of the turn."""
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    machine.hook(read(api / "a"))
    machine.flush()
    stamp = machine.state / "running-flush"
    stamp.unlink()
    begin = time.monotonic()
    machine.hook(read(api / "b"), early_flush=True)
    claimed = stamp.stat().st_mtime_ns
    machine.hook(read(api / "c"), early_flush=True)
    assert stamp.stat().st_mtime_ns == claimed
    until(lambda: touches(receiver) == 3)
    assert time.monotonic() - begin > 30


def test_a_home_whose_file_system_has_no_locks_is_flushed_too_also_after_a_flush_that_was_killed(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api", "https://github.com/acme/api.git")
    # What NFS without its lock daemon answers.
    program = (
        "import errno, fcntl, sys\n"
        "def flock(*given): raise OSError(errno.ENOLCK, 'No locks available')\n"
        "fcntl.flock = flock\n"
        "from whence_cli.main import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", program, "hook", "flush"]
    for killed in (False, True):
        if killed:
            # No process has this number.
            (machine.state / "flush.soft-lock").write_text(f"4194999\n{socket.gethostname()}\n")
            os.utime(machine.state / "flush.soft-lock", (time.time() - 60,) * 2)
        machine.hook(read(api / "README.md"))
        done = subprocess.run(command, env=machine.environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    assert touches(receiver) == 2
    assert not list(machine.state.glob("*.soft-lock"))


def test_the_command_waits_for_flushes_that_run_and_then_sends_the_rest(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    machine.hook(read(make_repository(tmp_path / "api", "git@github.com:acme/api.git")))
    sending, waiting = (FileLock(machine.state / name) for name in ("flush.lock", "flush-next.lock"))
    with sending, waiting:
        process = subprocess.Popen([*WHENCE, "hook", "flush"], env=machine.environment, stdout=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(2)
    assert process.wait(60) == 0
    assert touches(receiver) == 1
