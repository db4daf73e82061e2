"""Expand command substitutions and word lists whose value is known without running anything.

Part of the hot path: standard library only.
"""

import os

from whence_hook.record.words import MAX_EXPANSIONS, UNKNOWN, Word, expand_braces
from whence_hook.record.worktree import find_root


def output_of(words: list[str], cwd: str) -> str:
    """Return what a simple command prints, one value per line, without the last newline; ``UNKNOWN`` if not known."""
    program, arguments = words[0], [word for word in words[1:] if not word.startswith("-")]
    if UNKNOWN in cwd:
        return UNKNOWN
    if program == "pwd":
        return cwd
    if program == "git" and words[1:] == ["rev-parse", "--show-toplevel"]:
        root = find_root(cwd)
        return root[0] if root else UNKNOWN
    if program == "ls":
        return _listed(arguments or [cwd], cwd, "-d" in words)
    if not arguments:
        return UNKNOWN
    if program == "dirname":
        return os.path.dirname(arguments[0]) or "."
    if program == "basename":
        name = os.path.basename(arguments[0].rstrip("/"))
        return name.removesuffix(arguments[1]) if len(arguments) > 1 else name
    if program in {"realpath", "readlink"}:
        return os.path.normpath(os.path.join(cwd, arguments[-1]))
    return " ".join(arguments) if program == "echo" else UNKNOWN


def expand(word: Word, cwd: str) -> list[str]:
    """Return the words that ``word`` expands to: brace lists, patterns, and the values of unquoted variables."""
    texts = expand_braces(word.text) if word.patterns and "{" in word.text else [word.text]
    if not word.quoted:
        texts = [part for text in texts for part in text.split()]
    if not word.patterns:
        return texts[:MAX_EXPANSIONS]
    from glob import glob, has_magic

    found: list[str] = []
    for text in texts:
        matches = (
            sorted(glob(text, root_dir=cwd))[:MAX_EXPANSIONS] if has_magic(text) and UNKNOWN not in text + cwd else []
        )
        found += matches or [text]
    return found[:MAX_EXPANSIONS]


def _listed(folders: list[str], cwd: str, themselves: bool) -> str:
    found: list[str] = []
    for folder in folders:
        if themselves:
            found.append(folder)
            continue
        try:
            found += sorted(name for name in os.listdir(os.path.join(cwd, folder)) if name[0] != ".")[:MAX_EXPANSIONS]
        except (OSError, ValueError):
            return UNKNOWN
    return "\n".join(found)
