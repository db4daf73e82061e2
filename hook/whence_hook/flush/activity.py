"""Activities: the records of one batch, summed for each session, prompt, agent, working tree and branch."""

from collections.abc import Iterable
from typing import NamedTuple

from whence_contract.units import Nanoseconds
from whence_hook.flush.lines import Change, Record
from whence_hook.machine.spool import is_id
from whence_hook.record.head import Head
from whence_hook.record.worktree import Root

MAX_TOOLS = 256


class Activity(NamedTuple):
    """The work of one agent for one prompt of a session, in one working tree with one branch checked out; ``root`` is
    ``None`` outside every working tree.

    ``first``: id of its first record. ``touches``: by kind.
    ``agent``: ``None`` for the main agent. ``tools``: ids of its tool calls, at most ``MAX_TOOLS``.
    ``head``: branch and last commit; ``None`` if the records do not have them.
    """

    session: str
    prompt: str | None
    root: Root | None
    first: str
    start: Nanoseconds
    end: Nanoseconds
    touches: dict[str, int]
    added: int = 0
    removed: int = 0
    commits: int = 0
    pull_requests: int = 0
    agent: str | None = None
    tools: tuple[str, ...] = ()
    head: Head | None = None


def activities(records: Iterable[Record]) -> list[Activity]:
    """Return the activities that ``records`` sum up to. A tool call that was recorded twice counts once; an activity of
    more than ``MAX_TOOLS`` calls is divided."""
    full: list[Activity] = []
    groups: dict[tuple[str, str | None, str | None, Root | None, object], Activity] = {}
    seen: set[tuple[str, str]] = set()
    for record in records:
        if record.tool is not None:
            if (record.session, record.tool) in seen:
                continue
            seen.add((record.session, record.tool))
        for changed in record.changes or (Change(None),):
            branch = changed.head and changed.head[0]
            key = record.session, record.prompt, record.agent, changed.root, (changed.head is None, branch)
            group = groups.get(key)
            if group is not None and len(group.tools) == MAX_TOOLS:
                full.append(group)
                group = None
            groups[key] = _plus(group or _begin(record, changed.root), record, changed)
    return [*full, *groups.values()]


def _begin(record: Record, root: Root | None) -> Activity:
    first = record.id, record.time, record.time
    return Activity(record.session, record.prompt, root, *first, {}, agent=record.agent)


def _plus(group: Activity, record: Record, changed: Change) -> Activity:
    touches = dict(group.touches)
    if record.kind is not None:
        touches[record.kind] = touches.get(record.kind, 0) + 1
    return group._replace(
        start=min(group.start, record.time),
        end=max(group.end, record.time),
        touches=touches,
        added=group.added + changed.added,
        removed=group.removed + changed.removed,
        commits=group.commits + changed.commits,
        pull_requests=group.pull_requests + changed.pull_requests,
        head=changed.head if record.time >= group.end else group.head,
        tools=group.tools + ((record.tool,) if record.tool is not None and is_id(record.tool) else ()),
    )
