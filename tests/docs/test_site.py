"""The documentation: it builds, its links lead somewhere, and its generated pages are what the code says."""

import ast
import importlib.util
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from whence_contract import attribute
from whence_hook.flush import span

ROOT = Path(__file__).parents[2]


def generator() -> Any:
    specification = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_generated_pages_are_what_the_code_says() -> None:
    stale = [str(file.relative_to(ROOT)) for file, page in generator().pages().items() if file.read_text() != page]
    assert stale == [], "Run docs/generate.py"


def test_the_site_builds_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "reference" / "cli" / "index.html").exists()


def test_the_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


NAMED = re.compile(r"`([\w./-]+)(?:::[^`]*)?`")
PACKAGES = [str(path.relative_to(ROOT)) for path in ROOT.glob("*/whence_*")]


def is_there(name: str) -> bool:
    """Whether a path is in the repository, in one of its packages, or among the tests."""
    return any((ROOT / place / name).exists() for place in ("", "tests", *PACKAGES))


def test_every_path_of_the_repository_that_a_page_names_is_there() -> None:
    folders = {path.name for path in (*ROOT.iterdir(), *ROOT.glob("*/whence_*/*")) if path.is_dir()}
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        (page.name, name)
        for page in pages
        for name in NAMED.findall(page.read_text(encoding="utf-8"))
        if "/" in name and name.partition("/")[0] in folders
    }
    assert len(named) > 60
    assert sorted(one for one in named if not is_there(one[1])) == []


def test_every_test_that_security_names_is_there() -> None:
    named = set(re.findall(r"::(test_\w+)", (ROOT / "SECURITY.md").read_text(encoding="utf-8")))
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 20
    assert sorted(name for name in named if f"def {name}" not in tests) == []


def test_the_page_of_privacy_lists_every_attribute_of_a_span_and_no_other() -> None:
    source = ast.walk(ast.parse(inspect.getsource(span.span_attributes)))
    names = [one.attr for one in source if isinstance(one, ast.Attribute) and ast.unparse(one.value) == "a"]
    page = (ROOT / "docs" / "concepts" / "privacy.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"\| attribute \| value \|\n(.*?)\n\n", page, re.DOTALL)
    listed = [name for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert sorted(listed) == sorted({getattr(attribute, name) for name in names})
