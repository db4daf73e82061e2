"""How long ``flush`` takes for 10,000 records over 20 repositories, and how much memory.

Run it: ``.venv/bin/python tests/bench/flush.py``. Prints the time, and its ratio to importing the modules that a
flush imports, in the same run.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.git_repository import make_repository
from builders.machine import Machine
from fakes.otlp_receiver import otlp_receiver

RUNS = 3
FLUSH = [sys.executable, "-I", "-c", "from whence_hook.flush.flush import flush; raise SystemExit(bool(flush().error))"]
IMPORT = [sys.executable, "-I", "-c", "import whence_hook.flush.delivery"]


def seconds(command: list[str], machine: Machine) -> float:
    """Return the wall time of one run."""
    begin = time.perf_counter()
    subprocess.run(command, env=machine.environment, check=True)
    return time.perf_counter() - begin


def fill(machine: Machine, repositories: list[Path]) -> None:
    """Write 10,000 records of ten sessions, and clear the cache."""
    spool = machine.state / "spool"
    subprocess.run(["rm", "-rf", str(machine.state)], check=True)
    spool.mkdir(parents=True)
    for session in range(10):
        lines = []
        for number in range(1000):
            # Each prompt makes twenty tool calls in two repositories.
            root = str(repositories[(session + number // 20 + number % 2) % len(repositories)])
            record = {"v": 1, "time": time.time_ns(), "session": f"s{session}", "prompt": f"p{number // 20}"}
            record |= {"tool": f"t{number}", "kind": "read", "roots": [[root, root, 0, 0, 0, 0]]}
            lines.append(json.dumps(record))
        (spool / f"s{session}.jsonl").write_text("\n".join(lines) + "\n")


def main() -> None:
    """Fill the spools, flush, then flush again with nothing to do."""
    with tempfile.TemporaryDirectory() as folder, otlp_receiver() as receiver:
        machine = Machine(Path(folder, "home"))
        machine.configure(receiver.url)
        remote = "git@github.com:acme/{}.git"
        repositories = [make_repository(Path(folder, f"r{n}"), remote.format(n)) for n in range(20)]
        flushes, imports, idle = [], [], []
        for _ in range(RUNS):
            fill(machine, repositories)
            flushes.append(seconds(FLUSH, machine))
            imports.append(seconds(IMPORT, machine))
            idle.append(seconds(FLUSH, machine))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    median, importing = statistics.median(flushes), statistics.median(imports)
    print(f"flush of 10,000 records over 20 repositories: {median:.2f} s, {median / importing:.1f} times its imports")
    print(f"peak memory: {peak:.0f} MB; {len(receiver.spans())} spans in {RUNS} runs")
    print(f"flush with nothing to do: {statistics.median(idle):.2f} s")


if __name__ == "__main__":
    os.environ.pop("GIT_DIR", None)
    main()
