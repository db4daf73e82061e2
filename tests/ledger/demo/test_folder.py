"""What ``whence demo`` keeps while it runs, and what is left of it."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from builders.command import WHENCE
from builders.ledger import free_port
from builders.machine import Machine


@contextmanager
def running_demo(home: Path, temporary: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [*WHENCE, "demo", "--developers", "1", "--days", "1", "--port", str(free_port())]
    environment = Machine(home).environment | {"TMPDIR": str(temporary)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert any(line.startswith("Open http") for line in iter(process.stdout.readline, ""))
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=120)


@pytest.mark.slow
def test_a_demo_removes_what_a_killed_one_left_and_nothing_of_one_that_runs(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def folders() -> set[Path]:
        return set(temporary.glob("whence-demo-*"))

    with ExitStack() as demos:
        demos.enter_context(running_demo(tmp_path, temporary))
        kept = folders()
        killed = demos.enter_context(running_demo(tmp_path, temporary))
        killed.kill()
        killed.wait(timeout=60)
        assert len(folders()) == 2
        demos.enter_context(running_demo(tmp_path, temporary))
        assert len(folders()) == 2
        assert kept < folders()
        assert (kept.copy().pop() / "ledger.duckdb").exists()
    assert folders() == set()
