"""Install, upgrade or remove whence on Windows. ``install.ps1`` finds a Python and runs this file with it.

It runs before anything is installed, so it imports only the standard library. It does the same as ``install.sh``, with
two differences that Windows requires. A folder cannot be replaced atomically while programs in it run, so each version
has its own environment, the settings contain that environment's path, and it stays for a week after an upgrade. Links
require a privilege, so ``environment`` is a junction; only the ``whence`` command and policies use it.

Exit codes: 0 success; 1 failure, with the reason on standard error; 2 wrong usage.
"""

import argparse
import os
import secrets
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn

MARK = ".whence"
SUPERSEDED = ".superseded"
KEPT_SECONDS = 7 * 24 * 3600
"""How long an old environment is kept for sessions that were running during the upgrade."""
INTERRUPTED_SECONDS = 3600
IN_USE_SECONDS = 20
PROGRAMS = r"C:\Program Files"
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
SUFFIX = ".exe" if sys.platform == "win32" else ""
SOURCE = Path(os.path.abspath(__file__)).parents[1]


class InstallError(Exception):
    """The installation failed. The message says what happened and what to do."""


class Options(NamedTuple):
    """The options of the command.

    ``prefix``: the folder of the environments. ``command``: path of the ``whence`` command. ``wheels``: the folder of
    wheels to install from; ``None`` for the package index. ``python``: the folder of a relocatable Python to copy into
    the environment.
    """

    serve: bool
    system: bool
    uninstall: bool
    endpoint: str | None
    prefix: Path
    command: Path
    wheels: Path | None
    python: Path | None

    @property
    def environments(self) -> Path:
        """Return the folder with one environment per version."""
        return self.prefix / "environments"

    @property
    def link(self) -> Path:
        """Return the junction to the current environment."""
        return self.prefix / "environment"

    @property
    def for_all(self) -> list[str]:
        """Return the options for the commands of whence."""
        return ["--system"] if self.system else []


def main() -> None:
    """Install, upgrade or remove whence."""
    options = _options(sys.argv[1:])
    for name in [name for name in os.environ if name.startswith("PYTHON") or name == "VIRTUAL_ENV"]:
        del os.environ[name]
    try:
        _check_ours(options)
        if options.uninstall:
            uninstall(options)
            return
        if not (3, 11) <= sys.version_info < (3, 15):
            raise InstallError("needs Python 3.11 to 3.14.")
        if "WindowsApps" in sys.base_prefix:
            # It writes into a private folder that other programs cannot see.
            raise InstallError("cannot use Python from the Microsoft Store. Install Python from python.org.")
        options.prefix.mkdir(parents=True, exist_ok=True)
        os.chdir(options.prefix.anchor)
        install(options)
    except InstallError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}.")
    if options.serve:
        _serve(options)


def _fail(message: str) -> NoReturn:
    print(f"install.ps1: {message}", file=sys.stderr)
    sys.exit(1)


def _options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="install.ps1", allow_abbrev=False)
    for name in ("serve", "system", "uninstall"):
        parser.add_argument(f"--{name}", action="store_true")
    for name in ("endpoint", "prefix", "wheels", "python"):
        parser.add_argument(f"--{name}")
    given = parser.parse_args(arguments)
    if given.system:
        prefix = Path(os.path.abspath(given.prefix or rf"{PROGRAMS}\whence"))
        if not prefix.is_relative_to(PROGRAMS):
            # Windows does not let users write there.
            parser.error(f"with -System, -Prefix must be in {PROGRAMS}")
        command = prefix / "whence.cmd"
    else:
        local = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
        prefix = Path(os.path.abspath(given.prefix or os.path.join(local, "Programs", "whence")))
        command = Path(os.path.expanduser("~")) / ".local" / "bin" / "whence.cmd"
    wheels = Path(os.path.abspath(given.wheels)) if given.wheels else None
    if wheels and not wheels.is_dir():
        parser.error(f"{wheels} is not a folder")
    python = Path(os.path.abspath(given.python)) if given.python else None
    return Options(given.serve, given.system, given.uninstall, given.endpoint, prefix, command, wheels, python)


# Ownership -----------------------------------------------------------------------------------------------------------


def _leads(link: Path) -> Path | None:
    """Return the target of a junction or link; ``None`` if the path is neither."""
    try:
        return Path(os.readlink(link).removeprefix("\\\\?\\"))
    except OSError:
        return None


def _check_ours(options: Options) -> None:
    """Raise ``InstallError`` if something that would be replaced or deleted is not ours.

    Only marked folders are ever deleted.
    """
    leads = _leads(options.link)
    folder = options.environments
    ours = {
        folder: not folder.exists() or (folder / MARK).is_file(),
        options.link: not os.path.lexists(options.link) or (leads is not None and leads.parent == folder),
        options.command: not options.command.exists() or options.command.read_bytes() == _shim(options),
    }
    for path, is_ours in ours.items():
        if not is_ours:
            raise InstallError(f"{path} is not whence's. Nothing was changed. Choose another -Prefix, or move it away.")


