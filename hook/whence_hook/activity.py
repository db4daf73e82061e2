"""Activities: the records of one batch, summed for each session, prompt and working tree."""

from collections.abc import Iterable
from typing import NamedTuple

from whence_hook.backlog import Change, Record
from whence_hook.worktree import Root


class Activity(NamedTuple):
    """What one prompt of a session did in one working tree, or outside every one (``root`` is ``None``).

    ``first``: id of its first record. ``start`` and ``end``: nanoseconds since 1970. ``touches``: by kind.
    """

    session: str
    prompt: str | None
    root: Root | None
    first: str
    start: int
    end: int
    touches: dict[str, int]
    added: int = 0
    removed: int = 0
    commits: int = 0
    pull_requests: int = 0


def activities(records: Iterable[Record]) -> list[Activity]:
    """Sum ``records``; a tool call that was recorded twice counts once."""
    groups: dict[tuple[str, str | None, Root | None], Activity] = {}
    seen: set[tuple[str, str]] = set()
    for record in records:
        if record.tool is not None:
            if (record.session, record.tool) in seen:
                continue
            seen.add((record.session, record.tool))
        for changed in record.changes or (Change(None),):
            key = record.session, record.prompt, changed.root
            group = groups.get(key) or Activity(*key, record.id, record.time, record.time, {})
            touches = dict(group.touches)
            if record.kind is not None:
                touches[record.kind] = touches.get(record.kind, 0) + 1
            groups[key] = group._replace(
                start=min(group.start, record.time),
                end=max(group.end, record.time),
                touches=touches,
                added=group.added + changed.added,
                removed=group.removed + changed.removed,
                commits=group.commits + changed.commits,
                pull_requests=group.pull_requests + changed.pull_requests,
            )
    return list(groups.values())
