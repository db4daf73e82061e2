"""Transcripts, read."""

from pathlib import Path

import pytest

from builders.git_repository import make_repository
from builders.transcript import USAGE, USD, answer, line, prompt, result, write
from whence_contract.units import Nanoseconds
from whence_importer.merge import combine
from whence_importer.price import price
from whence_importer.transcript import read_transcript

RECORDED = Path(__file__).parents[1] / "data" / "claude-code" / "transcripts"
NOW = Nanoseconds(1_795_000_000 * 10**9)


@pytest.fixture
def api(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "src" / "api", "git@github.com:acme/api.git")


def test_an_answer_in_parts_costs_once(tmp_path: Path, api: Path) -> None:
    path = write(tmp_path / "s1.jsonl", prompt(0, api), answer(1), answer(1), answer(2))
    (first, second) = read_transcript(path).requests
    assert (first.prompt, first.cache_read_tokens) == ("p0", 5000)
    assert first.cost_usd == pytest.approx(USD)
    assert second.cost_usd == pytest.approx(USD)


def test_a_call_touches_what_the_hook_would_have_seen(tmp_path: Path, api: Path) -> None:
    edit, command = {"file_path": str(api / "a.py")}, {"command": f"cd {api} && git commit -m x"}
    path = write(
        tmp_path / "s1.jsonl",
        prompt(0, tmp_path),
        answer(1, ("t1", "Edit", edit), ("t2", "Bash", command), ("t3", "WebFetch", {"url": "x"})),
        result(2, "t1", tmp_path, {"structuredPatch": [{"lines": ["+a", "+b", "-c"]}]}),
        result(3, "t2", tmp_path, {"stdout": ""}),
        result(4, "t3", tmp_path, error="Request failed with status code 404"),
    )
    begin, edited, committed, fetched = read_transcript(path).calls
    assert (begin.record.kind, begin.record.changes) == (None, ())
    assert [(one.root, one.added, one.removed) for one in edited.record.changes if one.root] == [
        ((str(api), str(api)), 2, 1)
    ]
    assert [(one.root and one.root[0], one.commits) for one in committed.record.changes] == [(str(api), 1)]
    assert (fetched.tool, fetched.failed, fetched.record.changes) == ("WebFetch", True, ())


def test_a_past_call_was_on_the_branch_that_the_transcript_names_and_elsewhere_on_none(
    tmp_path: Path, api: Path
) -> None:
    web = make_repository(tmp_path / "src" / "web", "git@github.com:acme/web.git")
    command = {"command": f"cat README.md {web}/README.md"}
    path = write(
        tmp_path / "s1.jsonl",
        prompt(0, api),
        answer(1, ("t1", "Bash", command)) | {"cwd": str(api)},
        result(2, "t1", api, {"stdout": ""}) | {"gitBranch": "ABC-1"},
    )
    (call,) = [call for call in read_transcript(path).calls if call.tool]
    assert {one.root[0]: one.head for one in call.record.changes if one.root} == {
        str(api): ("ABC-1", None),
        str(web): (None, None),
    }


def test_what_no_model_answered_and_what_is_damaged_is_left_out(tmp_path: Path, api: Path) -> None:
    path = write(
        tmp_path / "s1.jsonl",
        "{",
        "",
        "[1]",
        '{"type": "user"}',
        line("assistant", 1, {"model": "<synthetic>", "usage": USAGE, "content": []}),
        answer(2) | {"isApiErrorMessage": True},
        prompt(3, api, isCompactSummary=True),
        prompt(4, api, session="../../etc"),
        line("assistant", 5, None),
        answer(6, usage={"input_tokens": -1, "output_tokens": "x"}),
        "\x00\xff",
    )
    read = read_transcript(path)
    assert read.unreadable == 3
    (odd,) = read.requests
    assert (odd.input_tokens, odd.output_tokens) == (0, 0)
    assert read.calls == []


def test_a_fork_owns_only_what_came_after_it(tmp_path: Path, api: Path) -> None:
    shared = [prompt(0, api), answer(1)]
    original = write(tmp_path / "a" / "s1.jsonl", *shared, answer(50))
    copied = [one | {"sessionId": "s2"} for one in shared]
    fork = write(tmp_path / "b" / "s2.jsonl", line("mode", 20, None, "s2"), *copied, answer(30, session="s2"))
    for order in ((original, fork), (fork, original)):
        sessions = combine(map(read_transcript, order)).sessions
        assert {name: len(past.requests) for name, past in sessions.items()} == {"s1": 2, "s2": 1}
        assert {name: len(past.calls) for name, past in sessions.items()} == {"s1": 1, "s2": 0}


def test_the_recorded_session_is_read_whole(tmp_path: Path) -> None:
    sessions = combine(map(read_transcript, RECORDED.rglob("*.jsonl"))).sessions
    (past,) = sessions.values()
    assert {one.source for one in past.requests} == {"main", "subagent"}
    assert all(one.cost_usd == pytest.approx(USD) for one in past.requests)
    assert {call.tool for call in past.calls} >= {"Read", "Write", "Edit", "Bash", "Agent"}
    assert len({one.prompt for one in past.requests}) == 1


@pytest.mark.parametrize(
    ("model", "more", "speed", "usd"),
    [
        ("claude-opus-4-8", {}, "normal", USD),
        ("claude-opus-4-8[1m]", {}, "normal", USD),
        ("us.anthropic.claude-opus-4-8-v1:0", {}, "normal", USD),
        ("claude-opus-4-8", {"cache_creation": {"ephemeral_1h_input_tokens": 2000}}, "normal", USD + 0.0075),
        ("claude-opus-4-8", {}, "fast", 2 * USD),
        ("gpt-17", {}, "normal", None),
    ],
)
def test_prices_are_those_of_the_list(model: str, more: dict[str, object], speed: str, usd: float | None) -> None:
    assert price(model, USAGE | more, speed, NOW) == (pytest.approx(usd) if usd else None)
