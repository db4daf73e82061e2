"""Pages: a list answer of any length comes in parts, and who follows them has every row once."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from whence_classifier.ledger import get_changes, get_observations, get_scopes
from whence_contract.units import Microseconds, Nano
from whence_ledger.demo.generate import history, organization
from whence_ledger.model.item import Cell, Point, Rows, Sighting, Span, Touch
from whence_ledger.model.quarter import quarter_of
from whence_ledger.model.verdict import Scope, Verdict
from whence_ledger.store.store import Store
from whence_ledger.web.page import MAX_ROWS

pytestmark = pytest.mark.slow
MEBIBYTE = 1024 * 1024
NOON = Microseconds(1_767_268_800_000_000)
PEOPLE = MAX_ROWS + 1_234
LISTS: tuple[str, ...] = ("models", "tools", "users", "repositories", "unmanaged", "spenders", "sessions", "series")
LISTS += ("series/user", "series/model", "series/repository", "insights", "observations", "owners")
LISTS += ("labels/changes", "labels/scopes")


@pytest.fixture(scope="module")
def history_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Twelve people's three days, with labels of two runs."""
    data = tmp_path_factory.mktemp("pages") / "data"
    store = Store(data / "ledger.duckdb")
    for rows in history(organization(12), date.today() - timedelta(days=3), 3):
        store.insert(rows)
    names = [row["repository"] for row in store.ask("observations")]
    scopes = [Scope(f"github.com/{number}", "github.com", f"org{number}", number) for number in range(5)]
    for label in ("Managed", "Unmanaged"):
        store.put_labels([Verdict(name, label, "test") for name in names], ["acme"], scopes)
    store.close()
    with running_ledger(data) as ledger:
        yield ledger


@pytest.fixture(scope="module")
def crowded_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """More people and repositories than one answer holds."""
    data = tmp_path_factory.mktemp("crowd") / "data"
    store = Store(data / "ledger.duckdb")
    store.insert(Rows([_point(number) for number in range(PEOPLE)], [], [_span(number) for number in range(PEOPLE)]))
    names = [row["repository"] for row in store.ask("observations")]
    store.put_labels([Verdict(name, "Managed", "test") for name in names], ["acme"])
    store.close()
    with running_ledger(data) as ledger:
        yield ledger


def _point(number: int) -> Point:
    cell = Cell(quarter_of(NOON), f"s{number}", f"u{number}@acme.example", "", "", "claude-opus-4-8", "", "", "")
    return Point(NOON, number, cell, 0, Nano(10**9))


def _span(number: int) -> Span:
    key, ident = f"github.com/acme/r{number}", f"{number:048x}"
    touch = Touch(
        time=NOON,
        id=ident,
        end_time=NOON,
        session_id=f"s{number}",
        prompt_id="",
        user_email=f"u{number}@acme.example",
        user_id="",
        team="",
        repository=key,
        head_name="main",
        head_revision="",
        reads=1,
        edits=0,
        searches=0,
        commands=0,
        lines_added=0,
        lines_removed=0,
        commits=0,
        pull_requests=0,
    )
    seen = Sighting(key, f"acme/r{number}", "github.com", "acme", f"r{number}", True, [], NOON, NOON, ident)
    return Span(touch, seen)


def pages(ledger: Ledger, path: str, **parameters: Any) -> list[list[dict[str, Any]]]:
    """Every page of an answer."""
    url: str | None = str(httpx.URL(f"{ledger.url}/api/v1/{path}", params=parameters))
    found = []
    while url:
        answer = httpx.get(url, timeout=120)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        url = after(answer)
    return found


def after(answer: httpx.Response) -> str | None:
    """Where the next page is."""
    link = answer.links.get("next")
    return str(answer.url.join(link["url"])) if link else None


def size_of(path: str) -> str:
    """The parameter that says how many rows a page has."""
    return "rows" if path.startswith("series/") else "limit"


