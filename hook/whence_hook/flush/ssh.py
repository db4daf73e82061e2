"""SSH host aliases, resolved by ``ssh -G``.

``ssh -G`` runs the programs of ``Match exec`` lines for any host, and a repository chooses the host. So if there is
such a line, run ssh only for hosts that the configuration names. https://man.openbsd.org/ssh_config
"""

import fnmatch
import glob
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

TIMEOUT_SECONDS = 5
MAX_DEPTH = 16
SYSTEM_FILES = ("/etc/ssh/ssh_config", "/opt/homebrew/etc/ssh/ssh_config", "/usr/local/etc/ssh/ssh_config")


class _Configuration(NamedTuple):
    """``hosts``: the patterns of each ``Host`` line. ``runs_programs``: whether there is a ``Match exec`` line."""

    hosts: list[list[str]]
    runs_programs: bool

    def names(self, host: str) -> bool:
        """Return whether a ``Host`` line matches ``host`` but not every host."""
        for patterns in self.hosts:
            refused = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
            wanted = [pattern for pattern in patterns if re.search("[a-z0-9]", pattern) and not pattern.startswith("!")]
            if _matches(host, wanted) and not _matches(host, refused):
                return True
        return False


@cache
def ssh_hostname(host: str) -> str:
    """Return the real name of an SSH host alias; the name itself if ssh is not run or does not answer."""
    configuration = _read_configuration()
    if host.startswith("-") or (configuration.runs_programs and not configuration.names(host)):
        return host
    try:
        answer = subprocess.run(
            ["ssh", "-G", "--", host],  # noqa: S607
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return host
    names = [line.split(" ", 1)[1] for line in answer.stdout.splitlines() if line.startswith("hostname ")]
    return names[0] if names else host


@cache
def _read_configuration() -> _Configuration:
    hosts, runs_programs = [], False
    lines = (line for file in (os.path.join(_home(), ".ssh", "config"), *SYSTEM_FILES) for line in _lines(file))
    for word, values in lines:
        if word == "host":
            hosts.append([value.lower() for value in values])
        elif word == "match":
            runs_programs = runs_programs or any(value.lower().lstrip("!").startswith("exec") for value in values)
    return _Configuration(hosts, runs_programs)


def _lines(file: str, folder: str | None = None, depth: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Yield the keyword, in lower case, and the values of each line, including included files, relative to
    ``folder``."""
    folder = folder or os.path.dirname(file)
    for line in _read(file):
        word, _, rest = line.strip().replace("=", " ", 1).partition(" ")
        try:
            values = shlex.split(rest)
        except ValueError:
            values = rest.split()
        if word.lower() == "include" and depth < MAX_DEPTH:
            paths = [os.path.join(folder, value.replace("~", _home(), 1)) for value in values]
            for path in (path for pattern in paths for path in sorted(glob.glob(pattern))):
                yield from _lines(path, folder, depth + 1)
        elif word and not word.startswith("#"):
            yield word.lower(), values


def _read(file: str) -> list[str]:
    try:
        with open(file, encoding="utf-8", errors="replace") as content:
            return content.read().splitlines()
    except OSError:
        return []


def _home() -> str:
    """Return the account's home folder, which ssh uses regardless of ``HOME``."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_dir
    except (ImportError, KeyError):
        return os.path.expanduser("~")


def _matches(host: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(host, pattern.replace("[", "[[]")) for pattern in patterns)
