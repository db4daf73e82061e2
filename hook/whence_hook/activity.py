"""Activities: the records of one batch, summed for each session, prompt and working tree."""

from collections.abc import Iterable
from typing import NamedTuple

from whence_hook.backlog import Record
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
    added: int
    removed: int
    commits: int


def activities(records: Iterable[Record]) -> list[Activity]:
    """Sum ``records``. A tool call recorded twice counts once; what it changed counts for the first of its roots."""
    groups: dict[tuple[str, str | None, Root | None], Activity] = {}
    seen: set[tuple[str, str]] = set()
    for record in records:
        if record.tool is not None:
            if (record.session, record.tool) in seen:
                continue
            seen.add((record.session, record.tool))
        for position, root in enumerate(record.roots or (None,)):
            key = record.session, record.prompt, root
            group = groups.get(key) or Activity(*key, record.id, record.time, record.time, {}, 0, 0, 0)
            touches = dict(group.touches)
            if record.kind is not None:
                touches[record.kind] = touches.get(record.kind, 0) + 1
            changed = record if position == 0 else None
            groups[key] = group._replace(
                start=min(group.start, record.time),
                end=max(group.end, record.time),
                touches=touches,
                added=group.added + (changed.added if changed else 0),
                removed=group.removed + (changed.removed if changed else 0),
                commits=group.commits + (changed.commits if changed else 0),
            )
    return list(groups.values())
