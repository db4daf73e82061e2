"""The page of the code's folders: the job of each, and what it may import, from the docstring of its ``__init__``."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def folders() -> str:
    """Return the page, one section a package."""
    parts = [
        "# Folders\n",
        "Each folder's `__init__` docstring says its job and which other folders it may import. "
        "`tests/test_imports.py` fails on any other import, and on import cycles. Modules directly in a package may "
        "import all of its folders.\n",
    ]
    for package in sorted(ROOT.glob("*/whence_*")):
        inner = [one.parent for one in sorted(package.glob("*/__init__.py"))]
        parts.append(f"## `{package.parent.name}/{package.name}`\n")
        rows = [_row(one, package) for one in (package, *inner)]
        parts.append("\n".join(["| folder | job | may import |", "| --- | --- | --- |", *rows]) + "\n")
    return "\n".join(parts)


def _row(folder: Path, package: Path) -> str:
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    job, _, imports = docstring.partition("Imports: ")
    names = [f"`{name}`" for name in re.findall(r"\w+", imports) if name != "nothing"]
    name = "." if folder == package else folder.name
    return f"| `{name}` | {_plain(job)} | {', '.join(names) or 'nothing'} |"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|")
