"""The ``whence`` command in a process of its own, forked from one that has imported it.

Importing takes most of the time of most commands, and the tests start more than a thousand. What is under test is the
same: arguments, environment, files, signals and exit codes of a real process. ``WHENCE`` is the installed program.
"""

import atexit
import gc
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from whence_cli.main import main

COVERAGE = {name: value for name, value in os.environ.items() if name == "COVERAGE_PROCESS_CONFIG"}
"""Variables that include a test's child processes in the measured coverage."""
WHENCE = [str(Path(sys.executable).with_name("whence"))]
_COMMANDS = [entry.module for entry in entry_points(group="whence.commands")]
_FORKED = multiprocessing.get_context("forkserver")
_SERVER = ["anyio._backends._asyncio", "httpcore", "nicegui.ui_run_with", "whence_ledger.web.app"]
_SERVER += [f"uvicorn.{name}" for name in ("lifespan.on", "loops.auto", "protocols.websockets.auto")]
_FORKED.set_forkserver_preload(["builders.command", *_COMMANDS, *_SERVER])


class Process:
    """A running ``whence``; the interface is that of ``subprocess.Popen``."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], output: Path | None = None) -> None:
        """Start it, with standard output and error in two files of the folder ``output``; without a folder, the output
        is discarded and errors go where those of the test go."""
        self._process = _FORKED.Process(target=_run, args=(list(arguments), dict(environment), os.getcwd(), output))
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, as ``subprocess`` has it; ``None`` while the process runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait for the end and return the exit code."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(WHENCE, timeout)
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()


def run(arguments: Sequence[str], environment: Mapping[str, str], timeout: float) -> subprocess.CompletedProcess[str]:
    """Run ``whence`` to its end, without standard input."""
    if COVERAGE:
        return subprocess.run(
            [*WHENCE, *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
        )
    with tempfile.TemporaryDirectory() as folder:
        process = Process(arguments, environment, Path(folder))
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        texts = [Path(folder, name).read_text(encoding="utf-8") for name in ("stdout", "stderr")]
    return subprocess.CompletedProcess([*WHENCE, *arguments], code, *texts)


def _run(arguments: list[str], environment: dict[str, str], folder: str, output: Path | None) -> None:
    # A collection of garbage would copy every page of memory that is shared with the others.
    gc.freeze()
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        if output or descriptor == 1:
            file = os.open(output / name if output else os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(file, descriptor)
            os.close(file)
    sys.argv = [*WHENCE, *arguments]
    try:
        main()
    finally:
        atexit._run_exitfuncs()
