"""Branches: which part of a repository's cost, tokens, lines and commits belongs to each.

That the parts add up, on both stores, is in ``test_requests.py``.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from builders.telemetry import EVER, NOON, SECOND, cost, logs, metrics, point, span, traces
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.query import Query
from whence_ledger.model.ticket import TicketError, check_pattern
from whence_ledger.store.store import Store

API, WEB = "https://github.com/acme/api", "https://github.com/acme/web"
OLD = Path(__file__).parents[2] / "data" / "ledger" / "schema-5.sql"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def put(store: Store, *items: Any) -> None:
    for body in (item for item in items if isinstance(item, bytes)):
        store.insert(decode_logs(body, True, EVER).rows)
    others = [one for one in items if not isinstance(one, bytes)]
    points = [one for one in others if "spanId" not in one]
    store.insert(decode_traces(traces(*(one for one in others if "spanId" in one)), True, EVER).rows)
    store.insert(decode_metrics(metrics(*points), True, EVER).rows)


def asked(dollars: float, second: int, call: str, prompt: str = "p1") -> bytes:
    """A request whose call is ``call``."""
    return logs(
        "api_request",
        "s1",
        NOON + second * SECOND,
        cost__usd=dollars,
        request__id=f"r-{call}",
        prompt_id=prompt,
        model="claude-opus-4-8",
    )


def called(second: int, call: str, prompt: str = "p1") -> bytes:
    named = {"tool__use__id": call, "request__id": f"r-{call}", "prompt_id": prompt, "tool__name": "Read"}
    return logs("tool_decision", "s1", NOON + second * SECOND, **named)


def touched(remote: str, branch: str | None, *calls: str, prompt: str = "p1", **more: Any) -> dict[str, Any]:
    named = {"whence_tool__use__ids": list(calls), "prompt_id": prompt, "vcs_ref_head_name": branch}
    return span(remote, touches=len(calls), **(named | more))


def branches(store: Store, column: str = "cost_usd", **filters: Any) -> dict[tuple[str | None, str | None], Any]:
    rows = store.ask("branches", Query(**filters))
    return {(row["repository"], row["branch"]): row[column] for row in rows if row[column]}


def test_a_branch_has_the_requests_that_touched_the_repository_on_it(store: Store) -> None:
    put(store, asked(1, 10, "c1"), called(10, "c1"), asked(8, 20, "c2"), called(20, "c2"), asked(3, 30, "c3"))
    put(store, called(30, "c3"), touched(API, "main", "c1"), touched(API, "ABC-1-login", "c2"), cost(12))
    put(store, touched(WEB, "main", "c3"))
    expected = {("acme/api", "main"): 1, ("acme/api", "ABC-1-login"): 8, ("acme/web", "main"): 3}
    assert branches(store) == expected
    store.tidy(timedelta(0))
    assert branches(store) == expected
    assert branches(store, repositories=("acme/web",)) == {("acme/web", "main"): 3}


def test_without_events_a_branch_has_its_touches_part_to_the_last_unit(store: Store) -> None:
    put(store, cost(0.000000001), cost(1), span(API, touches=1, vcs_ref_head_name="a"))
    put(store, span(API, touches=2, vcs_ref_head_name="b"))
    found = branches(store)
    assert sum(found.values()) == store.ask("overview")[0]["cost_usd"]
    assert [round(float(found["acme/api", name]), 6) for name in "ab"] == [0.333333, 0.666667]


def test_lines_and_commits_go_to_the_branch_that_they_were_measured_on(store: Store) -> None:
    lines = [point("lines_of_code.count", 10, type="added"), point("commit.count", 2)]
    put(store, cost(1), *lines, span(API, touches=9, vcs_ref_head_name="main"))
    put(store, span(API, touches=1, added=7, commits=2, vcs_ref_head_name="topic"))
    assert branches(store, "lines_added") == {("acme/api", "topic"): 10}
    assert branches(store, "commits") == {("acme/api", "topic"): 2}


def test_what_cannot_be_told_is_no_branch(store: Store) -> None:
    put(store, cost(1), span(API, touches=1))
    put(store, cost(2, "s2", vcs_repository_url_full=WEB), cost(4, "s3"))
    assert branches(store) == {("acme/api", None): 1, ("acme/web", None): 2, (None, None): 4}


def test_a_ticket_is_what_the_names_of_its_branches_say(store: Store) -> None:
    put(store, cost(4), span(API, touches=1, vcs_ref_head_name="jane/ABC-12-login"))
    put(store, span(WEB, touches=2, vcs_ref_head_name="ABC-12"), span(WEB, touches=1, vcs_ref_head_name="main"))
    (one, none) = store.ask("tickets")
    assert (one["ticket"], one["repositories"], one["cost_usd"], one["branches"]) == (
        "ABC-12",
        "acme/web, acme/api",
        3,
        2,
    )
    assert (none["ticket"], none["cost_usd"], none["branches"]) == (None, 1, 1)
    store.tickets = "#?[0-9]+"
    assert store.ask("tickets")[0]["ticket"] == "12"


def test_a_commit_has_what_was_used_since_the_one_before_it(store: Store) -> None:
    on: dict[str, Any] = {"vcs_ref_head_name": "topic"}
    put(
        store,
        cost(10),
        span(API, touches=2, at=NOON + 1 * SECOND, prompt_id="p1", **on),
        span(API, touches=1, commits=1, at=NOON + 2 * SECOND, prompt_id="p2", vcs_ref_head_revision="aa", **on),
        span(API, touches=4, commits=2, at=NOON + 3 * SECOND, prompt_id="p3", vcs_ref_head_revision="bb", **on),
        span(API, touches=3, at=NOON + 4 * SECOND, prompt_id="p4", vcs_ref_head_revision="bb", **on),
    )
    rows = {row["commit"]: (row["cost_usd"], row["commits"]) for row in store.ask("commits")}
    assert rows == {"aa": (3, 1), "bb": (4, 2), None: (3, 0)}


def test_a_pattern_that_is_none_is_refused_with_its_mistake() -> None:
    assert check_pattern("[A-Z]+") == "[A-Z]+"
    with pytest.raises(TicketError, match="missing"):
        check_pattern("(ABC")


def test_sessions_that_an_earlier_version_closed_have_the_branches_of_their_spans(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    with duckdb.connect(path) as database:
        database.execute(OLD.read_text())
        database.execute("UPDATE touches SET head_name = 'old' WHERE repository = 'github.com/acme/api'")
    store = Store(path)
    found, repositories = branches(store), store.ask("repositories")
    assert found["acme/api", "old"] == next(row["cost_usd"] for row in repositories if row["repository"] == "acme/api")
    assert sum(found.values()) == sum(row["cost_usd"] for row in repositories) > 0
    store.close()
