"""The real Claude Code client in a terminal, as a person uses it."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from builders.claude_code import client_environment
from builders.machine import Machine

LIMIT_SECONDS = 120
_KEY = "sk-ant-only-for-tests-0123456789"


class Terminal:
    """An interactive session. ``start`` it, then ``type`` and ``press``; it is killed at the end of the block."""

    def __init__(self, machine: Machine, client: Path, messages_api: str) -> None:
        self._machine, self._client = machine, client
        self._environment = client_environment(machine, messages_api)
        self._environment |= {"ANTHROPIC_API_KEY": _KEY, "TERM": "xterm-256color"}
        self._pid = self._file = 0
        self._shown = b""

    def __enter__(self) -> Self:
        return self

    def start(self, folder: Path) -> None:
        """Start in ``folder``, and skip the questions of a first start."""
        trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
        answers = {"hasCompletedOnboarding": True, "theme": "dark", "projects": {str(folder): trusted}}
        answers["customApiKeyResponses"] = {"approved": [_KEY[-20:]], "rejected": []}
        (self._machine.home / ".claude.json").write_text(json.dumps(answers))
        self._pid, self._file = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execve(self._client, [str(self._client), "--permission-mode", "default"], self._environment)  # noqa: S606
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        self.wait_for("\u276f")
        self._pump(2)

    def enter(self, text: str) -> None:
        """Type a line and send it."""
        self._shown = b""
        self.press(text)
        self.press("\r")

    def press(self, keys: str) -> None:
        """Press keys, and let the screen settle."""
        os.write(self._file, keys.encode())
        self._pump(1.5)

    def wait_for(self, text: str) -> None:
        """Wait until ``text`` was shown since the last line was typed."""
        self.wait(lambda: text.replace(" ", "") in self.shown)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` is true, and the screen has settled."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.shown[-2000:]
            self._pump(0.3)
        self._pump(1)

    @property
    def shown(self) -> str:
        """Return the output to the screen, without escape sequences and spaces."""
        text = self._shown.decode("utf-8", "replace")
        return re.sub(r"\x1b(\[[0-9;?<>=]*[A-Za-z]|\][^\x07]*\x07|.)|\s", "", text)

    def end(self) -> None:
        """End the session as a person does."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while os.waitpid(self._pid, os.WNOHANG)[0] == 0:
            assert time.monotonic() < deadline, self.shown[-2000:]
            # Twice within a moment.
            for _ in range(2):
                os.write(self._file, b"\x03")
                self._pump(0.3)
            self._pump(1)
        self._pid = 0

    def _pump(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._file], [], [], left)[0]:
                try:
                    self._shown += os.read(self._file, 65536)
                except OSError:
                    return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        if self._file:
            os.close(self._file)
