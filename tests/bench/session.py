"""What the hook costs a session of 40 tool calls: without a hook, with a hook that does nothing, and with ours.

Run it: ``.venv/bin/python tests/bench/session.py [ROUNDS [CLIENT]]``, with ``2.1.197`` or ``newest``. It uses the
real client and a Messages API that answers after 300 ms, as a fast model does. ``/bin/true``, registered for the same
events in the same way, shows how long Claude Code takes to start any hook. The three run in a different order each
round. It prints medians, also of the overhead over the session without a hook in the same round; processor time is that
of all processes, including the detached flush. A round takes 50 s.
"""

import ctypes
import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.claude_code import CLAUDE, NEWEST_CLAUDE, run_session
from builders.git_repository import make_repository
from builders.machine import Machine
from fakes.messages_api import ToolCall, messages_api
from fakes.otlp_receiver import otlp_receiver

CLIENTS = {"2.1.197": CLAUDE, "newest": NEWEST_CLAUDE}
TOOL_CALLS = 40
ANSWER_SECONDS = 0.3
MAX_OVERHEAD = 0.02
PR_SET_CHILD_SUBREAPER = 36


class Took(NamedTuple):
    """Seconds until the client ended, and processor seconds until the last process that it started ended."""

    passed: float
    processor: float


def measured(session: Callable[[], object]) -> Took:
    """Run a session. Its orphaned processes become children of this process, so that they are counted."""
    begin, used = time.perf_counter(), _children()
    session()
    passed = time.perf_counter() - begin
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return Took(passed, _children() - used)


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def register_true(machine: Machine, settings: str) -> None:
    """Replace our hook in ``settings`` by ``/bin/true``."""
    given = json.loads(settings)
    for groups in given["hooks"].values():
        for group in groups:
            group["hooks"] = [one | {"command": "/bin/true", "args": []} for one in group["hooks"]]
    machine.settings.parent.mkdir(parents=True)
    machine.settings.write_text(json.dumps(given))


def main(rounds: int = 5, client: str = "2.1.197") -> int:
    """Measure all three with Claude Code's own telemetry turned off."""
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError("cannot become the parent of orphaned processes")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary, otlp_receiver() as receiver:
        folder = Path(temporary)
        api = make_repository(folder / "api", "git@github.com:acme/api.git")
        read = ToolCall("Read", {"file_path": str(api / "README.md")})
        command = ToolCall("Bash", {"command": "git log --oneline | head -1", "description": "look"})
        script = [[read if number % 2 else command] for number in range(TOOL_CALLS)]
        machines = {name: Machine(folder / name) for name in ("no hook", "true", "whence")}
        for machine in machines.values():
            machine.home.mkdir()
        hooked = machines["whence"]
        hooked.whence("install", "--endpoint", receiver.url)
        settings = hooked.settings.read_text().replace("CLAUDE_CODE_ENABLE_TELEMETRY", "WHENCE_BENCH_NO_TELEMETRY")
        hooked.settings.write_text(settings)
        hooked.state.mkdir(mode=0o700, parents=True)
        register_true(machines["true"], settings)
        took: dict[str, list[Took]] = {name: [] for name in machines}
        with messages_api({"long": script}, ANSWER_SECONDS) as url:
            for number in range(rounds + 1):
                for name, machine in random.sample(list(machines.items()), len(machines)):
                    if name == "whence":
                        # The flush a minute after the first event would run long after the session.
                        (machine.state / "running-flush").touch()
                    one = measured(partial(run_session, machine, url, api, "SCRIPT:long", CLIENTS[client]))
                    if number:
                        took[name].append(one)
        assert len(receiver.spans()) >= rounds
    return _tell(took, client, rounds)


def _tell(took: dict[str, list[Took]], client: str, rounds: int) -> int:
    print(f"Claude Code {client}, {TOOL_CALLS} tool calls, {rounds} rounds, medians:")
    base = statistics.median(one.passed for one in took["no hook"])
    overhead = {}
    for name, all_of_it in took.items():
        passed, processor = (statistics.median(getattr(one, field) for one in all_of_it) for field in Took._fields)
        pairs = zip(all_of_it, took["no hook"], strict=True)
        overhead[name] = statistics.median(one.passed - plain.passed for one, plain in pairs) / base
        print(f"  {name:8} {passed:6.2f} s ({overhead[name]:+.1%}), {processor:6.2f} s of processors")
    return int(overhead["whence"] > MAX_OVERHEAD)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, *sys.argv[2:3]))
