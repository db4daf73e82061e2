"""Every git command of the hook: read-only, with a time limit, and never on the hot path.

Repositories are hostile: no command here starts a program that a repository names. ``docs/hook-programs.md`` lists
every command with its environment.
"""

import os
import signal
import subprocess
from typing import Any

from whence_contract.repository import Repository, parse_remote
from whence_hook.flush.ssh import ssh_hostname

TIMEOUT_SECONDS = 5
MAX_ROOT_COMMITS = 4
ENVIRONMENT = {
    # Old gits fetch an object that a partial clone lacks, through whatever program the repository names.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}
_OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


class GitError(Exception):
    """git did not answer: the folder is gone, is not a repository, belongs to another user, or the time ran out."""


def remote_of(root: str) -> Repository | None:
    """Return the URL of the working tree's remote, as git resolves it (including ``insteadOf``).

    The remote is ``origin``, else the remote of the current branch, else the only remote, else none.
    """
    remotes = _run(root, "remote").splitlines()
    name = "origin" if "origin" in remotes else _config(root, f"branch.{branch_of(root)}.remote")
    if name not in remotes:
        name = remotes[0] if len(remotes) == 1 else None
    return parse_remote(_run(root, "remote", "get-url", name), ssh_hostname) if name else None


def remote_in_file(root: str) -> Repository | None:
    """Return the remote's URL in the configuration file of ``root``, for repositories that git refuses to open, such as
    another user's.

    Read only that file, without includes; use ``origin``, else the only remote. Raises ``GitError``.
    """
    urls: dict[str, str] = {}
    listed = _run(None, "config", "--file", _config_file(root), "--no-includes", "--null", "--list")
    for entry in listed.split("\0"):
        key, _, value = entry.partition("\n")
        if key.startswith("remote.") and key.endswith(".url"):
            urls.setdefault(key.removeprefix("remote.").removesuffix(".url"), value)
    url = urls.get("origin") or (next(iter(urls.values())) if len(urls) == 1 else None)
    # Resolve it with the user's own configuration; this contacts no server.
    return parse_remote(_run(None, "ls-remote", "--get-url", "--", url), ssh_hostname) if url else None


def branch_of(root: str) -> str | None:
    """Return the checked-out branch, even if it is unborn; ``None`` if the head is detached."""
    return _run(root, "symbolic-ref", "--quiet", "--short", "HEAD", missing=1) or None


def revision_of(root: str) -> str | None:
    """Return the checked-out commit; ``None`` on an unborn branch."""
    return _run(root, "rev-parse", "--quiet", "--verify", "HEAD", missing=1) or None


def root_commits_of(root: str) -> tuple[str, ...]:
    """Return the commits without parents, sorted, at most four; none for a shallow clone, whose roots are cut off."""
    if _run(root, "rev-parse", "--is-shallow-repository") == "true":
        return ()
    # --missing keeps git from fetching missing objects. On an unborn branch HEAD is no commit, and git exits with
    # 128, as where HEAD's commit is missing.
    command = ("rev-list", "--missing=allow-any", "--max-parents=0", "HEAD")
    return tuple(sorted(_run(root, *command, missing=128).split())[:MAX_ROOT_COMMITS])


def email_of(root: str) -> str | None:
    """Return ``user.email`` as configured for this repository."""
    return _config(root, "user.email")


def _config(root: str, name: str) -> str | None:
    return _run(root, "config", "--get", name, missing=1) or None


def _config_file(root: str) -> str:
    """Return the repository's configuration file, also for a bare repository and behind a ``.git`` file."""
    folder = os.path.join(root, ".git")
    if os.path.isfile(folder):
        with open(folder, encoding="utf-8", errors="surrogateescape") as file:
            folder = os.path.join(root, file.read(4096).removeprefix("gitdir:").strip())
    for path in (os.path.join(folder, "config"), os.path.join(root, "config")):
        if os.path.isfile(path):
            return path
    raise GitError("no configuration file")


def _run(root: str | None, *arguments: str, missing: int = 0) -> str:
    """Return the standard output of one git command in ``root``, or outside every repository; empty if it exits with
    ``missing``. Raises ``GitError``."""
    # Imported here, after the environment is isolated: GitPython runs "git version" on import.
    import git

    where = {"GIT_CEILING_DIRECTORIES": os.path.dirname(root)} if root else {"GIT_DIR": os.devnull}
    # -C, because GitPython runs in the current directory if the given one is gone.
    command = ["git", "-C", root or os.sep, *_OPTIONS, *arguments]
    try:
        running: Any = git.Git().execute(command, env=ENVIRONMENT | where, as_process=True, start_new_session=True)
    except (OSError, git.GitCommandError) as error:
        raise GitError(f"git {arguments[0]}: {type(error).__name__}") from error
    process: subprocess.Popen[bytes] = running.proc
    try:
        output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as error:
        _kill(process)
        raise GitError(f"git {arguments[0]}: no answer in {TIMEOUT_SECONDS} s") from error
    if process.returncode not in {0, missing}:
        raise GitError(f"git {arguments[0]}: exit code {process.returncode}")
    return output.decode("utf-8", "surrogateescape").removesuffix("\n") if process.returncode == 0 else ""


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End git and its child processes; GitPython's own way runs ``pgrep`` and ``ps`` to find them."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
