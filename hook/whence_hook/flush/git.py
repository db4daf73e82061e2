"""Everything that the hook asks git: read-only, with a time limit, and never on the hot path.

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
    """git did not answer: the folder is gone, is no repository, belongs to another user, or time ran out."""


def remote_of(root: str) -> Repository | None:
    """The repository that the working tree's remote names, as git would resolve it (``insteadOf`` and all).

    ``origin``; without it the remote of the current branch; without that the only remote; else none.
    """
    remotes = _run(root, "remote").splitlines()
    name = "origin" if "origin" in remotes else _config(root, f"branch.{branch_of(root)}.remote")
    if name not in remotes:
        name = remotes[0] if len(remotes) == 1 else None
    return parse_remote(_run(root, "remote", "get-url", name), ssh_hostname) if name else None


def remote_in_file(root: str) -> Repository | None:
    """The repository that the configuration file of ``root`` names: for what git refuses to open, as another user's.

    Reads that file and nothing that it includes; ``origin``, else the only remote. Raises ``GitError``.
    """
    urls: dict[str, str] = {}
    listed = _run(None, "config", "--file", _config_file(root), "--no-includes", "--null", "--list")
    for entry in listed.split("\0"):
        key, _, value = entry.partition("\n")
        if key.startswith("remote.") and key.endswith(".url"):
            urls.setdefault(key.removeprefix("remote.").removesuffix(".url"), value)
    url = urls.get("origin") or (next(iter(urls.values())) if len(urls) == 1 else None)
    # What the user's own configuration makes of it; this asks nobody.
    return parse_remote(_run(None, "ls-remote", "--get-url", "--", url), ssh_hostname) if url else None


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
    # --missing keeps every git from fetching what is missing. On an unborn branch HEAD is no commit, and git exits with
    # 128, as where HEAD's commit is missing.
    command = ("rev-list", "--missing=allow-any", "--max-parents=0", "HEAD")
    return tuple(sorted(_run(root, *command, missing=128).split())[:MAX_ROOT_COMMITS])


def email_of(root: str) -> str | None:
    """``user.email`` as configured for this repository."""
    return _config(root, "user.email")


def _config(root: str, name: str) -> str | None:
    return _run(root, "config", "--get", name, missing=1) or None


def _config_file(root: str) -> str:
    """The repository's own configuration file, also of a bare repository and behind a ``.git`` file."""
    folder = os.path.join(root, ".git")
    if os.path.isfile(folder):
        with open(folder, encoding="utf-8", errors="surrogateescape") as file:
            folder = os.path.join(root, file.read(4096).removeprefix("gitdir:").strip())
    for path in (os.path.join(folder, "config"), os.path.join(root, "config")):
        if os.path.isfile(path):
            return path
    raise GitError("no configuration file")


def _run(root: str | None, *arguments: str, missing: int = 0) -> str:
    """Standard output of one git command in ``root``, or outside every repository; empty when it exits with
    ``missing``. Raises ``GitError``."""
    # GitPython runs "git version" when it is imported: not before the environment is isolated.
    import git

    where = {"GIT_CEILING_DIRECTORIES": os.path.dirname(root)} if root else {"GIT_DIR": os.devnull}
    # -C, because GitPython runs in the current directory when the one it was given is gone.
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
    """End git and what it may have started; GitPython's own way asks ``pgrep`` and ``ps`` for them."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