def _shim(options: Options) -> bytes:
    encoding = "oem" if sys.platform == "win32" else "utf-8"
    return f'@"{options.link / SCRIPTS / "whence"}{SUFFIX}" %*\r\n'.encode(encoding)


def _remove(folder: Path, patience: float = 0) -> bool:
    """Delete a folder; return whether it is gone. Windows locks running programs: wait up to ``patience`` seconds."""

    def writable(function: object, path: str, error: object) -> None:
        os.chmod(path, stat.S_IWRITE)
        os.unlink(path)

    until = time.monotonic() + patience
    while True:
        with suppress(OSError):
            shutil.rmtree(folder, onerror=writable)
        if not folder.exists() or time.monotonic() > until:
            return not folder.exists()
        time.sleep(0.5)


def _remove_old(options: Options) -> None:
    """Delete the remains of interrupted runs, and environments superseded more than a week ago."""
    current = _leads(options.link)
    now = time.time()
    for folder in options.environments.iterdir():
        if folder == current or not (folder / MARK).is_file():
            continue
        superseded = (folder / SUPERSEDED).exists()
        age = now - (folder / SUPERSEDED if superseded else folder).stat().st_mtime
        if age > (KEPT_SECONDS if superseded else INTERRUPTED_SECONDS):
            _remove(folder)


def _remove_empty(options: Options) -> None:
    """Delete our folders if they are empty."""
    if options.environments.is_dir() and os.listdir(options.environments) == [MARK]:
        _remove(options.environments)
    with suppress(OSError):
        options.prefix.rmdir()


def _point(options: Options, target: Path) -> None:
    """Point the junction to ``target``."""
    fresh, before = (options.link.with_name(f"environment.{name}") for name in ("new", "old"))
    for left in (fresh, before):
        if _leads(left):
            os.unlink(left)
    if sys.platform == "win32":
        import _winapi  # noqa: PLC0415 Windows only

        _winapi.CreateJunction(str(target), str(fresh))
    else:
        fresh.symlink_to(target)
    if _leads(options.link):
        os.rename(options.link, before)
    os.rename(fresh, options.link)
    if _leads(before):
        os.unlink(before)


# Installing ----------------------------------------------------------------------------------------------------------


def install(options: Options) -> None:
    """Install or upgrade; on failure, undo everything. Raises ``InstallError`` or ``OSError``."""
    previous = _leads(options.link)
    has_ledger = previous is not None and any(previous.glob("**/site-packages/duckdb/__init__.py"))
    pins = SOURCE / "requirements" / ("server.txt" if options.serve or has_ledger else "laptop.txt")
    if not pins.is_file():
        raise InstallError(f"{pins} is missing.")
    package = _package(options.wheels)
    had_command, had_folder = options.command.exists(), options.command.parent.exists()
    options.environments.mkdir(exist_ok=True)
    (options.environments / MARK).touch()
    _remove_old(options)
    new = options.environments / secrets.token_hex(4)
    try:
        new.mkdir()
        (new / MARK).touch()
        _create(new, options)
        _install_packages(new, pins, package, options.wheels)
        # Keep the installer, to uninstall without a clone.
        (new / "installer").mkdir()
        shutil.copy(SOURCE / "install.ps1", new)
        shutil.copy(SOURCE / "installer" / "windows.py", new / "installer")
        _point(options, new)
        options.command.parent.mkdir(parents=True, exist_ok=True)
        options.command.write_bytes(_shim(options))
        print("Step 4 of 4: the hook and telemetry in the settings of Claude Code", flush=True)
        endpoint = ["--endpoint", options.endpoint] if options.endpoint else []
        if _run(new / SCRIPTS / "whence", "install", *options.for_all, *endpoint):
            raise InstallError("whence is not installed. All changes were undone.")
    except BaseException:
        if previous:
            _point(options, previous)
        elif _leads(options.link):
            os.unlink(options.link)
        if not had_command:
            options.command.unlink(missing_ok=True)
            if not had_folder:
                with suppress(OSError):
                    options.command.parent.rmdir()
        _remove(new, IN_USE_SECONDS)
        _remove_empty(options)
        raise
    if previous:
        (previous / SUPERSEDED).touch()
    print(f"The command is {options.command}. To call it 'whence', add its folder to PATH.")


def _run(*command: str | Path) -> int:
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, check=False).returncode


def _must(*command: str | Path) -> None:
    if _run(*command):
        raise InstallError("the environment could not be created; the reason is above. All changes were undone.")


