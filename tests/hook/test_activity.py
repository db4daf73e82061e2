"""Activities: sums of records."""

from whence_hook.activity import activities
from whence_hook.backlog import Change, Record

API, WEB = ("/src/api", "/src/api"), ("/src/web", "/src/web")


def record(
    number: int, prompt: str | None, *roots: tuple[str, str], kind: str | None = "read", added: int = 0
) -> Record:
    changes = tuple(Change(root, added if at == 0 else 0) for at, root in enumerate(roots))
    return Record(f"id{number}", number, "s", prompt, f"toolu_{number}", kind, changes)


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
