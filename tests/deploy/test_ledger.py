"""The files that run the ledger for a team: what they run, run here."""

import plistlib
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from builders.command import WHENCE
from builders.ledger import free_port, running_ledger
from builders.machine import Machine
from builders.telemetry import cost, metrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "ledger"
TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}


def unit(name: str) -> list[str]:
    line = re.search(r"^ExecStart=(.*)$", (DEPLOY / name).read_text(), re.MULTILINE)
    assert line
    return shlex.split(line[1])


def systemd() -> list[str]:
    return unit("whence.service")


def launchd() -> list[str]:
    return list(plistlib.loads((DEPLOY / "com.whence.ledger.plist").read_bytes())["ProgramArguments"])


def docker() -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text()
    entry, command = (re.search(rf"^{word} (\[.*\])$", text, re.MULTILINE) for word in ("ENTRYPOINT", "CMD"))
    assert entry
    assert command
    return [word.strip('", ') for word in (entry[1] + command[1]).replace("][", ",").strip("[]").split(",")]


@pytest.mark.parametrize("command", [systemd, launchd, docker])
def test_the_command_in_each_file_serves(command: Callable[[], list[str]], tmp_path: Path) -> None:
    program, *arguments = command()
    assert program == "/opt/whence-ledger/bin/whence"
    places = {"/var/lib/whence": str(tmp_path), "/usr/local/var/whence": str(tmp_path), "0.0.0.0": "127.0.0.1"}  # noqa: S104
    port = free_port()
    given = [*(places.get(one, one) for one in arguments), "--port", str(port)]
    with subprocess.Popen([*WHENCE, *given], env=Machine(tmp_path).environment | TOKENS) as process:
        try:
            client = httpx.Client(transport=httpx.HTTPTransport(retries=10))
            answer = client.get(f"http://127.0.0.1:{port}/api/v1/overview", headers={"Authorization": "Bearer rrr"})
            assert answer.status_code == 200
        finally:
            process.terminate()
            process.wait(timeout=120)
    assert (tmp_path / "ledger.duckdb").exists()


def test_the_backup_unit_makes_a_backup_that_can_be_restored(tmp_path: Path) -> None:
    arguments = unit("whence-backup.service")[1:]
    kept = tmp_path / "kept.duckdb"
    given = [str(kept) if one.startswith("/var/backups") else one for one in arguments]
    with running_ledger(tmp_path / "data") as ledger:
        ledger.accept("metrics", metrics(cost(1.0)))
        environment = {"WHENCE_LEDGER": ledger.url}
        assert Machine(tmp_path).whence(*given, **environment).returncode == 0
        ledger.accept("metrics", metrics(cost(2.0, "other")))
        assert Machine(tmp_path).whence("ledger", "restore", "--yes", str(kept), **environment).returncode == 0
        assert ledger.get("overview")["cost_usd"] == 1


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for path in DEPLOY.glob("whence*"):
        text = path.read_text().replace("/opt/whence-ledger/bin/whence", "/bin/true")
        (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, tmp_path.iterdir())], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_image_copies_what_there_is() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {package.partition("/")[0] for package in packages} | {"pyproject.toml", "requirements"} <= names
    assert all((ROOT / name).exists() for name in names)
