"""Resolve words to the paths that a command reaches. Part of the hot path: standard library only."""

import os

from whence_hook.record.words import MAX_EXPANSIONS, UNKNOWN, Word, expand_braces
from whence_hook.record.worktree import find_root

MAX_LOOKUPS = 500


class Reach:
    """What a command reaches: ``paths``; ``repositories``, the addresses of repositories that it names without a
    folder; and the folders or addresses that it commits in or opens pull requests for, ``UNKNOWN`` if a folder cannot
    be determined. ``moves``: how often the shell itself changes its folder."""

    def __init__(self) -> None:
        self.repositories: list[str] = []
        self.moves = 0
        self.paths: list[str] = []
        self.commits: list[str] = []
        self.pull_requests: list[str] = []
        self.lookups = MAX_LOOKUPS


def reach_word(found: Reach, word: Word, cwd: str) -> bool:
    """Add the path that the word leads to; return whether there is one."""
    if word.redirected and not word.text.startswith("/dev/") and UNKNOWN not in word.text + cwd:
        path = join(cwd, word.text)
        if os.path.isdir(os.path.dirname(path)):
            # The command reads or creates the file.
            found.paths.append(path)
            return True
    texts = expand_braces(word.text) if word.patterns and "{" in word.text else [word.text]
    if "\n" in word.text or (" " in word.text and not word.quoted):
        texts = [part for text in texts for part in text.split()]
    reached = [reach_text(found, text, word.patterns, cwd) for text in texts]
    return any(reached)


def reach_text(found: Reach, text: str, patterns: bool, cwd: str) -> bool:
    """Add the paths that ``text`` leads to from ``cwd``; return whether there are any. ``patterns``: whether it has
    unquoted patterns."""
    if text.startswith("-") or ("=" in text and not os.path.lexists(join(cwd, text))):
        # --option=path, -Ipath, of=path; but -la is not a path "a".
        text = text.partition("=")[2] or (text[2:] if "/" in text else "")
    text = text.removeprefix("file://").partition("::")[0]
    if UNKNOWN in text:
        text = text.partition(UNKNOWN)[0].rpartition("/")[0]
    if not text or found.lookups <= 0:
        return False
    found.lookups -= 1
    path = join(cwd, text)
    if path == UNKNOWN:
        return False
    if patterns and any(character in text for character in "*?["):
        return _reach_pattern(found, path)
    # An absolute path always counts; a relative one only if it, or its folder, exists.
    there = os.path.isabs(join("", text)) or os.path.lexists(path)
    if there or ("/" in text.rstrip("/") and os.path.isdir(os.path.dirname(path.rstrip("/")))):
        found.paths.append(path)
        return True
    return False


def _reach_pattern(found: Reach, path: str) -> bool:
    """Add the fixed beginning of a pattern if it is in a repository, else the paths that the pattern matches."""
    from glob import iglob

    fixed = os.path.dirname(path[: min(path.find(character) for character in "*?[" if character in path)])
    in_repository = find_root(fixed) is not None and os.path.isdir(fixed)
    matches = iter([fixed]) if in_repository else iglob(path)
    reached = [match for match, _ in zip(matches, range(MAX_EXPANSIONS), strict=False)]
    found.paths += reached
    return bool(reached)


def join(folder: str, text: str) -> str:
    """Return ``text`` as a path, relative to ``folder`` unless it is absolute or begins with a home directory.

    ``UNKNOWN`` for a text that no file system accepts: with a null character, or half of a surrogate pair.
    """
    try:
        path = os.path.join(folder, os.path.expanduser(text))
        os.fsencode(path)
    except ValueError:
        return UNKNOWN
    return UNKNOWN if UNKNOWN in path else path
