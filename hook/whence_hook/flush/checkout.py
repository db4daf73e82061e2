"""Checkouts: which repository a working tree belongs to. Answers of git are cached."""

import hashlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from whence_contract.private_file import write_private
from whence_contract.repository import Repository, local_repository, parse_remote
from whence_hook.flush import git
from whence_hook.machine.log import log
from whence_hook.machine.spool import state_directory
from whence_hook.record.worktree import Root

REMEMBERED_SECONDS = 86_400


class Checkout(NamedTuple):
    """The current state of a working tree. ``repository``: ``None`` if git did not answer and nothing is cached."""

    repository: Repository | None = None
    remote: bool = False
    email: str | None = None
    root_commits: tuple[str, ...] = ()
    branch: str | None = None
    revision: str | None = None


class _Remembered(NamedTuple):
    """``repository``: ``None`` if git did not answer."""

    stamp: str
    repository: list[str] | None = None
    remote: bool = False
    email: str | None = None
    root_commits: list[str] = []  # noqa: RUF012 never mutated


def inspect(roots: Iterable[Root]) -> dict[Root, Checkout]:
    """Return the repository of each of ``roots``; a linked worktree that is gone counts as its main working tree.

    If git cannot be asked any more, use the cache. Roots that were never known are left out, not guessed.
    """
    memory = _load()
    before = dict(memory)
    found = {root: _inspect(root, memory) for root in roots}
    if memory != before:
        _save(memory)
    return found


def is_address(root: str) -> bool:
    """Return whether a root is the address of a repository that was named without a working tree."""
    return root.startswith("https://")


def _inspect(root: Root, memory: dict[str, _Remembered]) -> Checkout:
    if is_address(root[0]):
        repository = parse_remote(root[0])
        # This file shows ``record`` that the root was looked at.
        memory[root[1]] = _Remembered("", list(repository) if repository else None, repository is not None)
        return Checkout(repository, repository is not None)
    path = root[0] if os.path.isdir(root[0]) else root[1]
    known = memory.get(root[1], _Remembered(""))
    stamp = _stamp(root[1])
    branch = revision = None
    try:
        if known.stamp != stamp:
            known = _ask(path, root[1], stamp)
        branch, revision = git.branch_of(path), git.revision_of(path)
    except git.GitError as error:
        log(f"flush: {error}.")
    # Also if git did not answer: this file shows ``record`` that the root was looked at.
    memory[root[1]] = known
    repository = Repository(*known.repository) if known.repository else None
    return Checkout(repository, known.remote, known.email, tuple(known.root_commits), branch, revision)


def _ask(path: str, main: str, stamp: str) -> _Remembered:
    try:
        repository = git.remote_of(path)
    except git.GitError as error:
        log(f"flush: {error}. Only the configuration file is read.")
        return _named(stamp, git.remote_in_file(main), main)
    try:
        root_commits = git.root_commits_of(path)
    except git.GitError as error:
        # The history is too long to walk in time: the evidence is missing, but the identity is known.
        log(f"flush: {error}.")
        root_commits = ()
    return _named(stamp, repository, main)._replace(email=git.email_of(path), root_commits=list(root_commits))


def _named(stamp: str, repository: Repository | None, main: str) -> _Remembered:
    identity = repository or local_repository(os.path.basename(main).removesuffix(".git"))
    return _Remembered(stamp, list(identity), repository is not None)


def _stamp(main: str) -> str:
    """Return a value that changes when a file that decides the identity changes, and once a day in case of other
    files."""
    home = os.path.expanduser("~")
    files = [
        os.path.join(main, ".git", "config"),
        os.path.join(main, "config"),
        os.path.join(home, ".gitconfig"),
        os.path.join(home, ".config", "git", "config"),
        os.path.join(home, ".ssh", "config"),
    ]
    times = [os.stat(file).st_mtime_ns if os.path.isfile(file) else 0 for file in files]
    return hashlib.blake2b(repr((times, int(time.time() // REMEMBERED_SECONDS))).encode(), digest_size=8).hexdigest()


def _memory_file() -> Path:
    return Path(state_directory(), "checkouts.json")


def _load() -> dict[str, _Remembered]:
    try:
        data = json.loads(_memory_file().read_text(encoding="utf-8"))
        return {root: _Remembered(*remembered) for root, remembered in data.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _save(memory: dict[str, _Remembered]) -> None:
    write_private(_memory_file(), json.dumps(memory))
