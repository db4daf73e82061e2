"""Calls: join the lines recorded before and after each tool call into one record.

A call with a first line but no second one was either interrupted or not allowed to run. It was not allowed to run if a
person had been asked about it, if its turn ended normally, or if its agent went on to other calls.
"""

from collections.abc import Iterable
from typing import NamedTuple

from whence_hook.flush.lines import Change, Line, Record

_Agent = tuple[str | None, str | None]


class _Begun(NamedTuple):
    """A call that has begun. ``asked``: a person was asked for permission. ``overtaken``: a call that began with it or
    later has ended. ``refused``: its agent went on after that."""

    line: Line
    asked: bool = False
    overtaken: bool = False
    refused: bool = False


class Calls:
    """The calls of one session, from the lines of its spool in order."""

    def __init__(self) -> None:
        self._begun: dict[str, _Begun] = {}
        self._refused: dict[str, _Begun] = {}
        self._settled: set[str] = set()
        self._ended: set[str] = set()
        self._asked: list[Line] = []

    def add(self, line: Line) -> list[Record]:
        """Take the next line; return the records that it completes."""
        match line.what:
            case None if line.record.kind is None:
                return [*self._settle(), line.record]
            case None:
                return self._end(line)
            case "call":
                self._begin(line)
            case "asked":
                self._ask(line)
            case "done":
                self._refuse(line.record)
            case "ended":
                return self._settle()
        return []

    def _begin(self, line: Line) -> None:
        tool = line.record.tool
        if tool is None or tool in self._begun or tool in self._ended:
            return
        for other, begun in self._begun.items():
            if begun.overtaken and _agent(begun.line) == _agent(line):
                self._begun[other] = begun._replace(refused=True)
        self._begun[tool] = _Begun(line)
        # Both hooks are asynchronous: the one for the permission may have been faster.
        early = next((one for one in self._asked if _is_about(one, line)), None)
        if early:
            self._asked.remove(early)
            self._begun[tool] = _Begun(line, asked=True)

    def _ask(self, line: Line) -> None:
        """Mark the last matching call as asked about: the event has no id of its call."""
        for tool, begun in reversed(self._begun.items()):
            if not begun.asked and _is_about(line, begun.line):
                self._begun[tool] = begun._replace(asked=True)
                return
        self._asked.append(line)

    def _end(self, line: Line) -> list[Record]:
        tool = line.record.tool
        if tool is None:
            return [line.record._replace(changes=line.alone)]
        for other, one in self._begun.items():
            if other != tool and _agent(one.line) == _agent(line):
                self._begun[other] = one._replace(overtaken=True)
        if tool in self._ended:
            return []
        self._ended.add(tool)
        begun = self._begun.pop(tool, None) or self._refused.pop(tool, None)
        if tool in self._settled:
            # The call is already counted, but its changes are not.
            changed = tuple(change for change in line.alone if any(change.counts))
            return [line.record._replace(tool=None, kind=None, changes=changed)] if changed else []
        return [joined(begun.line, line) if begun else line.record._replace(changes=line.alone)]

    def _refuse(self, end: Record) -> None:
        """End the calls of an agent whose turn has ended: none of them still runs."""
        for tool, begun in list(self._begun.items()):
            if begun.line.record.agent == end.agent:
                self._refused[tool] = self._begun.pop(tool)

    def _settle(self) -> list[Record]:
        """Return the records of the interrupted calls, without commits or changes: these are unknown."""
        begun, self._begun, self._asked = self._begun, {}, []
        settled = {tool: one for tool, one in begun.items() if not (one.asked or one.refused)}
        self._refused |= {tool: one for tool, one in begun.items() if tool not in settled}
        self._settled |= settled.keys()
        return [
            one.line.record._replace(
                changes=tuple(Change(change.root, head=change.head) for change in one.line.record.changes)
            )
            for one in settled.values()
        ]


def calls(before: Iterable[Line], lines: Iterable[Line]) -> list[Record]:
    """Return the records that ``lines`` complete. ``before``: the earlier lines of the same spool."""
    state = Calls()
    for line in before:
        state.add(line)
    return [record for line in lines for record in state.add(line)]


def joined(first: Line, last: Line) -> Record:
    """Return what the call reached from the folders in which it began and ended; a commit in both lines counts once.
    The call was on the branch on which it ended, and belongs to the prompt in which it began: another prompt may begin
    while a subagent works in the background."""
    changes = {change.root: change for change in last.record.changes}
    for change in first.record.changes:
        known = changes.get(change.root, Change(change.root))
        if not last.failed:
            commits = max(known.commits, change.commits)
            known = known._replace(commits=commits, pull_requests=max(known.pull_requests, change.pull_requests))
        changes[change.root] = known._replace(head=known.head or change.head)
    return last.record._replace(changes=tuple(changes.values()), prompt=first.record.prompt or last.record.prompt)


def _agent(line: Line) -> _Agent:
    return line.record.prompt, line.record.agent


def _is_about(asked: Line, call: Line) -> bool:
    one, other = asked.record, call.record
    return _likeness(one) == _likeness(other)


def _likeness(record: Record) -> tuple[object, ...]:
    changes = [(change.root, change.counts) for change in record.changes]
    return record.prompt, record.agent, record.kind, changes
