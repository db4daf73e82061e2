"""Claude Code's own folders."""

from pathlib import Path

import pytest

from builders.event import read, tool
from builders.git_repository import git, make_repository
from builders.machine import Machine


@pytest.mark.parametrize("path", ["plans/a.md", "projects/x/memory/MEMORY.md", "image-cache/s/1.png", "settings.json"])
def test_what_claude_keeps_is_no_touch(machine: Machine, path: str) -> None:
    machine.hook(read(machine.home / ".claude" / path))
    assert machine.records() == []


def test_a_command_that_only_looks_there_counts_for_its_folder(machine: Machine, tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    machine.hook(tool("Bash", api, {"command": "cat ~/.claude/plans/a.md"}))
    assert [record["roots"][0][0] for record in machine.records()] == [str(api)]


def test_a_repository_that_somebody_made_of_it_counts_but_not_what_claude_writes_by_itself(machine: Machine) -> None:
    machine.home.mkdir(exist_ok=True)
    own = make_repository(machine.home / ".claude")
    machine.hook(read(own / "skills" / "x" / "SKILL.md"))
    machine.hook(read(own / "plans" / "a.md"))
    assert [record["roots"][0][0] for record in machine.records()] == [str(own)]


def test_a_home_directory_under_git_is_not_what_plans_belong_to(machine: Machine) -> None:
    git(machine.home, "init", "--quiet")
    machine.hook(read(machine.home / ".claude" / "plans" / "a.md"))
    assert machine.records() == []
