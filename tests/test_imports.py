"""Which folder imports which: each says it in the docstring of its ``__init__``, after ``Imports:``."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {path.name: path for path in ROOT.glob("*/whence_*")}
FOLDERS = [*PACKAGES.values(), *(init.parent for path in PACKAGES.values() for init in path.glob("*/__init__.py"))]


def allowed(folder: Path) -> set[str]:
    """The dotted names of the packages and folders that ``folder`` may import."""
    package = folder if folder.name in PACKAGES else folder.parent
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    named = re.search(r"Imports: ([\w, ]+)\.", docstring)
    assert named, f"{folder} does not say what it imports"
    names = set(named[1].split(", ")) - {"nothing"}
    every = {name if name in PACKAGES else f"{package.name}.{name}" for name in names}
    # What lies in the package itself ties its folders together.
    return every | ({package.name} if folder == package else {f"{package.name}.{folder.name}"})


def imports(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file of ``folder``, and each module of ours that it imports, wherever in the file."""
    for file in folder.glob("*.py") if folder.name in PACKAGES else folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert not node.level, f"{file} imports by a relative name"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((file, name) for name in names if name.partition(".")[0] in PACKAGES)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_imports_only_what_its_docstring_names(folder: Path) -> None:
    names = allowed(folder)
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for file, name in imports(folder)
        if not any(name == one or name.startswith(f"{one}.") for one in names)
    ]
    assert not wrong


def test_the_folders_have_an_order() -> None:
    ways = {".".join(folder.relative_to(ROOT).parts[1:]): allowed(folder) for folder in FOLDERS}
    TopologicalSorter({name: below - {name} for name, below in ways.items()}).prepare()
