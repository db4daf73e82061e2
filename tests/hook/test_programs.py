"""``docs/hook-programs.md`` lists every program that the hook starts: the page is compared with what strace sees."""

import ast
import json
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from builders.event import event, read
from builders.git_repository import git, make_repository
from builders.machine import HOOK, Machine
from fakes.otlp_receiver import Receiver, attributes

PAGE = Path(__file__).parents[2] / "docs" / "hook-programs.md"
COMMANDS, KEPT, GITS_OWN = (block.strip() for block in re.findall(r"^```\n(.*?)^```", PAGE.read_text(), re.M | re.S))

pytestmark = pytest.mark.tools


class Started(NamedTuple):
    """A program that was started: its arguments, the first without its folder, and its environment."""

    arguments: list[str]
    environment: dict[str, str]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_the_page_lists_every_program_its_arguments_and_its_environment(
    machine: Machine, receiver: Receiver, tmp_path: Path
) -> None:
    one = make_repository(tmp_path / "one", "git@github-work:acme/one.git")
    two = make_repository(tmp_path / "two")
    for name in ("a", "b"):
        git(two, "remote", "add", name, f"git@github.com:acme/{name}.git")
    other = make_repository(tmp_path / "other", "https://github.com/acme/other.git")
    os.chown(other / ".git", 65534, 65534)
    os.chown(other, 65534, 65534)

    session = dict.fromkeys(KEPT.split(), "/nonexistent") | machine.environment
    session["GIT_CONFIG_NOSYSTEM"] = "1"
    del session["XDG_CONFIG_HOME"], session["XDG_STATE_HOME"]
    more = {"GIT_SSH_COMMAND": "false", "GIT_DIR": "/x", "LD_DEBUG": "", "OTEL_SERVICE_NAME": "x", "ANYTHING": "x"}
    for root in (one, two, other):
        machine.hook(read(root / "README.md"))
    started = trace(event("Stop", one), session | more, tmp_path)
    assert {attributes(span)["vcs.repository.name"] for span in receiver.spans()} == {"one", "two", "other"}

    listed = {pattern(line): line for line in COMMANDS.splitlines()}
    seen = set()
    for program in started:
        line = next((listed[one] for one in listed if re.fullmatch(one, "\0".join(program.arguments))), None)
        assert line, f"not on the page: {program.arguments}"
        seen.add(line)
        assert program.environment == expected(line, session, program.environment)
    assert seen == set(listed.values())


def expected(line: str, session: dict[str, str], found: dict[str, str]) -> dict[str, str]:
    """The environment that the page promises for a command."""
    if line == "git version":
        return session | {"LANGUAGE": "C", "LC_ALL": "C"}
    if not line.startswith("git"):
        return session
    own = dict(one.split("=") for one in GITS_OWN.splitlines())
    where = {"GIT_DIR": "/dev/null"} if line.startswith("git -C / ") else {}
    ceiling = {} if where else {"GIT_CEILING_DIRECTORIES": found["GIT_CEILING_DIRECTORIES"]}
    return session | own | where | ceiling


def pattern(line: str) -> str:
    """A regular expression for the arguments, separated by zeros."""
    words = [re.sub(r"ROOT|FILE|NAME|BRANCH|URL|HOST", "[^\0]+", re.escape(word)) for word in line.split(" ")]
    return "\0".join(words)


def trace(last: dict[str, object], environment: dict[str, str], folder: Path) -> list[Started]:
    """Run the hook on the last event of a turn until what it started has ended; what it started."""
    output = folder / "trace"
    command = ["strace", "-f", "-v", "-s", "8192", "-e", "trace=execve", "-o", str(output)]
    set_variables = [f"-E{name}={value}" for name, value in environment.items()]
    subprocess.run(
        [*command, *set_variables, *HOOK],
        input=json.dumps(last).encode(),
        env={"PATH": os.defpath},
        check=True,
        timeout=300,
    )
    calls = re.findall(r"execve\((\"[^\n]*\]), (\[[^\n]*\])\) = 0$", output.read_text(), re.M)
    found = []
    for head, variables in calls[1:]:
        _, arguments = ast.literal_eval(f"[{head}]")
        plain = [os.path.basename(arguments[0]), *arguments[1:]]
        found.append(Started(plain, dict(one.split("=", 1) for one in ast.literal_eval(variables))))
    return found
