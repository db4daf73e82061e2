"""Parse the lines of a spool. Their format: ``whence_hook.record.line``."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from whence_contract.units import Nanoseconds
from whence_hook.machine.spool import is_id
from whence_hook.record.head import Head
from whence_hook.record.worktree import Root


class Change(NamedTuple):
    """What one record did in one root; ``None``: outside every repository. ``head``: what was checked out there;
    ``None`` if the line does not have it, as in older versions."""

    root: Root | None
    added: int = 0
    removed: int = 0
    commits: int = 0
    pull_requests: int = 0
    head: Head | None = None

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Lines added and removed, commits, pull requests."""
        return self.added, self.removed, self.commits, self.pull_requests


def change(root: Root | None, counts: Iterable[int], head: Head | None) -> Change:
    """Return the change with these ``counts``, in the order of a line."""
    added, removed, commits, pull_requests = counts
    return Change(root, added, removed, commits, pull_requests, head)


class Record(NamedTuple):
    """One event. ``id`` is derived from its line.

    ``agent``: the subagent that acted; ``None`` for the main agent, and in lines of older versions.
    """

    id: str
    time: Nanoseconds
    session: str
    prompt: str | None
    tool: str | None
    kind: str | None
    changes: tuple[Change, ...]
    agent: str | None = None


class Line(NamedTuple):
    """``what``: ``None`` for a call that has ended or the beginning of a session or prompt; otherwise "call" (it
    begins), "asked", "done" or "ended". ``alone``: the changes if the call's first line is missing."""

    what: str | None
    record: Record
    alone: tuple[Change, ...]
    failed: bool


def parse_line(line: bytes) -> Line | None:
    """Parse a line of this version, an earlier one, or a later one that only adds fields; ``None`` for anything
    else."""
    try:
        data = json.loads(line)
        what = data.get("is")
        heads = _heads(data.get("heads", ()))
        changes = _changes(data["roots"] if what is None else data["reach"], heads)
        agent = data.get("agent")
        record = Record(
            hashlib.blake2b(line, digest_size=8).hexdigest(),
            Nanoseconds(int(data["time"])),
            str(data["session"]),
            data["prompt"],
            data["tool"],
            data["kind"],
            changes,
            agent if is_id(agent) else None,
        )
        alone = _changes(data["alone"], heads) if "alone" in data else changes
        return Line(what, record, alone, data.get("failed") is True)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _changes(roots: Any, heads: dict[str, Head]) -> tuple[Change, ...]:
    return tuple(
        change((str(path), str(main)), map(int, numbers[:4]), heads.get(str(path))) for path, main, *numbers in roots
    )


def _heads(told: Any) -> dict[str, Head]:
    return {str(path): (_text(branch), _text(commit)) for path, branch, commit, *_ in told}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
