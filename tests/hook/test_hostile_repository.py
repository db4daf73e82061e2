"""Attacks: a repository whose author wants the hook to run a program. Each is first performed with plain git.

They run on the git of this machine and on 2.30.2, which does not know ``GIT_NO_LAZY_FETCH``.
"""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from builders.attack import ATTACKS, FETCHES, OLD_GIT, perform, plant
from builders.command import WHENCE
from builders.event import event, read
from builders.git_repository import git, make_repository
from builders.machine import HOOK, Machine
from fakes.otlp_receiver import Receiver, attributes

GITS = {"this machine's git": Path(str(shutil.which("git"))), "git 2.30.2": OLD_GIT}
NOBODY = 65534


@pytest.fixture(params=GITS)
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A ``git`` in a folder of its own, to be put first on the path."""
    path = tmp_path / "bin" / "git"
    path.parent.mkdir()
    path.symlink_to(GITS[request.param])
    return path


def search_path(program: Path) -> str:
    return f"{program.parent}:{os.defpath}"


def flush(machine: Machine, program: Path, root: Path, **environment: str) -> None:
    """Record a touch of the repository and send it, with that git."""
    machine.hook(read(root / "README.md"))
    done = machine.whence("hook", "flush", PATH=search_path(program), GIT_CONFIG_NOSYSTEM="1", **environment)
    assert done.returncode == 0, done.stderr


def sent_names(receiver: Receiver) -> list[object]:
    return [attributes(span).get("vcs.repository.name") for span in receiver.spans()]


def test_the_old_git_is_one_that_fetches_whatever_it_is_told() -> None:
    told = subprocess.run([OLD_GIT, "version"], capture_output=True, text=True, check=True).stdout
    assert told == "git version 2.30.2\n"
    assert b"GIT_NO_LAZY_FETCH" not in OLD_GIT.read_bytes()


@pytest.mark.parametrize("name", ATTACKS)
def test_the_hook_runs_no_program_of_a_repository(
    name: str, program: Path, machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    attack = ATTACKS[name]
    planted = plant(tmp_path / "planted", attack)
    perform(planted, attack, program, machine.environment)
    assert planted.ran(), "the attack does not work any more"
    folder = planted.root / "fixture" if "embedded" in name else planted.root
    flush(machine, program, folder)
    assert not planted.ran()
    assert len(sent_names(receiver)) == 1


@pytest.mark.parametrize("guard", ["GIT_ALLOW_PROTOCOL", "--missing=allow-any"])
@pytest.mark.parametrize("name", FETCHES)
def test_each_guard_alone_keeps_an_old_git_from_fetching(
    name: str, guard: str, machine: Machine, tmp_path: Path
) -> None:
    attack = FETCHES[name]
    planted = plant(tmp_path / "planted", attack)
    trigger, environment = attack.trigger, {"GIT_ALLOW_PROTOCOL": "none"}
    if guard.startswith("--"):
        trigger, environment = (*trigger[:-1], guard, trigger[-1]), {}
    perform(planted, attack._replace(trigger=trigger), OLD_GIT, machine.environment | environment)
    assert not planted.ran()


def test_the_flush_at_the_end_of_a_turn_runs_none_either(
    program: Path, machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    planted = plant(tmp_path / "planted", FETCHES["promisor remote with core.sshCommand"])
    environment = machine.environment | {"PATH": search_path(program)}
    for one in (read(planted.root / "README.md"), event("Stop", planted.root)):
        subprocess.run(HOOK, check=True, input=json.dumps(one).encode(), env=environment, cwd=planted.root, timeout=60)
    deadline = time.monotonic() + 60
    while not receiver.spans() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sent_names(receiver) == ["api"]
    assert not planted.ran()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
@pytest.mark.parametrize("name", ["promisor remote with core.sshCommand", "promisor remote by include.path"])
def test_what_another_user_planted_is_named_from_its_file_and_not_run(
    name: str, program: Path, machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    planted = plant(tmp_path / "planted", ATTACKS[name])
    for path in (planted.root, *planted.root.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    asked = [str(program), "-C", str(planted.root), "remote"]
    assert b"safe.directory" in subprocess.run(asked, capture_output=True, env=machine.environment, check=False).stderr
    flush(machine, program, planted.root)
    assert not planted.ran()
    (span,) = receiver.spans()
    assert attributes(span)["vcs.repository.url.full"] == "https://github.com/acme/api"
    # What is checked out is read from a file too: git refuses to say what belongs to another user.
    assert attributes(span)["vcs.ref.head.name"] == "main"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_safe_directory_of_the_user_is_respected(
    program: Path, machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    for path in (api, api / ".git"):
        os.chown(path, NOBODY, NOBODY)
    machine.home.mkdir(exist_ok=True)
    (machine.home / ".gitconfig").write_text(f"[safe]\n\tdirectory = {api}\n")
    flush(machine, program, api)
    (span,) = receiver.spans()
    assert attributes(span)["vcs.ref.head.name"] == "main"


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.sshCommand", "GIT_CONFIG_VALUE_0": "PROGRAM"},
        {"GIT_SSH": "PROGRAM", "GIT_SSH_COMMAND": "PROGRAM"},
    ],
)
def test_the_environment_of_a_session_names_no_program(
    variables: dict[str, str], machine: Machine, tmp_path: Path
) -> None:
    """A project's settings may set it (``env`` in ``.claude/settings.json``)."""
    program = GITS["this machine's git"]
    attack = FETCHES["promisor remote with core.sshCommand"]
    planted = plant(tmp_path / "planted", attack)
    git(planted.root, "config", "--unset", "core.sshCommand")
    environment = {name: str(planted.program) if value == "PROGRAM" else value for name, value in variables.items()}
    perform(planted, attack, program, machine.environment | environment)
    assert planted.ran(), "the attack does not work any more"
    flush(machine, program, planted.root, **environment)
    assert not planted.ran()


def test_a_git_in_the_current_folder_is_not_run(machine: Machine, receiver: Receiver, tmp_path: Path) -> None:
    planted = plant(tmp_path / "planted", ATTACKS["core.pager"])
    (planted.root / "git").symlink_to(planted.program)
    environment = machine.environment | {"PATH": f".::{os.defpath}"}
    subprocess.run(["sh", "-c", "git version"], cwd=planted.root, env=environment, check=False)
    assert planted.ran(), "the attack does not work any more"
    machine.hook(read(planted.root / "README.md"))
    subprocess.run([*WHENCE, "hook", "flush"], cwd=planted.root, env=environment, check=True, timeout=120)
    assert sent_names(receiver) == ["api"]
    assert not planted.ran()
