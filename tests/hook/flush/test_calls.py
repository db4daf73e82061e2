"""Calls: the lines before and after each tool call, joined."""

import json
from typing import Any

import pytest

from whence_hook.flush.calls import calls
from whence_hook.flush.lines import Line, Record, parse_line

API, WEB, LIB = "/src/api", "/src/web", "/src/lib"


def line(number: int, **more: Any) -> Line:
    data = {"v": 2, "time": number, "session": "s", "prompt": "p", "agent": None, "tool": None, "kind": None} | more
    parsed = parse_line(json.dumps(data).encode())
    assert parsed is not None
    return parsed


def reach(*roots: str, commits: int = 0, added: int = 0) -> list[list[object]]:
    return [[root, root, added, 0, commits, 0] for root in roots]


def begins(number: int, tool: str, *roots: str, commits: int = 0, **more: Any) -> Line:
    return line(
        number, **({"is": "call", "tool": tool, "kind": "command", "reach": reach(*roots, commits=commits)} | more)
    )


def ends(number: int, tool: str, *roots: str, **more: Any) -> Line:
    return line(number, **({"tool": tool, "kind": "command", "roots": reach(*roots)} | more))


def prompt(number: int, name: str) -> Line:
    return line(number, prompt=name, roots=[])


def done(number: int, **more: Any) -> Line:
    return line(number, **({"is": "done", "reach": []} | more))


def ended(number: int) -> Line:
    return line(number, **{"is": "ended", "reach": []})


def asked(number: int, *roots: str) -> Line:
    return line(number, **{"is": "asked", "kind": "command", "reach": reach(*roots)})


def shown(records: list[Record]) -> list[tuple[str | None, list[tuple[str, int]]]]:
    roots = [[(change.root[0], change.commits) for change in record.changes if change.root] for record in records]
    return [(record.tool, found) for record, found in zip(records, roots, strict=True) if record.kind]


def test_a_call_counts_once_for_what_it_reached_from_where_it_began_and_where_it_ended() -> None:
    last = ends(2, "t", WEB, alone=reach(LIB))
    assert shown(calls([], [begins(1, "t", API), last])) == [("t", [(WEB, 0), (API, 0)])]


def test_a_call_belongs_to_the_prompt_in_which_it_began() -> None:
    """A subagent that works in the background goes on while the main agent is told of another one."""
    lines = [begins(1, "t", API, prompt="p"), ends(2, "t", API, prompt="q"), prompt(3, "q"), ended(4)]
    assert [(record.tool, record.prompt) for record in calls([], lines) if record.kind] == [("t", "p")]


def test_without_its_first_line_a_call_counts_for_what_the_last_one_knows() -> None:
    assert shown(calls([], [ends(2, "t", WEB, alone=reach(LIB))])) == [("t", [(LIB, 0)])]
    assert shown(calls([], [ends(2, "t", WEB)])) == [("t", [(WEB, 0)])]


def test_commits_that_both_lines_tell_of_are_one_and_those_of_a_failed_call_none() -> None:
    first = begins(1, "t", API, WEB, commits=1)
    assert shown(calls([], [first, ends(2, "t", roots=reach(WEB, commits=1))])) == [("t", [(WEB, 1), (API, 1)])]
    assert shown(calls([], [first, ends(2, "t", WEB, failed=True)])) == [("t", [(WEB, 0), (API, 0)])]


@pytest.mark.parametrize("end", [prompt(9, "q"), ended(9), line(9, roots=[])], ids=["prompt", "ended", "resumed"])
def test_a_call_that_was_interrupted_counts_without_what_it_may_have_committed(end: Line) -> None:
    assert shown(calls([], [begins(1, "t", API, commits=1), end])) == [("t", [(API, 0)])]


def test_a_call_that_may_still_run_is_waited_for() -> None:
    assert calls([], [begins(1, "t", API)]) == []
    assert shown(calls([begins(1, "t", API)], [ends(2, "t", WEB)])) == [("t", [(WEB, 0), (API, 0)])]
    assert shown(calls([begins(1, "t", API)], [ended(2)])) == [("t", [(API, 0)])]


def test_a_call_that_a_person_was_asked_about_and_that_did_not_run_counts_for_nothing() -> None:
    assert shown(calls([], [begins(1, "t", API), asked(2, API), ended(3)])) == []
    assert shown(calls([], [asked(1, API), begins(2, "t", API), ended(3)])) == []
    assert shown(calls([], [begins(1, "t", API), asked(2, API), ends(3, "t", API)])) == [("t", [(API, 0)])]
    two = [begins(1, "t", API), begins(2, "u", WEB), asked(3, WEB), ended(4)]
    assert shown(calls([], two)) == [("t", [(API, 0)])]


def test_a_call_that_was_denied_counts_for_nothing() -> None:
    """Its turn came to a regular end, or its agent went on to other calls."""
    assert shown(calls([], [begins(1, "t", API), done(2), prompt(3, "q")])) == []
    went_on = [begins(1, "t", API), begins(2, "u", WEB), ends(3, "u", WEB), begins(4, "v", LIB), ended(5)]
    assert shown(calls([], went_on)) == [("u", [(WEB, 0)]), ("v", [(LIB, 0)])]


def test_the_end_of_one_agent_is_not_that_of_another() -> None:
    agent: dict[str, Any] = {"agent": "a1"}
    lines = [begins(1, "t", API), begins(2, "u", WEB, **agent), done(3, **agent), ended(4)]
    assert shown(calls([], lines)) == [("t", [(API, 0)])]
    lines = [begins(1, "t", API), begins(2, "u", WEB, **agent), done(3), ended(4)]
    assert shown(calls([], lines)) == [("u", [(WEB, 0)])]


def test_a_line_that_comes_late_adds_only_what_the_call_changed() -> None:
    """An asynchronous hook may be slower than the end of the session."""
    lines = [begins(1, "t", API), ended(2), ends(3, "t", roots=reach(API, added=7, commits=1))]
    found = calls([], lines)
    assert shown(found) == [("t", [(API, 0)])]
    assert [(record.tool, [change.counts for change in record.changes]) for record in found] == [
        ("t", [(0, 0, 0, 0)]),
        (None, [(7, 0, 1, 0)]),
    ]
    assert shown(calls([], [begins(1, "t", API), done(2), ends(3, "t", WEB)])) == [("t", [(WEB, 0), (API, 0)])]


def test_wherever_batches_are_cut_the_records_are_the_same() -> None:
    lines = [
        prompt(0, "p"),
        begins(1, "t", API),
        begins(2, "u", WEB),
        ends(3, "u", WEB),
        ends(4, "u", WEB),
        begins(5, "v", LIB),
        prompt(6, "q"),
        ends(7, "v", roots=reach(LIB, added=1)),
        begins(8, "w", API, prompt="q"),
        ends(9, "w", API, prompt="q"),
        ended(10),
    ]
    whole = calls([], lines)
    for cut in range(len(lines) + 1):
        assert calls([], lines[:cut]) + calls(lines[:cut], lines[cut:]) == whole
