"""Find the working tree of a path. Part of the hot path: standard library only, no git, no directory listing."""

import os

Root = tuple[str, str]
"""The top folder of a working tree, and that of the main working tree it belongs to (itself, unless it is linked)."""


def find_root(path: str) -> Root | None:
    """Return the working tree of ``path``, which need not exist; ``None`` outside every repository.

    A bare repository counts as its own working tree.
    """
    try:
        folder = os.path.realpath(path)
    except (OSError, ValueError):
        return None
    while True:
        root = _root_at(folder)
        parent = os.path.dirname(folder)
        if root is not None or parent == folder:
            return root
        folder = parent


def _root_at(folder: str) -> Root | None:
    dot_git = os.path.join(folder, ".git")
    try:
        os.lstat(os.path.join(dot_git, "HEAD"))
    except NotADirectoryError:
        # Either .git is a file, or "folder" is the file at the end of the path.
        return (folder, _main_worktree(folder, dot_git)) if os.path.isfile(dot_git) else None
    except (OSError, ValueError):
        return (folder, folder) if _is_bare(folder) else None
    return folder, folder


def _is_bare(folder: str) -> bool:
    """Return true for a bare repository (gitrepository-layout(5)); a ``.git`` folder belongs to the tree around it."""
    return (
        os.path.lexists(os.path.join(folder, "HEAD"))
        and os.path.isdir(os.path.join(folder, "objects"))
        and os.path.isdir(os.path.join(folder, "refs"))
        and os.path.basename(folder) != ".git"
    )


def _main_worktree(folder: str, dot_git: str) -> str:
    """Follow a ``.git`` file; a linked worktree's git folder has ``commondir`` (gitrepository-layout(5)).

    A submodule's git folder has none: a submodule is a separate repository.
    """
    try:
        git_dir = os.path.join(folder, _read(dot_git).removeprefix("gitdir:").strip())
        common = os.path.realpath(os.path.join(git_dir, _read(os.path.join(git_dir, "commondir")).strip()))
    except (OSError, ValueError):
        return folder
    return os.path.dirname(common) if os.path.basename(common) == ".git" else common


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read(4096)
