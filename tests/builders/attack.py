"""Repositories that run their author's program when a certain git command is run in them.

Each attack is planted in a real repository. ``trigger`` is a git command that runs the program: a test runs it first,
so that an attack that no longer works is noticed.
"""

import os
import pty
import subprocess
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

from builders.git_repository import git, make_repository

OLD_GIT = Path(__file__).parents[2] / ".old-git" / "usr" / "bin" / "git"
"""git 2.30.2, which fetches missing objects regardless of ``GIT_NO_LAZY_FETCH``."""
MISSING = "1" * 40


class Planted(NamedTuple):
    """``root``: the repository. ``program``: the program that it tries to run. ``marker``: the file that it creates."""

    root: Path
    program: Path
    marker: Path

    def ran(self) -> bool:
        """Return whether the program has run since the last call."""
        ran = self.marker.exists()
        self.marker.unlink(missing_ok=True)
        return ran


class Attack(NamedTuple):
    """``plant``: prepare the repository. ``trigger``: the arguments of a git command that runs the program."""

    plant: Callable[[Planted], None]
    trigger: tuple[str, ...]


def plant(folder: Path, attack: Attack) -> Planted:
    """Create a repository with one commit and the attack in it."""
    root = make_repository(folder / "api", "git@github.com:acme/api.git")
    program, marker = folder / "program", folder / "it-ran"
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\ncat >/dev/null 2>&1 </dev/null\nexit 1\n")
    program.chmod(0o755)
    planted = Planted(root, program, marker)
    attack.plant(planted)
    return planted


