"""Find paths in a program that an interpreter gets as text. Part of the hot path: standard library only."""

import os

from whence_hook.record.paths import join
from whence_hook.record.worktree import find_root

MAX_LITERALS = 200


def paths_in(code: str, cwd: str) -> list[str]:
    """Return the paths in string literals of ``code`` that lead into a repository."""
    found = []
    for text in _literals(code):
        if ("/" in text or text == "..") and "\n" not in text and "://" not in text:
            path = join(cwd, text)
            if os.path.exists(path if os.path.lexists(path) else os.path.dirname(path)) and find_root(path):
                found.append(path)
    return found


def _literals(code: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(code) and len(found) < MAX_LITERALS:
        character = code[at]
        at += 1
        if character in {"'", '"', "`"}:
            end = code.find(character, at)
            if end < 0:
                break
            found.append(code[at:end])
            at = end + 1
        elif character == "#" or code.startswith("//", at - 1):
            # Comments hold apostrophes.
            end = code.find("\n", at)
            at = len(code) if end < 0 else end
    return found
