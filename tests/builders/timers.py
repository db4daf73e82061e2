"""An administrator's machine on which cron and systemd's timers run what a version of whence shipped."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from builders.machine import Machine
from fakes.github import TOKEN


class Timers(NamedTuple):
    """``home``: of the machine. ``backup``, ``classify``, ``crontab``: what was shipped. ``github``: URL of a GitHub.

    Neither cron nor systemd runs. The commands run as they were shipped, with other programs, addresses and folders.
    """

    home: Path
    backup: Path
    classify: Path
    crontab: Path
    github: str

    @property
    def backed_up(self) -> Path:
        """Return the path of the file that each backup replaces."""
        return self.home / "ledger.duckdb"

    def set_up(self) -> None:
        """Write the secrets."""
        self.home.mkdir()
        for name, content in (("github-token", TOKEN), ("ledger.env", "WHENCE_ADMIN_TOKEN=aaa\n")):
            (self.home / name).write_text(content)
            (self.home / name).chmod(0o600)

    def run(self, program: str, ledger: str) -> list[int]:
        """Run ``program`` as both units and the crontab do, once; return the exit codes."""
        places = {
            "/opt/whence-ledger/bin/whence classify": f"{program} classify --github-url {self.github}",
            "/opt/whence-ledger/bin/whence": program,
            "https://whence.example.com": ledger,
            "/etc/whence/overrides.toml": str(self.crontab.with_name("overrides.toml")),
            "/var/backups/whence": str(self.home),
        }
        environment = Machine(self.home).environment | {
            "WHENCE_LEDGER": ledger,
            "CREDENTIALS_DIRECTORY": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
        }
        codes = []
        for shipped in (_unit(self.backup), _unit(self.classify), _cron(self.crontab)):
            line = re.sub("|".join(places), lambda found: places[found[0]], shipped)
            done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, check=False, timeout=120)
            codes.append(done.returncode)
        return codes


def _unit(path: Path) -> str:
    return " && ".join(re.findall(r"^ExecStart(?:Post)?=(.*)$", path.read_text(), re.MULTILINE))


def _cron(path: Path) -> str:
    """Return the command of the last line, after the five fields that say when."""
    return path.read_text().splitlines()[-1].split(maxsplit=5)[5]
