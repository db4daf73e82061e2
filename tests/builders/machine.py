"""A developer's machine: a separate home directory, in which the real programs run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import whence_hook
from builders import command
from builders.command import COVERAGE

HOOK = [sys.executable, "-I", "-S", str(Path(whence_hook.__file__).with_name("__main__.py"))]


class Machine(NamedTuple):
    """``home``: the home directory of every process that is started here, with a clean environment."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a login shell, without the test's variables."""
        return {"HOME": str(self.home), "PATH": os.defpath, "LANG": "C.UTF-8"} | COVERAGE

    @property
    def state(self) -> Path:
        """Return the hook's folder."""
        return self.home / ".local" / "state" / "whence"

    @property
    def settings(self) -> Path:
        """Return the path of Claude Code's settings."""
        return self.home / ".claude" / "settings.json"

    @property
    def config(self) -> Path:
        """Return the path of the hook's configuration."""
        return self.home / ".config" / "whence" / "config.json"

    def configure(self, endpoint: str, token: str | None = None) -> None:
        """Write the hook's configuration."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(json.dumps({"endpoint": endpoint, "token": token}))

    def hook(self, event: object, early_flush: bool = False) -> subprocess.CompletedProcess[bytes]:
        """Run the hook on an event, as JSON or as raw bytes, without the flush that a new repository starts."""
        if not early_flush:
            self.hold_early_flush()
        stdin = event if isinstance(event, bytes) else json.dumps(event).encode()
        return subprocess.run(HOOK, check=False, input=stdin, capture_output=True, env=self.environment, timeout=120)

    def hold_early_flush(self) -> None:
        """Prevent a flush before the turn ends, as if one had just been started."""
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.state / "early-flush").touch(mode=0o600)
        (self.state / "running-flush").touch(mode=0o600)

    def records(self) -> list[dict[str, Any]]:
        """Return the lines of the spools."""
        lines = [line for file in sorted(self.state.glob("spool/*.jsonl")) for line in file.read_text().splitlines()]
        return [json.loads(line) for line in lines if line]

    def flush(self) -> subprocess.CompletedProcess[str]:
        """Send the records in the spools."""
        return self.whence("hook", "flush")

    def whence(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the ``whence`` command."""
        return command.run(arguments, self.environment | environment, timeout=120)

    def everything_written(self) -> bytes:
        """Return the names and contents of all our files on this machine."""
        files = [file for folder in (self.state, self.config.parent) for file in folder.rglob("*") if file.is_file()]
        return b"\n".join(str(file).encode() + b"\n" + file.read_bytes() for file in files)
