"""Real git repositories."""

import os
import subprocess
from pathlib import Path

_ENVIRONMENT = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Dev",
    "GIT_AUTHOR_EMAIL": "dev@acme.example",
    "GIT_COMMITTER_NAME": "Dev",
    "GIT_COMMITTER_EMAIL": "dev@acme.example",
}


def git(folder: Path, *arguments: str) -> str:
    """Run git in ``folder``; return its output."""
    command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(command, cwd=folder, env=_ENVIRONMENT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_repository(folder: Path, remote: str | None = None) -> Path:
    """Create a repository with one commit of one file, on ``main``."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / "README.md").write_text(f"# {folder.name}\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", f"Begin {folder}")
    if remote:
        git(folder, "remote", "add", "origin", remote)
    return folder
