"""Activities: sums of records."""

from whence_contract.units import Nanoseconds
from whence_hook.flush.activity import MAX_TOOLS, activities
from whence_hook.flush.lines import Change, Record

API, WEB = ("/src/api", "/src/api"), ("/src/web", "/src/web")


def record(
    number: int,
    prompt: str | None,
    *roots: tuple[str, str],
    kind: str | None = "read",
    added: int = 0,
    agent: str | None = None,
) -> Record:
    changes = tuple(Change(root, added if at == 0 else 0) for at, root in enumerate(roots))
    return Record(f"id{number}", Nanoseconds(number), "s", prompt, f"toolu_{number}", kind, changes, agent)


def test_records_are_grouped_by_session_prompt_and_root() -> None:
    found = activities(
        [record(1, "p", API), record(2, "p", WEB), record(3, "q", API), record(4, "p", API, kind="edit")]
    )
    assert [(one.prompt, one.root, one.first, one.start, one.end, one.touches) for one in found] == [
        ("p", API, "id1", 1, 4, {"read": 1, "edit": 1}),
        ("p", WEB, "id2", 2, 2, {"read": 1}),
        ("q", API, "id3", 3, 3, {"read": 1}),
    ]


def test_one_call_touches_each_of_its_roots_and_changes_the_first() -> None:
    found = activities([record(1, "p", API, WEB, kind="edit", added=5)])
    assert [(one.root, one.touches, one.added) for one in found] == [(API, {"edit": 1}, 5), (WEB, {"edit": 1}, 0)]


def test_the_start_of_a_session_is_an_activity_without_touches() -> None:
    (found,) = activities([record(1, None, API, kind=None)])
    assert (found.root, found.touches) == (API, {})


def test_agents_of_one_prompt_are_apart_and_name_their_calls() -> None:
    found = activities([record(1, "p", API), record(2, "p", API, WEB, agent="a1"), record(3, "p", API)])
    assert [(one.agent, one.root, one.tools) for one in found] == [
        (None, API, ("toolu_1", "toolu_3")),
        ("a1", API, ("toolu_2",)),
        ("a1", WEB, ("toolu_2",)),
    ]


def test_an_activity_of_many_calls_is_divided_and_loses_none() -> None:
    found = activities([record(number, "p", API) for number in range(2 * MAX_TOOLS + 1)])
    assert [(len(one.tools), one.touches, one.first) for one in found] == [
        (256, {"read": 256}, "id0"),
        (256, {"read": 256}, "id256"),
        (1, {"read": 1}, "id512"),
    ]
    assert len({tool for one in found for tool in one.tools}) == 513


def test_an_id_that_is_none_or_odd_only_counts() -> None:
    without = record(1, "p", API)._replace(tool=None)
    odd = record(2, "p", API)._replace(tool="../x")
    (found,) = activities([without, odd])
    assert (found.tools, found.touches) == ((), {"read": 2})
