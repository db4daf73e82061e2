"""Read what is checked out in a working tree from its files (gitrepository-layout(5)). Part of the hot path: no git."""

import os

Head = tuple[str | None, str | None]
"""Branch and commit. ``None``: the head is on no branch; the commit does not exist yet or was not found."""

MAX_PACKED_BYTES = 1 << 20
_NON_BLOCKING = getattr(os, "O_NONBLOCK", 0)
"""Opening must not block: a repository may have a pipe in place of a file."""


def head_of(root: str) -> Head | None:
    """Return what is checked out in the working tree or bare repository ``root``; during a rebase, the branch that is
    rebased. ``None`` if the files do not have it, as in a repository that stores its references in a reftable."""
    folder = os.path.join(root, ".git")
    text = _read(os.path.join(folder, "HEAD"))
    if not text:
        pointer = _read(folder)
        folder = os.path.join(root, pointer[8:].strip()) if pointer.startswith("gitdir: ") else root
        text = _read(os.path.join(folder, "HEAD"))
    text = text.strip()
    if _is_commit(text):
        for name in ("rebase-merge", "rebase-apply"):
            if branch := _branch(_read(os.path.join(folder, name, "head-name")).strip()):
                return branch, text
        return None, text
    reference = text[4:].strip() if text.startswith("ref:") else ""
    if not reference.startswith("refs/") or ".." in reference or reference == "refs/heads/.invalid":
        return None
    return _branch(reference), _commit(folder, reference)


def _branch(reference: str) -> str | None:
    return reference[11:] if reference.startswith("refs/heads/") else None


def _commit(folder: str, reference: str) -> str | None:
    """Return the commit of a reference; a linked working tree's references are in the main one's folder."""
    common = _read(os.path.join(folder, "commondir")).strip()
    folder = os.path.join(folder, common) if common else folder
    commit = _read(os.path.join(folder, reference)).strip()
    if not commit:
        packed = _read(os.path.join(folder, "packed-refs"), MAX_PACKED_BYTES)
        end = packed.find(f" {reference}\n")
        commit = packed[packed.rfind("\n", 0, end) + 1 : end] if end > 0 else ""
    return commit if _is_commit(commit) else None


def _is_commit(text: str) -> bool:
    return len(text) in {40, 64} and not text.strip("0123456789abcdef")


def _read(path: str, size: int = 4096) -> str:
    """Return at most ``size`` bytes of a file; empty if there is none."""
    try:
        file = os.open(path, os.O_RDONLY | _NON_BLOCKING)
    except (OSError, ValueError):
        return ""
    try:
        return os.read(file, size).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)
