"""A computer with several users: the real programs of this machine, with separate folders where whence is installed.

It is a mount namespace, so it requires root on Linux; everything mounted and written disappears with it.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from builders.claude_code import CLAUDE, NEWEST_CLAUDE

REPOSITORY = Path(__file__).parents[2]
_PRIVATE = {"/home": 755, "/opt": 755, "/usr/local/bin": 755, "/root": 700, "/tmp": 1777}  # noqa: S108 theirs


class Computer(NamedTuple):
    """``process``: holds the namespace. ``tools``: a folder that every user can read. The repository under test is at
    ``/mnt/source``."""

    process: int
    tools: Path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command as root, without a login and with an empty environment."""
        enter = ["nsenter", f"--mount=/proc/{self.process}/ns/mnt", "--wd=/"]
        clean = {"PATH": os.defpath} | environment
        return subprocess.run(
            [*enter, *command],
            check=False,
            capture_output=True,
            text=True,
            env=clean,
            stdin=subprocess.DEVNULL,
            timeout=300,
        )

    def run_as(self, user: str, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user, as after a login."""
        login = {"HOME": f"/home/{user}", "USER": user, "LANG": "C.UTF-8"} | environment
        return self.run("/usr/sbin/runuser", "-u", user, "--", *command, **login)

    def shell(self, script: str, user: str | None = None, **environment: str) -> str:
        """Run lines that must succeed; return their output."""
        done = (
            self.run_as(user, "sh", "-euc", script, **environment)
            if user
            else self.run("sh", "-euc", script, **environment)
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def add_user(self, name: str) -> None:
        """Create a user with a home that only they can read, and a git identity."""
        self.shell(f"/usr/sbin/useradd --create-home {name} && chmod 700 /home/{name}")
        self.shell(
            f"cd && git config --global user.email {name}@acme.example && git config --global user.name {name}", name
        )

    def claude(
        self, user: str, messages_api: str, cwd: str, prompt: str, program: str = "claude"
    ) -> subprocess.CompletedProcess[str]:
        """Run a real session of Claude Code. ``program``: ``claude`` or ``newest``."""
        claude = f"cd {cwd} && {self.claude_command(messages_api, prompt, program)}"
        return self.run_as(user, "sh", "-euc", claude)

    def claude_command(self, messages_api: str, prompt: str, program: str = "claude") -> str:
        """Return the line for a shell that runs a session in the current folder."""
        environment = {
            "ANTHROPIC_BASE_URL": messages_api,
            "ANTHROPIC_API_KEY": "any",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "IS_SANDBOX": "1",
        }
        variables = " ".join(f"{name}={value}" for name, value in environment.items())
        options = "--dangerously-skip-permissions --output-format json"
        return f"exec env {variables} {self.tools}/{program} -p '{prompt}' {options}"


@contextmanager
def computer(folder: Path) -> Iterator[Computer]:
    """Yield a computer that exists until the block ends."""
    holder = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sleep", "infinity"])
    try:
        tools = Path("/home/.tools")
        one = Computer(holder.pid, tools)
        while os.readlink(f"/proc/{holder.pid}/ns/mnt") == os.readlink("/proc/self/ns/mnt"):
            assert holder.poll() is None
        etc = folder / "etc"
        shutil.copytree("/etc", etc, symlinks=True, ignore=shutil.ignore_patterns("whence", "claude-code"))
        one.shell(f"mount --bind {etc} /etc && mount -t tmpfs tmpfs /mnt")
        one.shell(f"mkdir /mnt/source /mnt/claude /mnt/newest && mount --bind {REPOSITORY} /mnt/source")
        for name, client in (("claude", CLAUDE), ("newest", NEWEST_CLAUDE)):
            one.shell(f"mount --bind {client.parents[1] / '@anthropic-ai' / 'claude-code' / 'bin'} /mnt/{name}")
        for private, mode in _PRIVATE.items():
            one.shell(f"mount -t tmpfs -o mode={mode} tmpfs {private}")
        one.shell(f"mkdir {tools} && ln -s /mnt/claude/claude.exe {tools}/claude && echo hello > {tools}/hello")
        one.shell(f"ln -s /mnt/newest/claude.exe {tools}/newest")
        yield one
    finally:
        holder.kill()
        holder.wait()
