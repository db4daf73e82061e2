"""The recipes of the ``justfile`` name programs that there are, and leave out the same tests as the other doors."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
JUST = Path(sys.executable).with_name("just")


def just(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([JUST, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)


RECIPES: dict[str, Any] = json.loads(just("--dump", "--dump-format", "json").stdout)["recipes"]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_it_does_and_runs_programs_that_are_there(name: str) -> None:
    assert RECIPES[name]["doc"]
    # just prints the commands of a dry run as messages.
    commands = just("--dry-run", name).stderr.splitlines()
    assert commands
    programs = {line.split()[0] for line in commands} - {"just", "sh", "uv"}
    assert [program for program in programs if not (ROOT / program).exists()] == []


def test_quick_means_the_same_tests_everywhere() -> None:
    (recipe,) = just("--dry-run", "quick").stderr.splitlines()
    found = re.search(r'"(not \(.*\))"', recipe)
    assert found
    assert f'-m "{found[1]}"' in (ROOT / "tests" / "run").read_text()
    assert f"QUICK: {found[1]}\n" in (ROOT / ".github" / "workflows" / "ci.yml").read_text()
