"""``install.sh``, as a developer runs it: from a clone or a bundle, once, again, interrupted, and to uninstall."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from builders.machine import Machine
from builders.rounds import rounds

pytestmark = pytest.mark.slow

CLONE = Path(__file__).parents[2]
PYTHONS = sorted(
    {
        version: found
        for version in ("3.11", "3.12", "3.13", "3.14")
        for folder in (Path("/usr/bin"), *Path.home().glob(f".pyenv/versions/{version}.*/bin"))
        if (found := folder / f"python{version}").exists()
    }.items()
)
"""One Python of each supported version that this machine has."""
INTERRUPTIONS = rounds(2, 20)


class Home(NamedTuple):
    """A developer's home, and a bundle of everything in a folder beside it."""

    machine: Machine
    bundle: Path

    def install(self, *arguments: str, under: str = "dash", script: Path | None = None) -> "subprocess.Popen[str]":
        """Start ``install.sh`` of the bundle, offline."""
        command = [
            under,
            str(script or self.bundle / "install.sh"),
            "--wheels",
            str(self.bundle / "wheels"),
            *arguments,
        ]
        return subprocess.Popen(
            command,
            env=self.machine.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, under: str = "dash", code: int = 0) -> str:
        """Run it to its end; return its output."""
        with self.install(*arguments, under=under) as process:
            told, _ = process.communicate(timeout=180)
        assert process.returncode == code, told
        return told

    @property
    def whence(self) -> Path:
        """The command that was installed."""
        return self.machine.home / ".local" / "bin" / "whence"

    def files(self) -> dict[str, bytes]:
        """Everything in the home."""
        home = self.machine.home
        return {str(one.relative_to(home)): one.read_bytes() for one in home.rglob("*") if one.is_file()}


@pytest.fixture
def home(tmp_path: Path, bundle: Path) -> Home:
    machine = Machine(tmp_path / "home")
    machine.settings.parent.mkdir(parents=True)
    machine.settings.write_text('{"model":   "opus"}')
    return Home(machine, bundle)


