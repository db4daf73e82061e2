"""``installer/windows.py``, which ``install.ps1`` runs: here on Linux, with a link instead of a junction.

No PowerShell can be had here: ``install.ps1`` itself is parsed here and run by ``.github/workflows/ci.yml``.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

import pytest

from builders.machine import Machine

pytestmark = pytest.mark.slow

CLONE = Path(__file__).parents[2]
POWERSHELL = CLONE / ".powershell"
"""Where tests/run puts a parser of PowerShell."""
PARSE = """
import sys
sys.path.insert(0, sys.argv[1])
import tree_sitter_powershell
from tree_sitter import Language, Parser
root = Parser(Language(tree_sitter_powershell.language())).parse(sys.stdin.buffer.read()).root_node
sys.exit(1 if root.has_error else 0)
"""


class Home(NamedTuple):
    """A developer's home, and the bundle."""

    machine: Machine
    bundle: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run it to its end; return its output."""
        script = [sys.executable, "-I", "-S", str(self.bundle / "installer" / "windows.py")]
        environment = self.machine.environment | {"LOCALAPPDATA": str(self.machine.home / "AppData" / "Local")}
        done = subprocess.run(
            [*script, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=180
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def install(self, *arguments: str, code: int = 0) -> str:
        """Install offline."""
        return self.run("--wheels", str(self.bundle / "wheels"), *arguments, code=code)

    @property
    def prefix(self) -> Path:
        """The folder of the environments."""
        return self.machine.home / "AppData" / "Local" / "Programs" / "whence"

    def hook(self) -> Path:
        """The file that the settings tell Claude Code to run."""
        entry = json.loads(self.machine.settings.read_text())["hooks"]["Stop"][0]["hooks"][0]
        assert Path(entry["command"]).exists()
        return Path(entry["args"][2])

    def files(self) -> dict[str, bytes]:
        """Everything in the home but compiled Python, which running it may add."""
        home = self.machine.home
        names = (one for one in home.rglob("*") if one.is_file() and one.suffix != ".pyc")
        return {str(one.relative_to(home)): one.read_bytes() for one in names}


@pytest.fixture
def home(tmp_path: Path, bundle: Path) -> Home:
    machine = Machine(tmp_path / "home")
    machine.settings.parent.mkdir(parents=True)
    machine.settings.write_bytes(b'{"model":   "opus"}\r\n')
    return Home(machine, bundle)


def test_it_installs_upgrades_and_leaves_nothing(home: Home, relocatable: Path, tmp_path: Path) -> None:
    before = home.files()
    with tarfile.open(relocatable) as archive:
        archive.extractall(tmp_path, filter="data")
    home.install("--endpoint", "http://127.0.0.1:9", "--python", str(tmp_path / "python"))
    shutil.rmtree(tmp_path / "python")
    first, environment = home.hook(), os.readlink(home.prefix / "environment")
    assert first.is_relative_to(environment), "the settings name the environment itself, which an upgrade leaves alone"
    ask = [str(home.prefix / "environment/bin/python"), "-I", "-c", "import sys; print(sys.base_prefix)"]
    base = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(base) == Path(environment) / "python", "the relocatable Python has become part of the environment"
    told = home.install()
    second = home.hook()
    assert "Step 4 of 4" in told
    assert first.exists(), "sessions that run go on with the hook that they know"
    assert second != first
    os.utime(Path(environment) / ".superseded", (1, 1))
    home.install()
    assert not Path(environment).exists()
    # As Intune uninstalls: with the copy that was installed.
    installed = Home(home.machine, Path(os.readlink(home.prefix / "environment")))
    assert (installed.bundle / "install.ps1").read_bytes() == (CLONE / "install.ps1").read_bytes()
    installed.run("--uninstall")
    assert home.files() == before
    assert not home.prefix.exists()
    assert "not installed" in home.run("--uninstall")


@pytest.mark.long
def test_what_fails_is_undone_and_settings_that_cannot_be_changed_keep_a_hook_that_does_nothing(home: Home) -> None:
    original = home.machine.settings.read_bytes()
    home.machine.settings.write_text("{")
    before = home.files()
    assert "Nothing was changed" in home.install(code=1)
    assert home.files() == before
    assert not home.prefix.exists()
    home.machine.settings.write_bytes(original)
    home.install()
    installed, hook = home.files(), home.hook()
    settings = home.machine.settings.read_bytes()
    home.machine.settings.write_text("{")
    home.install(code=1)
    home.machine.settings.write_bytes(settings)
    assert home.files() == installed, "an upgrade that fails leaves the version before"
    home.machine.settings.write_bytes(settings + b"!")
    assert "now does nothing" in home.run("--uninstall", code=1)
    done = subprocess.run([sys.executable, "-I", "-S", str(hook)], input=b"{", capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    helper = [sys.executable, str(hook.with_name("headers.py"))]
    assert subprocess.run(helper, capture_output=True, check=True).stdout.split() == [b"{}"]


def test_what_is_not_whences_is_left_alone(home: Home) -> None:
    theirs = home.machine.home / ".local" / "bin" / "whence.cmd"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("@echo theirs")
    before = home.files()
    assert "is not whence's" in home.install(code=1)
    assert home.files() == before
    theirs.unlink()
    (home.prefix / "environments").mkdir(parents=True)
    (home.prefix / "environments" / "a.txt").write_text("theirs")
    assert "is not whence's" in home.install(code=1)
    assert (home.prefix / "environments" / "a.txt").exists()


def test_a_bundle_that_does_not_fit_says_so_in_one_line(home: Home, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for wheel in (home.bundle / "wheels").iterdir():
        if not wheel.name.startswith("protobuf"):
            (wheels / wheel.name).symlink_to(wheel)
    told = home.run("--wheels", str(wheels), code=1)
    (line,) = [line for line in told.splitlines() if "install.ps1:" in line]
    assert "no fitting wheel of protobuf" in line
    assert not home.prefix.exists()


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--system", "--prefix", "/x"], ["--wheels", "/nowhere"]])
def test_a_wrong_command_says_so(home: Home, arguments: list[str]) -> None:
    assert "install.ps1: error:" in home.run(*arguments, code=2)


@pytest.mark.tools
@pytest.mark.skipif(not POWERSHELL.exists(), reason="tests/run fetches the parser of PowerShell")
@pytest.mark.parametrize("name", ["install.ps1", "deploy/mdm/deploy.ps1", "deploy/mdm/detect.ps1"])
def test_the_scripts_are_powershell(name: str) -> None:
    script = (CLONE / name).read_bytes()
    # Windows PowerShell 5.1 reads a file without a byte order mark in the machine's code page.
    assert script.isascii()
    good, bad = (
        subprocess.run([sys.executable, "-c", PARSE, str(POWERSHELL)], input=text, check=False).returncode
        for text in (script, script.replace(b"}", b"", 1))
    )
    assert (good, bad) == (0, 1)


def test_install_ps1_passes_every_option_that_install_sh_has() -> None:
    usage = (CLONE / "install.sh").read_text().partition("cat <<'END'")[2].partition("\nEND\n")[0]
    options = {line.split()[0].removeprefix("--") for line in usage.splitlines() if line.startswith("  --")}
    script = (CLONE / "install.ps1").read_text()
    parameters = {line.split("$")[1].rstrip(",").lower() for line in script.splitlines() if line.startswith("    [s")}
    assert parameters == options
    for name in options - {"token"}:
        assert f"'--{name}'" in script
