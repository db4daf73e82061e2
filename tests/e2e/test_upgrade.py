"""From version 0.1.0, as it was landed, to this one: a ledger, settings, a spool that waits, timers, a running session.

The programs of 0.1.0 come from this repository's history. They run with the packages of this version's environment.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from builders.command import WHENCE
from builders.git_repository import make_repository
from builders.ledger import Ledger, free_port
from builders.machine import Machine
from builders.telemetry import cost, metrics, now
from builders.timers import Timers
from fakes.github import github

ROOT = Path(__file__).parents[2]
COMMIT = "db9226fe1a1d09dffec1486f0b6d2fa5283317d5"
"""What the changelog calls 0.1.0."""
PARTS = ("contract", "hook", "installer", "ledger", "classifier")
EARLIEST = {"from": "2025-01-01"}


class Version(NamedTuple):
    """``whence``: the command of one version of whence."""

    whence: list[str]

    def run(self, machine: Machine, *arguments: str, code: int = 0) -> str:
        """Run a command on a developer's machine; return its output."""
        command = [*self.whence, *arguments]
        done = subprocess.run(
            command, env=machine.environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    @contextmanager
    def serve(self, machine: Machine, data: Path, port: int) -> Iterator[Ledger]:
        """Run its ledger."""
        command = [*self.whence, "serve", "--port", str(port), "--data", str(data)]
        with subprocess.Popen(command, env=machine.environment, stdout=subprocess.DEVNULL) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                with httpx.Client(transport=httpx.HTTPTransport(retries=12)) as client:
                    assert client.get(f"{url}/api/v1/overview").status_code == 200
                yield Ledger(url, data, process.pid)
            finally:
                process.terminate()
                process.wait(timeout=120)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Version:
    """Version 0.1.0."""
    folder = tmp_path_factory.mktemp("0.1.0")
    packed = subprocess.run(
        ["git", "-C", str(ROOT), "archive", COMMIT, *PARTS, "pyproject.toml"], capture_output=True, check=False
    )
    if packed.returncode:
        pytest.skip("this clone lacks the history in which 0.1.0 is: git fetch --unshallow")
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    about = folder / "contract" / "whence_spend-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: whence-spend\nVersion: 0.1.0\n")
    for group, entries in project["entry-points"].items():
        with (about / "entry_points.txt").open("a") as file:
            file.writelines([f"[{group}]\n", *(f"{name} = {value}\n" for name, value in entries.items())])
    program = folder / "whence"
    paths = [str(folder / part) for part in PARTS]
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path[:0] = {paths!r}\nfrom whence_installer.command import main\nmain()\n"
    )
    program.chmod(0o755)
    return Version([str(program)])


