"""The Debian package: built, installed, used and purged in a new Debian, which tests/run fetches. Needs root."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from builders.ledger import free_port

pytestmark = [pytest.mark.slow, pytest.mark.root, pytest.mark.tools]

ROOT = Path(__file__).parents[2]
UNITS = "/usr/lib/systemd/system"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deb")
    subprocess.run(["sh", str(ROOT / "deploy/debian/build.sh"), str(folder)], check=True, capture_output=True)
    (built,) = folder.glob("whence-ledger_*.deb")
    return built


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new Debian of this machine's release: what is essential, and Python."""
    folder = tmp_path_factory.mktemp("debian")
    subprocess.run(
        ["tar", "--extract", "--file", str(ROOT / ".debian/root.tar"), "--directory", str(folder)], check=True
    )
    (folder / "dev/shm").chmod(0o1777)
    yield folder
    subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=True)


def run(debian: Path, *command: str) -> str:
    done = subprocess.run(
        ["chroot", str(debian), *command],
        env={"PATH": "/usr/sbin:/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def everything(debian: Path) -> dict[str, str]:
    """Every file and folder, without what dpkg keeps of its own; of the user database the content too."""
    names = run(
        debian,
        "find",
        "/",
        "-xdev",
        "!",
        "-path",
        "/var/lib/dpkg/*",
        "!",
        "-path",
        "/var/cache/*",
        "!",
        "-path",
        "/var/log/*",
    )
    kept = {name: "" for name in names.splitlines() if not name.startswith("/proc") and not name.endswith("-")}
    return kept | {name: (debian / name[1:]).read_text() for name in ("/etc/passwd", "/etc/group", "/etc/shadow")}


def check_units(debian: Path, folder: Path) -> None:
    """Ask systemd whether it understands the units."""
    units = sorted((debian / UNITS[1:]).glob("whence*"))
    assert len(units) == 5
    for unit in units:
        text = unit.read_text()
        assert "/opt" not in text
        (folder / unit.name).write_text(text.replace("/usr/lib/whence-ledger/bin/whence", "/bin/true"))
    command = ["systemd-analyze", "verify", *(str(folder / unit.name) for unit in units)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    classify = (debian / UNITS[1:] / "whence-classify.service").read_text()
    assert " classify --config /etc/whence/classify.toml --overrides /etc/whence/overrides.toml " in classify
    # Both files can be read as they are shipped: the run ends where it wants a token.
    program = ("classify", "--config", "/etc/whence/classify.toml", "--overrides", "/etc/whence/overrides.toml")
    done = subprocess.run(
        ["chroot", str(debian), "whence", *program],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/usr/sbin"},
    )
    assert "GITHUB_TOKEN" in done.stderr, done.stderr


@pytest.mark.long
def test_lintian_finds_no_error(package: Path) -> None:
    done = subprocess.run(["lintian", "--allow-root", str(package)], capture_output=True, text=True, check=False)
    assert done.returncode in {0, 2}, done.stderr
    assert "W: whence-ledger: no-manual-page" in done.stdout, "it has read the package"
    assert "E:" not in done.stdout


@pytest.mark.long
def test_it_installs_serves_as_its_own_user_and_purge_leaves_nothing(
    debian: Path, package: Path, tmp_path: Path
) -> None:
    timers = debian / "var/lib/systemd/timers"
    timers.mkdir(parents=True, exist_ok=True)
    before = everything(debian)
    (debian / "package.deb").write_bytes(package.read_bytes())
    told = run(debian, "dpkg", "--install", "/package.deb")
    (debian / "package.deb").unlink()
    assert "installed, but not started" in told
    assert run(debian, "stat", "--format", "%U %a", "/var/lib/whence").split() == ["whence", "700"]
    for name in ("classify", "serve"):
        assert run(debian, "stat", "--format", "%U %a", f"/etc/whence/{name}.env").split() == ["root", "600"]
    (version,) = run(debian, "dpkg-query", "--show", "--showformat", "${Version}", "whence-ledger").splitlines()
    assert run(debian, "whence", "--version").split()[-1] == version
    check_units(debian, tmp_path)
    as_whence = ("runuser", "-u", "whence", "--")
    read, _ = (
        run(debian, *as_whence, "whence", "ledger", "token", role, "--data", "/var/lib/whence").split()[-1]
        for role in ("read", "ingest")
    )
    (start,) = re.findall(r"^ExecStart=(.*)$", (debian / f"{UNITS[1:]}/whence.service").read_text(), re.MULTILINE)
    port = str(free_port())
    serve = ["chroot", str(debian), *as_whence, *start.split(), "--port", port]
    with subprocess.Popen(
        serve, env={"PATH": "/usr/sbin:/usr/bin", "HOME": "/var/lib/whence"}, start_new_session=True
    ) as process:
        try:
            client = httpx.Client(transport=httpx.HTTPTransport(retries=10))
            address = f"http://127.0.0.1:{port}/api/v1/overview"
            assert client.get(address).status_code == 401
            assert client.get(address, headers={"Authorization": f"Bearer {read}"}).status_code == 200
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=120)
    assert (debian / "var/lib/whence/ledger.duckdb").exists()
    # systemd remembers here when a timer ran last.
    for unit in (debian / UNITS[1:]).glob("whence*.timer"):
        (timers / f"stamp-{unit.name}").touch()
    run(debian, "dpkg", "--remove", "whence-ledger")
    assert (debian / "var/lib/whence/ledger.duckdb").exists(), "removing the package keeps the ledger"
    run(debian, "dpkg", "--purge", "whence-ledger")
    assert everything(debian) == before
