"""Commands as agents write them (``commands.toml``): the hook says what a careful person says, but for a few."""

import os
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from whence_hook.record.touched import Touched, touched

TABLE = Path(__file__).with_name("commands.toml")
LEAST = 0.97


class Row(NamedTuple):
    """A command, the folder it starts in, and the repositories that it touches."""

    folder: str
    touches: frozenset[str]
    command: str


def rows(workspace: Path) -> list[Row]:
    table = tomllib.loads(TABLE.read_text())["commands"]
    return [
        Row(folder, frozenset(touches.split()), command.replace("$W", str(workspace)))
        for folder, touches, command in table
    ]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the world of the table: files that its commands name, and nothing that they would make."""
    workspace, home = tmp_path / "work", tmp_path / "home"
    for repository in (workspace / "a", workspace / "b", workspace / "c", home / "notes"):
        for folder in (".git", "src", "docs", "tests", "scripts", "node_modules"):
            (repository / folder).mkdir(parents=True)
        (repository / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        for file in ("README.md", "package.json", "Makefile", "pyproject.toml", "tsconfig.json", "gradlew"):
            (repository / file).touch()
        for file in ("src/main.py", "src/util.ts", "docs/guide.md", "tests/test_x.py", "scripts/build.sh"):
            (repository / file).touch()
    (workspace / "out").mkdir()
    (workspace / "out" / "data.json").touch()
    monkeypatch.setenv("HOME", str(home))
    for name in ("PROJECT_DIR", "MISSING", "DIR", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    return workspace


def names(found: Touched) -> frozenset[str]:
    """``a``, or ``acme/lib`` for one that is only named."""
    roots = [path for path, _ in found.roots]
    return frozenset(
        path.removeprefix("https://github.com/") if "://" in path else os.path.basename(path) for path in roots
    )


def test_nearly_every_command_touches_what_a_careful_person_says(workspace: Path) -> None:
    table = rows(workspace)
    wrong = []
    for row in table:
        found = Touched()
        event: dict[str, object] = {"hook_event_name": "PreToolUse", "tool_name": "Bash"}
        event |= {"tool_input": {"command": row.command}, "cwd": str(workspace / row.folder.replace("W", "."))}
        assert touched(event, found)
        if names(found) != row.touches:
            wrong.append(f"{sorted(names(found))} instead of {sorted(row.touches)}: {row.command}")
    rate = 1 - len(wrong) / len(table)
    report = "\n".join([f"{rate:.1%} of {len(table)}", *wrong])
    print(report)
    assert len(table) >= 300
    assert rate >= LEAST, report