def _create(new: Path, options: Options) -> None:
    wheels, base = options.wheels, Path(sys.executable)
    if options.python:
        # A copy inside the environment is deleted with it.
        shutil.copytree(options.python, new / "python", symlinks=True)
        base = new / "python" / ("python.exe" if sys.platform == "win32" else "bin/python3")
    print(f"Step 1 of 4: a private environment in {new}, with {base}", flush=True)
    pip = next(iter(wheels.glob("pip-*.whl")), None) if wheels else None
    _must(base, "-I", "-S", "-m", "venv", *(["--without-pip"] if pip else []), new)
    if pip:
        pins = SOURCE / "requirements" / "pip.txt"
        python = new / SCRIPTS / f"python{SUFFIX}"
        offline = ["--quiet", "--no-index", "--find-links", str(wheels), "--no-deps", "--require-hashes"]
        _must(python, "-I", pip / "pip", "install", *offline, "--requirement", pins)


def _package(wheels: Path | None) -> Path:
    """Return a wheel in the folder of wheels, else the clone, else a wheel beside ``install.ps1``."""
    for folder in (wheels, SOURCE):
        for wheel in folder.glob("whence_spend-*.whl") if folder else ():
            return wheel
        if folder == SOURCE and (SOURCE / "pyproject.toml").is_file():
            return SOURCE
    raise InstallError("found neither a clone nor a wheel of whence.")


def _install_packages(new: Path, pins: Path, package: Path, wheels: Path | None) -> None:
    """Install the pinned packages, each checked against its hash, then whence itself, which has no hash."""
    python = new / SCRIPTS / f"python{SUFFIX}"
    pip: list[str | Path] = [
        python,
        "-I",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ]
    if wheels:
        pip += ["--no-index", "--find-links", str(wheels)]
        command = [str(python), "-I", str(SOURCE / "requirements" / "fit.py"), str(wheels), str(pins)]
        unfit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if unfit:
            raise InstallError(f"the bundle does not fit {unfit}. Make one that does: deploy/mdm/bundle.sh DIR")
    count = sum(line[:1].isalpha() for line in pins.read_text(encoding="utf-8").splitlines())
    print(f"Step 2 of 4: {count} packages, each checked against its hash", flush=True)
    _must(*pip, "--require-hashes", "--requirement", pins)
    print(f"Step 3 of 4: whence itself, from {package}", flush=True)
    if package.suffix == ".whl":
        _must(*pip, package)
        return
    build = new / "build"
    _must(*pip, "--require-hashes", "--requirement", SOURCE / "requirements" / "build.txt", "--target", build)
    wheel = "import sys; sys.path.insert(0, sys.argv[1]); import hatchling.build as b; b.build_wheel(sys.argv[2])"
    made = subprocess.run([str(python), "-I", "-c", wheel, str(build), str(new)], cwd=package, check=False)
    wheels_made = list(new.glob("whence_spend-*.whl"))
    if made.returncode or not wheels_made:
        raise InstallError("whence could not be built; the reason is above. All changes were undone.")
    _must(*pip, wheels_made[0])
    wheels_made[0].unlink()
    _remove(build)


def _serve(options: Options) -> NoReturn:
    whence = str(options.link / SCRIPTS / f"whence{SUFFIX}")
    port = (options.endpoint or "").partition("://")[2].partition("/")[0].rpartition(":")[2]
    # "whence import" waits until the ledger answers.
    subprocess.Popen([whence, "import"])
    sys.exit(subprocess.run([whence, "serve", "--port", port if port.isdecimal() else "4318"], check=False).returncode)


# Removing ------------------------------------------------------------------------------------------------------------


def uninstall(options: Options) -> None:
    """Remove whence. Raises ``InstallError`` if something cannot be removed."""
    current = _leads(options.link)
    if not options.environments.is_dir():
        print("whence is not installed.")
        return
    code = 0
    whence = current / SCRIPTS / f"whence{SUFFIX}" if current else None
    if whence and whence.exists():
        code = _run(whence, "uninstall", *options.for_all)
    if options.command.exists():
        options.command.unlink()
        # rmdir deletes the folder only if it is empty.
        with suppress(OSError):
            options.command.parent.rmdir()
    if _leads(options.link):
        os.unlink(options.link)
    kept = current if code == 3 else None
    for folder in options.environments.iterdir():
        if (folder / MARK).is_file() and folder != kept and not _remove(folder, IN_USE_SECONDS):
            raise InstallError(f"{folder} is in use. Close Claude Code, then run install.ps1 -Uninstall again.")
    if kept:
        _silence(kept)
        raise InstallError(
            f"whence is removed, but the settings above still name {kept}. It now does nothing, so that no session "
            "fails. Make the settings writable and valid, then run install.ps1 and install.ps1 -Uninstall again."
        )
    _remove_empty(options)
    if code:
        raise InstallError(
            "whence is removed, but 'whence uninstall' failed: delete its entries from Claude Code's settings."
        )
    print("whence is removed.")


def _silence(environment: Path) -> None:
    """Make the hook in ``environment`` do nothing, and the headers helper print an empty object."""
    for package in environment.glob("**/site-packages/whence_hook"):
        (package / "__main__.py").write_text("", encoding="utf-8")
        (package / "headers.py").write_text('print("{}")\n', encoding="utf-8")


if __name__ == "__main__":
    main()