@pytest.mark.parametrize("path", LISTS)
def test_the_pages_of_a_list_hold_each_row_once_and_in_order(history_ledger: Ledger, path: str) -> None:
    (whole,) = pages(history_ledger, path, **{size_of(path): MAX_ROWS})
    assert len(whole) >= 3
    parts = pages(history_ledger, path, **{size_of(path): 2})
    assert [len(part) for part in parts[:-1]] == [2] * ((len(whole) - 1) // 2)
    assert _rounded([row for part in parts for row in part]) == _rounded(whole)


@pytest.mark.parametrize(
    "filters", [{"label": "Unmanaged"}, {"model": "claude-opus-4-8"}, {"split": "prompt"}, {"team": "core"}]
)
def test_filtered_sessions_come_in_whole_pages_too(history_ledger: Ledger, filters: dict[str, str]) -> None:
    (whole,) = pages(history_ledger, "sessions", limit=MAX_ROWS, **filters)
    parts = pages(history_ledger, "sessions", limit=3, **filters)
    assert [len(part) for part in parts[:-1]] == [3] * ((len(whole) - 1) // 3)
    assert [row for part in parts for row in part] == whole


def _rounded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows but for the last digits of sums of quotients."""
    return [
        {name: f"{value:.6g}" if isinstance(value, float) else value for name, value in row.items()} for row in rows
    ]


def test_shares_are_of_all_rows_and_not_of_a_page(crowded_ledger: Ledger) -> None:
    parts = pages(crowded_ledger, "users")
    assert [len(part) for part in parts] == [MAX_ROWS, PEOPLE - MAX_ROWS]
    rows = [row for part in parts for row in part]
    assert len({row["user"] for row in rows}) == PEOPLE
    assert sum(row["cost_share"] for row in rows) == pytest.approx(1)


@pytest.mark.parametrize("path", ["users", "repositories", "sessions", "observations", "labels/changes"])
def test_no_answer_holds_more_than_the_most_whatever_is_asked(crowded_ledger: Ledger, path: str) -> None:
    answer = httpx.get(f"{crowded_ledger.url}/api/v1/{path}", params={"limit": 100_000}, timeout=120)
    assert len(answer.json()) == MAX_ROWS
    assert "skip=10000" in answer.headers["link"]
    assert len(answer.content) < 8 * MEBIBYTE


@pytest.mark.parametrize(("limit", "skip"), [("0", "0"), ("100001", "0"), ("1", "-1"), ("1", "99999999999")])
def test_a_page_that_cannot_be_is_refused(history_ledger: Ledger, limit: str, skip: str) -> None:
    answer = httpx.get(f"{history_ledger.url}/api/v1/users", params={"limit": limit, "skip": skip})
    assert (answer.status_code, bool(answer.json()["error"])) == (422, True)


@pytest.mark.parametrize("path", LISTS)
def test_no_page_is_behind_the_last(history_ledger: Ledger, path: str) -> None:
    answer = httpx.get(f"{history_ledger.url}/api/v1/{path}", params={"skip": 2**31 - 1}, timeout=120)
    assert (answer.status_code, answer.json(), "link" in answer.headers) == (200, [], False)


def test_the_link_to_the_next_page_keeps_what_was_asked(history_ledger: Ledger) -> None:
    asked: dict[str, Any] = {"team": ["core", "a & b"], "limit": 1, "split": "prompt"}
    answer = httpx.get(f"{history_ledger.url}/api/v1/users", params=asked)
    link = httpx.URL(after(answer) or "")
    assert link.path == "/api/v1/users"
    assert sorted(link.params.multi_items()) == sorted([*answer.url.params.multi_items(), ("skip", "1")])


@pytest.mark.parametrize(("report", "name"), [("users", "user"), ("repositories", "repository")])
def test_reports_show_every_row_of_all_pages(crowded_ledger: Ledger, tmp_path: Path, report: str, name: str) -> None:
    done = Machine(tmp_path).whence("report", report, "--format", "json", WHENCE_LEDGER=crowded_ledger.url)
    assert done.returncode == 0, done.stderr
    assert len({row[name] for row in json.loads(done.stdout)}) == PEOPLE


def test_a_report_with_a_limit_has_so_many_rows_however_long_a_page_is(crowded_ledger: Ledger, tmp_path: Path) -> None:
    for limit in (3, MAX_ROWS + 5):
        ask = ("report", "sessions", "--format", "json", "--limit", str(limit))
        done = Machine(tmp_path).whence(*ask, WHENCE_LEDGER=crowded_ledger.url)
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout)) == limit


def test_the_classifier_sees_every_repository_and_every_change(crowded_ledger: Ledger, history_ledger: Ledger) -> None:
    assert len({one.repository.key for one in get_observations(crowded_ledger.url, None)}) == PEOPLE
    assert len(get_changes(crowded_ledger.url, None)) == PEOPLE
    assert len(get_scopes(history_ledger.url, None)) == 5