def test_it_installs_upgrades_and_leaves_nothing(home: Home) -> None:
    """With both shells, and it says each step."""
    before = home.files()
    told = home.run("--endpoint", "http://127.0.0.1:9")
    assert [line[:11] for line in told.splitlines() if line.startswith("Step")] == [
        f"Step {number} of 4" for number in (1, 2, 3, 4)
    ]
    hooked = home.machine.settings.read_bytes()
    assert b"/.local/share/whence/environment/whence-hook.py" in hooked
    version = subprocess.run([home.whence, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("whence, version ")
    first = home.whence.resolve()
    home.run(under="bash")
    assert home.whence.resolve() != first
    assert home.machine.settings.read_bytes() == hooked
    home.run("--uninstall", under="bash")
    assert home.files() == before
    assert not home.whence.is_symlink()


def test_an_installation_of_an_earlier_version_is_upgraded(home: Home) -> None:
    environment = home.machine.home / ".local" / "share" / "whence" / "environment"
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", str(environment)], check=True)
    (environment / "bin" / "whence").touch()
    home.run()
    assert environment.is_symlink()
    assert (environment / "whence-hook.py").exists()


def test_interrupted_at_any_moment_and_run_again_it_ends_well(home: Home) -> None:
    before = home.files()
    dice = random.Random(7)  # noqa: S311
    began = time.monotonic()
    home.run()
    length = time.monotonic() - began
    for place in range(INTERRUPTIONS):
        process = home.install("--endpoint", f"http://127.0.0.1:{9000 + place}")
        time.sleep(dice.uniform(0, length))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        # The hook that running sessions use works, whatever happened.
        event = b'{"session_id": "s", "hook_event_name": "SessionStart", "cwd": "/"}'
        environment = home.machine.home / ".local" / "share" / "whence" / "environment"
        hook = [str(environment / "bin" / "python"), "-I", "-S", str(environment / "whence-hook.py")]
        done = subprocess.run(hook, input=event, capture_output=True, check=False, env=home.machine.environment)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        if place % 2:
            home.run("--endpoint", "http://127.0.0.1:9")
    doctor = subprocess.run(
        [home.whence, "doctor"], check=False, capture_output=True, text=True, env=home.machine.environment
    )
    assert "ok    hook: registered once for each of 9 events" in doctor.stdout
    assert "ok    telemetry" in doctor.stdout
    home.run("--uninstall")
    shutil.rmtree(home.machine.state)
    assert home.files() == before


def test_the_bundle_is_pure_python(bundle: Path) -> None:
    wheels = [wheel.name for wheel in (bundle / "wheels").iterdir()]
    assert len(wheels) > 20
    assert [name for name in wheels if not name.endswith("-none-any.whl")] == []


@pytest.mark.parametrize(
    ("version", "python"),
    [pytest.param(*one, marks=pytest.mark.long if one in PYTHONS[:-1] else ()) for one in PYTHONS],
)
def test_one_bundle_installs_on_every_python(home: Home, tmp_path: Path, version: str, python: Path) -> None:
    before = home.files()
    path = tmp_path / "path"
    path.mkdir()
    (path / f"python{version}").symlink_to(python)
    script = path / "install.sh"
    script.write_text((home.bundle / "install.sh").read_text().replace("/usr/local/bin /opt/homebrew/bin /usr/bin", ""))
    (path / "requirements").symlink_to(home.bundle / "requirements")
    machine = home.machine
    clean = machine.environment | {"PATH": f"{path}:{os.defpath}"}
    offline = ["unshare", "--net"] if os.geteuid() == 0 else []
    command = [*offline, "sh", str(script), "--wheels", str(home.bundle / "wheels"), "--endpoint", "http://127.0.0.1:9"]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"with {path}/python{version}\n" in done.stdout
    doctor = subprocess.run([home.whence, "doctor"], env=clean, capture_output=True, text=True, check=False)
    assert "ok    hook: registered once for each of 9 events" in doctor.stdout, doctor.stdout + doctor.stderr
    home.run("--uninstall")
    assert {name: content for name, content in home.files().items() if "/state/" not in name} == before


def test_uv_installs_the_distribution_as_a_tool_offline(home: Home, bundle: Path) -> None:
    uv = [str(Path(sys.executable).with_name("uv")), "tool"]
    environment = home.machine.environment | {"UV_PYTHON_DOWNLOADS": "never"}
    source = ["--offline", "--no-index", "--find-links", str(bundle / "wheels"), "--python", "/usr/bin/python3"]
    subprocess.run([*uv, "install", *source, "whence-spend"], check=True, env=environment, capture_output=True)
    done = subprocess.run([home.whence, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("whence, version ")
    subprocess.run([*uv, "uninstall", "whence-spend"], check=True, env=environment, capture_output=True)
    assert not home.whence.is_symlink()


def test_a_bundle_that_does_not_fit_says_so_in_one_line(home: Home, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    shutil.copytree(home.bundle / "wheels", wheels)
    pure = next(wheels.glob("protobuf-*-py3-none-any.whl"))
    pure.rename(wheels / pure.name.replace("py3-none-any", "cp39-cp39-win_amd64"))
    version = pure.name.split("-")[1]
    told = home.run("--wheels", str(wheels), code=1).splitlines()
    (line,) = [line for line in told if line.startswith("install.sh:")]
    assert line.startswith("install.sh: the bundle does not fit Python 3.")
    assert f"it has no fitting wheel of protobuf {version}. Make one that does: deploy/mdm/bundle.sh" in line
    assert [line for line in told if "ERROR" in line or "Traceback" in line] == []
    assert not home.whence.is_symlink()


@pytest.mark.parametrize("content", ['{"model": "opus"} // mine', '{"model": "opus"}'])
def test_an_install_that_fails_undoes_itself_and_uninstall_does_not_refuse(home: Home, content: str) -> None:
    """Settings with a comment, and settings that are a dangling link to somebody else's folder."""
    home.machine.settings.write_text(content)
    if "//" not in content:
        home.machine.settings.unlink()
        home.machine.settings.mkdir()
    before = home.files()
    told = home.run(code=1)
    assert str(home.machine.settings) in told
    assert "undone" in told
    assert home.files() == before
    assert not home.whence.is_symlink()
    assert not (home.machine.home / ".local" / "share" / "whence").exists()
    assert "not installed" in home.run("--uninstall")
    assert home.files() == before


def test_a_failed_upgrade_leaves_the_installation_before(home: Home) -> None:
    home.run("--endpoint", "http://127.0.0.1:9")
    first = home.whence.resolve()
    settings = home.machine.settings.read_bytes()
    home.machine.settings.write_bytes(settings + b"// mine")
    before = home.files()
    assert "undone" in home.run("--endpoint", "http://127.0.0.1:10", code=1)
    assert home.whence.resolve() == first
    assert home.files() == before
    told = home.run("--uninstall", code=1)
    assert f"{home.machine.settings} still names whence" in told
    # Everything of whence is gone, and the command that the settings still name does nothing.
    environment = home.machine.home / ".local" / "share" / "whence" / "environment"
    assert not home.whence.is_symlink()
    assert not (environment.parent / "environments").exists()
    entry = json.loads(settings)["hooks"]["Stop"][0]["hooks"][0]
    done = subprocess.run(
        [entry["command"], *entry["args"]], input=b"{}", capture_output=True, check=False, env=home.machine.environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    # With the settings valid again, another installation restores them.
    home.machine.settings.write_bytes(settings)
    home.run()
    home.run("--uninstall")
    assert home.machine.settings.read_text() == '{"model":   "opus"}'
    assert not environment.parent.exists()


def test_a_package_with_another_hash_is_refused(home: Home, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    shutil.copytree(home.bundle / "wheels", wheels)
    wheel = next(wheels.glob("click-*.whl"))
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("click/evil.py", "")
    before = home.files()
    told = home.run("--wheels", str(wheels), code=1)
    assert "DO NOT MATCH THE HASHES" in told
    assert home.files() == before


def test_a_bundle_made_twice_is_the_same(bundle: Path, tmp_path: Path) -> None:
    first = bundle.parent / "whence.tar.gz"
    environment = {"PATH": os.defpath, "HOME": str(tmp_path), "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}
    script = f"umask 077; exec sh {CLONE}/deploy/mdm/bundle.sh {tmp_path}/other"
    subprocess.run(["sh", "-c", script], check=True, env=environment)
    assert (tmp_path / "other" / "whence.tar.gz").read_bytes() == first.read_bytes()


def test_without_a_python_it_says_what_to_do(home: Home, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in (
        "dirname",
        "mkdir",
        "readlink",
        "find",
        "mktemp",
        "chmod",
        "rm",
        "cat",
        "env",
        "sed",
        "ls",
        "rmdir",
        "basename",
    ):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    for name in ("python3", "python3.11"):
        (tools / name).write_text("#!/bin/sh\nexit 1\n")
        (tools / name).chmod(0o755)
    script = home.bundle / "none.sh"
    text = (home.bundle / "install.sh").read_text()
    folders = "folders='/usr/local/bin /opt/homebrew/bin /usr/bin'"
    assert folders in text
    script.write_text(text.replace(folders, "folders=/nowhere"))
    done = subprocess.run(
        ["/bin/dash", str(script), "--wheels", str(home.bundle / "wheels")],
        env={"HOME": str(home.machine.home), "PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "needs Python 3.11 to 3.14" in done.stderr
    assert "apt install python3-venv" in done.stderr


def test_a_bundle_that_brings_its_python_uses_only_that_one(home: Home, relocatable: Path, tmp_path: Path) -> None:
    before = home.files()
    bundle = tmp_path / "bundle"
    shutil.copytree(home.bundle, bundle, copy_function=os.link)
    shutil.copy(relocatable, bundle / "python.tar.gz")
    told = home._replace(bundle=bundle).run()
    environment = home.machine.home / ".local" / "share" / "whence" / "environment"
    (used,) = [line for line in told.splitlines() if line.startswith("Step 1 of 4")]
    assert used.endswith("/python/bin/python3")
    ask = [str(environment / "bin" / "python"), "-I", "-c", "import sys, ssl; print(sys.base_prefix)"]
    base = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(base) == environment.resolve() / "python"
    assert subprocess.run([home.whence, "--version"], capture_output=True, check=True).stdout
    home.run("--uninstall")
    assert home.files() == before


def test_an_archive_that_holds_no_fitting_python_says_so_and_changes_nothing(home: Home, tmp_path: Path) -> None:
    before = home.files()
    for name, content in (("text.tar.gz", b"text"), ("empty.tar.gz", None)):
        archive = tmp_path / name
        if content is None:
            (tmp_path / "python/bin").mkdir(parents=True)
            (tmp_path / "python/bin/python3").write_bytes(b"\xcf\xfa\xed\xfe for another system")
            (tmp_path / "python/bin/python3").chmod(0o755)
            subprocess.run(["tar", "-C", str(tmp_path), "-czf", str(archive), "python"], check=True)
        else:
            archive.write_bytes(content)
        told = home.run("--python", str(archive), code=1)
        assert f"install.sh: {archive} is not" in told or f"the Python in {archive} does not run here" in told
        assert home.files() == before
    assert "is not a file" in home.run("--python", "/nowhere.tar.gz", code=2)


@pytest.mark.parametrize("arguments", [["--token"], ["--nonsense"], ["--wheels", "/nowhere"]])
def test_a_wrong_command_says_so(home: Home, arguments: list[str]) -> None:
    assert "install.sh:" in home.run(*arguments, code=2)
