"""All that the hook asks git and ssh. Read-only, bounded in time, and never on the hot path."""

import os
import subprocess
from collections.abc import Callable
from functools import cache

import git

from whence_contract.repository import Repository, parse_remote

TIMEOUT_SECONDS = 5
MAX_ROOT_COMMITS = 4

# Variables that would make git look at another repository than the one asked for (git rev-parse --local-env-vars).
_REPOSITORY_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
)


class GitError(Exception):
    """git did not answer: the folder is gone, is no repository, or time ran out."""


def isolate_environment() -> None:
    """Make this process's git look only where it is told, ask nobody, take no locks, and fetch nothing."""
    for name in _REPOSITORY_VARIABLES:
        os.environ.pop(name, None)
    os.environ |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}


def remote_of(root: str) -> Repository | None:
    """The repository that the working tree's remote names, as git would resolve it (``insteadOf`` and all).

    ``origin``; without it the remote of the current branch; without that the only remote; else none.
    """
    remotes = _run(root, "remote").splitlines()
    name = "origin" if "origin" in remotes else _config(root, f"branch.{branch_of(root)}.remote")
    if name not in remotes:
        name = remotes[0] if len(remotes) == 1 else None
    return parse_remote(_run(root, "remote", "get-url", name), ssh_hostname) if name else None


def branch_of(root: str) -> str | None:
    """The branch that is checked out, born or unborn; ``None`` when the head is detached."""
    return _run(root, "symbolic-ref", "--quiet", "--short", "HEAD", missing=1) or None


def revision_of(root: str) -> str | None:
    """The commit that is checked out; ``None`` on an unborn branch."""
    return _run(root, "rev-parse", "--quiet", "--verify", "HEAD", missing=1) or None


def root_commits_of(root: str) -> tuple[str, ...]:
    """The commits without parents, sorted, at most four; none for a shallow clone, whose roots are not its own."""
    if _run(root, "rev-parse", "--is-shallow-repository") == "true":
        return ()
    # On an unborn branch HEAD is no commit, and git exits with 128.
    return tuple(sorted(_run(root, "rev-list", "--max-parents=0", "HEAD", missing=128).split())[:MAX_ROOT_COMMITS])


def email_of(root: str) -> str | None:
    """``user.email`` as configured for this repository."""
    return _config(root, "user.email")


@cache
def ssh_hostname(host: str) -> str:
    """The real name of an SSH host alias, as ``ssh -G`` tells it; the alias itself where ssh does not."""
    try:
        answer = subprocess.run(  # the host was checked by parse_remote and cannot be read as an option
            ["ssh", "-G", host],  # noqa: S607
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return host
    names = [line.split(" ", 1)[1] for line in answer.stdout.splitlines() if line.startswith("hostname ")]
    return names[0] if names else host


def _config(root: str, name: str) -> str | None:
    return _run(root, "config", "--get", name, missing=1) or None


def _run(root: str, *arguments: str, missing: int = 0) -> str:
    """Standard output of one git command in ``root``; empty when it exits with ``missing``. Raises ``GitError``."""
    environment = {"GIT_CEILING_DIRECTORIES": os.path.dirname(root)}
    # -C, because GitPython runs in the current directory when the one it was given is gone. What is asked here runs no
    # program that a repository's configuration names, so a repository of another user's may be asked too.
    command = ["git", "-C", root, "-c", "core.fsmonitor=false", "-c", f"safe.directory={root}", *arguments]
    execute: Callable[..., tuple[int, str, str]] = git.Git().execute
    try:
        status, output, _ = execute(
            command,
            env=environment,
            with_extended_output=True,
            with_exceptions=False,
            kill_after_timeout=None if os.name == "nt" else TIMEOUT_SECONDS,
        )
    except (OSError, git.GitCommandError) as error:
        raise GitError(f"git {arguments[0]}: {type(error).__name__}") from error
    if status not in {0, missing}:
        raise GitError(f"git {arguments[0]}: exit code {status}")
    return output if status == 0 else ""