def perform(planted: Planted, attack: Attack, program: Path, environment: Mapping[str, str]) -> None:
    """Run the triggering command as a user would, with a terminal."""
    ours, theirs = pty.openpty()
    try:
        subprocess.run(
            [program, *attack.trigger],
            cwd=planted.root,
            env={"TERM": "dumb", "GIT_TERMINAL_PROMPT": "0", **environment},
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
    finally:
        os.close(theirs)
        os.close(ours)


def _configure(planted: Planted, **values: str) -> None:
    for name, value in values.items():
        git(planted.root, "config", name.replace("__", "."), value)


def _promisor(planted: Planted, url: str, **values: str) -> None:
    """Plant: HEAD's commit is missing and a promisor remote has it."""
    (planted.root / ".git" / "refs" / "heads" / "main").write_text(MISSING + "\n")
    _configure(
        planted,
        core__repositoryformatversion="1",
        extensions__partialClone="origin",
        remote__origin__promisor="true",
        remote__origin__url=url,
        **values,
    )


def _ext(planted: Planted) -> None:
    _promisor(planted, f"ext::{planted.program}", protocol__ext__allow="always")


def _ssh_command(planted: Planted) -> None:
    _promisor(planted, "git@github.com:acme/api.git", core__sshCommand=str(planted.program))


def _upload_pack(planted: Planted) -> None:
    make_repository(planted.root.parent / "source")
    _promisor(planted, str(planted.root.parent / "source"), remote__origin__uploadpack=str(planted.program))


def _git_proxy(planted: Planted) -> None:
    _promisor(planted, "git://127.0.0.1:9/acme/api.git", core__gitProxy=str(planted.program))


def _credential_helper(planted: Planted) -> None:
    _promisor(planted, _server_that_asks_who_you_are(), credential__helper=f"!{planted.program}")


def _askpass(planted: Planted) -> None:
    _promisor(planted, _server_that_asks_who_you_are(), core__askPass=str(planted.program))


def _include(planted: Planted) -> None:
    """Plant: the configuration for the attack is in the working tree."""
    _ssh_command(planted)
    git(planted.root, "config", "--unset", "core.sshCommand")
    (planted.root / "innocent.txt").write_text(f"[core]\n\tsshCommand = {planted.program}\n")
    _configure(planted, include__path="../innocent.txt")


def _include_if(planted: Planted) -> None:
    _include(planted)
    git(planted.root, "config", "--unset", "include.path")
    with (planted.root / ".git" / "config").open("a") as config:
        config.write('[includeIf "gitdir:**"]\n\tpath = ../innocent.txt\n')


def _filesystem_monitor(planted: Planted) -> None:
    _configure(planted, core__fsmonitor=str(planted.program))


def _hook(planted: Planted) -> None:
    for name in ("reference-transaction", "post-index-change", "post-commit", "pre-auto-gc", "fsmonitor-watchman"):
        (planted.root / ".git" / "hooks" / name).symlink_to(planted.program)


def _hooks_path(planted: Planted) -> None:
    (planted.root / "hooks").mkdir()
    (planted.root / "hooks" / "reference-transaction").symlink_to(planted.program)
    _configure(planted, core__hooksPath="hooks")


def _pager(planted: Planted) -> None:
    _configure(planted, core__pager=str(planted.program))
    for command in ("rev-list", "rev-parse", "config", "remote", "symbolic-ref", "log"):
        git(planted.root, "config", f"pager.{command}", str(planted.program))


def _external_diff(planted: Planted) -> None:
    (planted.root / "README.md").write_text("changed\n")
    _configure(planted, diff__external=str(planted.program))


def _attributes(planted: Planted) -> None:
    """Plant text conversion, a merge driver and filters, chosen by ``.gitattributes``."""
    (planted.root / ".gitattributes").write_text("* diff=evil filter=evil merge=evil\n")
    (planted.root / "README.md").write_text("changed\n")
    program = str(planted.program)
    _configure(planted, diff__evil__textconv=program, diff__evil__command=program, merge__evil__driver=program)
    _configure(planted, filter__evil__clean=program, filter__evil__smudge=program, filter__evil__process=program)


def _signature(planted: Planted) -> None:
    program = str(planted.program)
    signed = git(planted.root, "cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n\n", 1
    )
    (planted.root.parent / "signed").write_text(signed + "\n")
    commit = git(planted.root, "hash-object", "-t", "commit", "-w", str(planted.root.parent / "signed"))
    git(planted.root, "update-ref", "HEAD", commit)
    _configure(planted, log__showSignature="true", gpg__program=program, gpg__openpgp__program=program)


def _alternates(planted: Planted) -> None:
    """Plant objects borrowed from a repository whose references are listed by a configured program."""
    source = make_repository(planted.root.parent / "source")
    (planted.root / ".git" / "objects" / "info" / "alternates").write_text(f"{source / '.git' / 'objects'}\n")
    _configure(planted, core__alternateRefsCommand=str(planted.program), remote__origin__url=str(source))


def _alias(planted: Planted) -> None:
    for name in ("config", "rev-list", "rev-parse", "remote", "symbolic-ref", "planted"):
        git(planted.root, "config", f"alias.{name}", f"!{planted.program}")


def _embedded(planted: Planted) -> None:
    """Plant a bare repository inside the tree: a plain clone copies it, including its configuration."""
    _ssh_command(planted)
    (planted.root / ".git").rename(planted.root / "fixture")
    git(planted.root / "fixture", "config", "core.bare", "true")
    git(planted.root, "init", "--quiet")


def _gitfile(planted: Planted) -> None:
    """Plant: ``.git`` is a file that names a folder of the working tree."""
    _ssh_command(planted)
    (planted.root / ".git").rename(planted.root / "fixture")
    (planted.root / ".git").write_text("gitdir: fixture\n")


_WALK = ("rev-list", "HEAD")
ATTACKS = {
    "promisor remote with ext::": Attack(_ext, _WALK),
    "promisor remote with core.sshCommand": Attack(_ssh_command, _WALK),
    "promisor remote with uploadpack": Attack(_upload_pack, _WALK),
    "promisor remote with core.gitProxy": Attack(_git_proxy, _WALK),
    "promisor remote with credential.helper": Attack(_credential_helper, _WALK),
    "promisor remote with core.askPass": Attack(_askpass, _WALK),
    "promisor remote by include.path": Attack(_include, _WALK),
    "promisor remote by includeIf": Attack(_include_if, _WALK),
    "promisor remote in an embedded bare repository": Attack(_embedded, ("-C", "fixture", *_WALK)),
    "promisor remote behind a .git file": Attack(_gitfile, _WALK),
    "core.fsmonitor": Attack(_filesystem_monitor, ("status",)),
    "hooks": Attack(_hook, ("update-ref", "refs/heads/new", "HEAD")),
    "core.hooksPath": Attack(_hooks_path, ("update-ref", "refs/heads/new", "HEAD")),
    "core.pager": Attack(_pager, ("log",)),
    "diff.external": Attack(_external_diff, ("diff",)),
    "text conversion and filters by .gitattributes": Attack(_attributes, ("diff",)),
    "gpg.program": Attack(_signature, ("log",)),
    "alternates with core.alternateRefsCommand": Attack(_alternates, ("fetch", "origin")),
    "aliases named like commands": Attack(_alias, ("planted",)),
}
FETCHES = {name: attack for name, attack in ATTACKS.items() if name.startswith("promisor")}


def _server_that_asks_who_you_are() -> str:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/acme/api.git"