def session_goes_on(machine: Machine, entry: dict[str, Any], repository: Path, number: int) -> None:
    """Run the hook that a session registered when it began, for a call that reads a file in ``repository``."""
    machine.hold_early_flush()
    event = {
        "hook_event_name": "PostToolUse",
        "session_id": "s1",
        "cwd": str(repository),
        "tool_name": "Read",
        "tool_use_id": f"toolu_{number}",
        "tool_input": {"file_path": str(repository / "README.md")},
        "tool_response": {},
    }
    done = subprocess.run(
        [entry["command"], *entry["args"]],
        input=json.dumps(event).encode(),
        env=machine.environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.fixture
def timers(before: Version, tmp_path: Path) -> Iterator[Timers]:
    """The timers of 0.1.0."""
    folder = Path(before.whence[0]).parent
    backup = folder / "ledger/deploy/whence-backup.service"
    classify = folder / "classifier/deploy/whence-classify.service"
    with github({"acme": ["api", "web"]}) as fake:
        timers = Timers(tmp_path / "administrator", backup, classify, classify.with_name("crontab"), fake.url)
        timers.set_up()
        yield timers


def labels(ledger: Ledger) -> dict[str, str]:
    rows = ledger.get("repositories", **EARLIEST)
    return {row["repository"]: row["label"] for row in rows if row["repository"]}


def go_back(before: Version, machine: Machine, data: Path, backup: Path, timers: Timers) -> dict[str | None, float]:
    """Show that 0.1.0 refuses the newer file, then serve its backup with it; return the figures."""
    port = free_port()
    refused = before.run(machine, "serve", "--port", str(port), "--data", str(data), code=1)
    assert "newer" in refused, refused
    old = backup.parent / "old"
    old.mkdir(mode=0o700)
    os.rename(backup, old / "ledger.duckdb")
    with before.serve(machine, old, port) as ledger:
        figures = ledger.costs(**EARLIEST)
        before.run(machine, "install", "--endpoint", ledger.url)
        before.run(machine, "hook", "flush")
        assert timers.run(before.whence[0], ledger.url) == [0, 0, 0]
        assert labels(ledger)["acme/api"] == "Managed"
    return figures


def test_units_keep_their_names(before: Version) -> None:
    """Otherwise copying the new files leaves the old timers beside them."""
    folder = Path(before.whence[0]).parent
    old = {path.name for path in folder.glob("*/deploy/*") if path.suffix in {".service", ".timer", ".plist"}}
    assert len(old) == 6
    assert old <= {path.name for path in (ROOT / "deploy").glob("*/*")}


@pytest.mark.slow
def test_everything_goes_on_and_the_way_back_is_the_backup(before: Version, timers: Timers, tmp_path: Path) -> None:
    after = Version(WHENCE)
    machine = Machine(tmp_path / "home")
    machine.settings.parent.mkdir(parents=True)
    machine.settings.write_text('{"model":   "opus"}')
    api = make_repository(tmp_path / "src" / "api", "https://github.com/acme/api.git")
    web = make_repository(tmp_path / "src" / "web", "https://github.com/acme/web.git")
    data, port = tmp_path / "data", free_port()
    with before.serve(machine, data, port) as ledger:
        before.run(machine, "install", "--endpoint", ledger.url)
        entry = json.loads(machine.settings.read_text())["hooks"]["PostToolUse"][0]["hooks"][0]
        assert str(Path(before.whence[0]).parent) in " ".join(entry["args"]), "the hook is that of 0.1.0"
        session_goes_on(machine, entry, api, 1)
        before.run(machine, "hook", "flush")
        ledger.accept("metrics", metrics(cost(1.0, at=now())))
        # Another session, which 0.1.0 has divided already.
        ledger.accept("metrics", metrics(cost(5.0, "s0", at=now() - 10 * 24 * 3600 * 10**9)))
        figures = ledger.costs(**EARLIEST)
        assert figures == {"acme/api": 1.0, None: 5.0}
        assert timers.run(before.whence[0], ledger.url) == [0, 0, 0]
        assert labels(ledger) == {"acme/api": "Managed"}
        shutil.copy(timers.backed_up, tmp_path / "kept.duckdb")
        # This waits in the spool while the version changes.
        session_goes_on(machine, entry, web, 2)
    # While neither version serves, a timer fails and the backup stays.
    assert 0 not in timers.run(after.whence[0], ledger.url)
    assert timers.backed_up.read_bytes() == (tmp_path / "kept.duckdb").read_bytes()
    with after.serve(machine, data, port) as ledger:
        assert ledger.costs(**EARLIEST) == figures
        assert labels(ledger) == {"acme/api": "Managed"}
        # The session continues with the hook of 0.1.0, before and after the new version is installed.
        session_goes_on(machine, entry, web, 3)
        after.run(machine, "install", "--endpoint", ledger.url)
        session_goes_on(machine, entry, web, 4)
        ledger.accept("metrics", metrics(cost(3.0, at=now())))
        after.run(machine, "hook", "flush")
        assert "Nothing waits." in after.run(machine, "hook", "status")
        # One touch of acme/api and three of acme/web, each counted once.
        assert ledger.costs(split="session", **EARLIEST) == {"acme/api": 1.0, "acme/web": 3.0, None: 5.0}
        assert ledger.get("overview", **EARLIEST)["cost_usd"] == 9
        # The timers were not touched, and go on with the new programs and the old cache.
        assert timers.run(after.whence[0], ledger.url) == [0, 0, 0]
        assert labels(ledger) == {"acme/api": "Managed", "acme/web": "Managed"}
        assert timers.backed_up.read_bytes() != (tmp_path / "kept.duckdb").read_bytes()
        hooks = json.loads(machine.settings.read_text())["hooks"]
        for groups in hooks.values():
            assert len(groups) == 1
            assert str(Path(before.whence[0]).parent) not in json.dumps(groups)
        assert (
            "ok    hook: registered once"
            in subprocess.run(
                [*WHENCE, "doctor"], env=machine.environment, capture_output=True, text=True, check=False
            ).stdout
        )
    # This waits while the version changes back.
    session_goes_on(machine, entry, api, 5)
    assert go_back(before, machine, data, tmp_path / "kept.duckdb", timers) == figures
    after.run(machine, "uninstall")
    assert machine.settings.read_text() == '{"model":   "opus"}'
