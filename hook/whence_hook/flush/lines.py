"""The lines of a spool, read back. Their format: ``whence_hook.record.line``."""

import hashlib
import json
from typing import Any, NamedTuple

from whence_contract.units import Nanoseconds
from whence_hook.machine.spool import is_id
from whence_hook.record.worktree import Root


class Change(NamedTuple):
    """What one record did in one root; ``None`` is outside every repository."""

    root: Root | None
    added: int = 0
    removed: int = 0
    commits: int = 0
    pull_requests: int = 0


class Record(NamedTuple):
    """One event. ``id`` is derived from its line.

    ``agent``: the subagent that acted; ``None`` for the main agent, and in lines that do not name it, as old ones.
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
    """``what``: ``None`` for a call that has ended or the beginning of a session or prompt, else as written: "call" (it
    begins), "asked", "done", "ended". ``alone``: the changes if nothing else is known of the call."""

    what: str | None
    record: Record
    alone: tuple[Change, ...]
    failed: bool


def parse_line(line: bytes) -> Line | None:
    """Read a line of this version, an earlier one, or a later one that only adds to it; ``None`` for anything else."""
    try:
        data = json.loads(line)
        what = data.get("is")
        changes = _changes(data["roots"] if what is None else data["reach"])
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
        return Line(what, record, _changes(data["alone"]) if "alone" in data else changes, data.get("failed") is True)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _changes(roots: Any) -> tuple[Change, ...]:
    return tuple(Change((str(path), str(main)), *map(int, numbers[:4])) for path, main, *numbers in roots)
