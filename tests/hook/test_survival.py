"""What the hook survives: kills, faults of the receiver, full disks, odd clocks, floods."""

import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from builders.event import read
from builders.git_repository import make_repository
from builders.machine import HOOK, Machine
from builders.rounds import rounds
from fakes.otlp_receiver import Receiver, attributes

pytestmark = pytest.mark.slow

KILLS = rounds(20, 2000)
FLUSH = [sys.executable, "-I", "-m", "whence_hook.flush"]
KINDS = ("read", "edit", "search", "command")


def touches(receiver: Receiver) -> int:
    """Touches of the distinct spans, as a ledger counts them; a span that comes twice must come the same."""
    distinct: dict[bytes, dict[str, object]] = {}
    for span in receiver.spans():
        found = attributes(span)
        assert distinct.setdefault(span.span_id, found) == found
    return sum(int(str(found[f"whence.activity.{kind}"])) for found in distinct.values() for kind in KINDS)


class Lifetime:
    """How long a process lives here and now, so that it can be killed at any moment of its life on any machine."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.runs = 0

    def run(self, command: list[str], machine: Machine, event: bytes, instants: random.Random) -> None:
        """Run a process and kill it; every fifth run ends by itself and is the new measure."""
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=machine.environment)
        assert process.stdin is not None
        process.stdin.write(event)
        process.stdin.close()
        if self.runs % 5 == 0:
            process.wait()
            self.seconds = time.monotonic() - begin
        else:
            time.sleep(instants.uniform(0, 1.2 * self.seconds))
            process.kill()
            process.wait()
        self.runs += 1


def test_kills_at_random_instants_lose_and_repeat_nothing(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    instants = random.Random(7)  # noqa: S311
    recording, flushing = Lifetime(), Lifetime()
    for number in range(KILLS):
        if number % 10 == 9:
            flushing.run(FLUSH, machine, b"", instants)
        else:
            machine.hold_early_flush()
            recording.run(HOOK, machine, json.dumps(read(api / "a", session=f"s{number % 3}")).encode(), instants)
    recorded = len(machine.records())
    assert 0 < recorded < KILLS
    assert machine.flush().returncode == 0
    assert touches(receiver) == recorded
    assert json.loads(machine.whence("hook", "status", "--json").stdout)["backlog_bytes"] == 0


def test_a_receiver_that_asks_to_wait_gets_it_later(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    receiver.statuses.extend([429, 503])
    assert machine.flush().returncode == 0
    assert touches(receiver) == 1


@pytest.mark.parametrize("fault", ["hang", "close", "half"])
def test_a_receiver_that_hangs_or_closes_halfway_gets_it_later(
    machine: Machine, receiver: Receiver, tmp_path: Path, fault: str
) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    receiver.faults.extend([fault] * 8)
    assert machine.flush().returncode == 1
    receiver.faults.clear()
    assert machine.flush().returncode == 0
    assert touches(receiver) == 1


def test_what_a_receiver_refuses_for_good_is_counted_and_not_sent_again(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    refusal = ExportTraceServiceResponse()
    refusal.partial_success.rejected_spans = 1
    refusal.partial_success.error_message = "no such tenant"
    receiver.answers.append(refusal.SerializeToString())
    machine.flush()
    machine.flush()
    status = json.loads(machine.whence("hook", "status", "--json").stdout)
    assert (status["backlog_bytes"], status["dropped_records"]) == (0, 1)
    assert "refused 1: no such tenant" in status["last_flush"]["error"]
    assert len(receiver.spans()) == 1
    assert "1 records were dropped" in machine.whence("doctor").stdout


@pytest.mark.long
def test_a_week_without_a_network_costs_nothing(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    machine.configure("http://127.0.0.1:9")
    for day in range(7):
        machine.hook(read(api / "a", session=f"day-{day}"))
        week_ago = time.time() - (7 - day) * 86_400
        os.utime(machine.state / "spool" / f"day-{day}.jsonl", (week_ago, week_ago))
        assert machine.flush().returncode == 1
    machine.configure(receiver.url)
    assert machine.flush().returncode == 0
    assert touches(receiver) == 7


def test_what_waits_too_long_is_given_up_counted_and_shown(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(read(api / "a", session="old"))
    machine.hook(read(api / "b", session="old"))
    machine.hook(read(api / "c", session="new"))
    long_ago = time.time() - 31 * 86_400
    os.utime(machine.state / "spool" / "old.jsonl", (long_ago, long_ago))
    machine.configure("http://127.0.0.1:9")
    machine.flush()
    assert "2 records were dropped" in machine.whence("hook", "status").stdout
    assert "dropped 2 records" in (machine.state / "hook.log").read_text()
    machine.configure(receiver.url)
    machine.flush()
    assert touches(receiver) == 1


def test_a_clock_that_was_wrong_costs_nothing_while_the_receiver_answers(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(read(api / "a", session="past"))
    machine.hook(read(api / "a", session="future"))
    for session, moment in (("past", 1000), ("future", 4_000_000_000)):
        spool = machine.state / "spool" / f"{session}.jsonl"
        record = json.loads(spool.read_text())
        lines = [json.dumps(record | {"time": at * 10**9, "tool": f"t{at}"}) for at in (moment, moment - 500)]
        spool.write_text("\n".join(lines) + "\n")
        os.utime(spool, (moment, moment))
    assert machine.flush().returncode == 0
    assert touches(receiver) == 4
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in receiver.spans())


def test_a_spool_that_grows_too_large_loses_its_oldest_sessions(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api")
    for session in ("old", "new"):
        machine.hook(read(api / "a", session=session))
    record = json.loads((machine.state / "spool" / "old.jsonl").read_text())
    flood = "".join(json.dumps(record | {"tool": f"t{number}"}) + "\n" for number in range(300_000))
    (machine.state / "spool" / "old.jsonl").write_text(flood)
    os.utime(machine.state / "spool" / "old.jsonl", (time.time() - 60, time.time() - 60))
    machine.configure("http://127.0.0.1:9")
    machine.flush()
    status = json.loads(machine.whence("hook", "status", "--json").stdout)
    assert status["dropped_records"] == 300_000
    assert status["backlog_bytes"] < 1000
    machine.configure(receiver.url)
    machine.flush()
    assert touches(receiver) == 1


def test_a_disk_that_is_full_while_flushing_loses_nothing(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    full = subprocess.run(FLUSH, env=machine.environment, preexec_fn=no_room, check=False, timeout=120)
    assert full.returncode == 0
    assert receiver.spans() == []
    assert machine.flush().returncode == 0
    assert touches(receiver) == 1


def test_a_record_of_a_later_version_that_adds_fields_is_understood(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    (spool,) = machine.state.glob("spool/*.jsonl")
    record = json.loads(spool.read_text())
    record |= {"v": 2, "new": [1], "roots": [[*root, 7, "x"] for root in record["roots"]]}
    spool.write_text(json.dumps(record) + "\n")
    machine.flush()
    assert touches(receiver) == 1


def test_a_line_of_a_version_without_agents_is_the_same_span_as_then(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    (spool,) = machine.state.glob("spool/*.jsonl")
    record = json.loads(spool.read_text())
    del record["agent"]
    line = json.dumps(record)
    spool.write_text(line + "\n")
    machine.flush()
    first = hashlib.blake2b(line.encode(), digest_size=8).hexdigest()
    derived = "\0".join((record["session"], record["prompt"], *record["roots"][0][:2], first))
    assert receiver.spans()[0].span_id == hashlib.blake2b(derived.encode(), digest_size=8).digest()


def test_a_damaged_state_is_set_aside_and_named(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    (machine.state / "backlog.json").write_text('{"spools": {"x')
    assert machine.flush().returncode == 0
    assert touches(receiver) == 1
    assert "backlog.json is damaged" in (machine.state / "hook.log").read_text()


def test_with_nothing_new_nothing_is_imported_or_written(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    machine.hook(read(make_repository(tmp_path / "api") / "a"))
    machine.flush()
    before = {file: file.stat().st_mtime_ns for file in machine.state.rglob("*.json")}
    script = "import sys; from whence_hook.flush.flush import flush; flush(); print('opentelemetry' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], env=machine.environment, capture_output=True, check=True
    )
    assert done.stdout == b"False\n"
    assert {file: file.stat().st_mtime_ns for file in machine.state.rglob("*.json")} == before


def test_a_call_of_a_session_that_was_killed_counts_once_the_session_is_quiet(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    call = read(make_repository(tmp_path / "api") / "a") | {"hook_event_name": "PreToolUse"}
    machine.hook(call)
    machine.flush()
    assert touches(receiver) == 0
    (spool,) = machine.state.glob("spool/*.jsonl")
    hours_ago = time.time() - 2 * 3600
    os.utime(spool, (hours_ago, hours_ago))
    for _ in range(2):
        assert machine.flush().returncode == 0
    assert touches(receiver) == 1
    machine.hook(call | {"hook_event_name": "PostToolUse", "tool_response": {}})
    machine.flush()
    assert touches(receiver) == 1
