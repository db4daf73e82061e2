"""Pull requests: the sessions on their branches, each once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders.telemetry import EVER, NOON, cost, metrics, span, traces
from whence_ledger.ingest.otlp import decode_metrics, decode_traces
from whence_ledger.model.pull_request import PullRequest
from whence_ledger.store.store import Store

API = "github.com/acme/api"
HOUR = timedelta(hours=1)
BEGAN = datetime.fromtimestamp(NOON / 1e9, UTC).replace(tzinfo=None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def worked(store: Store, session: str, hours: int, dollars: float, branch: str = "topic") -> None:
    at = NOON + hours * 3600 * 10**9
    touched = span(f"https://{API}", session, touches=1, at=at, vcs_ref_head_name=branch)
    store.insert(decode_traces(traces(touched), True, EVER).rows)
    store.insert(decode_metrics(metrics(cost(dollars, session)), True, EVER).rows)


def pull(number: int, state: str, opened: int, ended: int | None = None, head: str = "topic") -> PullRequest:
    """A pull request that was opened and ended so many hours after noon."""
    closed = None if ended is None else BEGAN + ended * HOUR
    merged = closed if state == "merged" else None
    begin = BEGAN + opened * HOUR
    return PullRequest(API, number, "Fix", state, "jane", head, begin, closed or begin, closed, merged)


def costs(store: Store) -> dict[int | None, float]:
    return {row["number"]: row["cost_usd"] for row in store.ask("pull_requests")}


def test_of_several_with_one_branch_a_session_counts_for_the_one_that_was_closed_next(store: Store) -> None:
    for number, hours in enumerate((0, 2, 4, 6), 1):
        worked(store, f"s{number}", hours, 10**number / 10)
    assert costs(store) == {None: 1111}
    store.put_pull_requests([pull(1, "closed", 0, 1), pull(2, "merged", 3, 5), pull(3, "merged", 0, 5, "other")])
    assert costs(store) == {1: 1, 2: 110, None: 1000}
    store.put_pull_requests([pull(4, "open", 7)])
    assert costs(store) == {1: 1, 2: 110, 4: 1000}
    (merged,) = (row for row in store.ask("pull_requests") if row["number"] == 2)
    assert (merged["hours_to_merge"], merged["sessions"], merged["state"]) == (3, 2, "merged")
    # One that is told again is replaced.
    store.put_pull_requests([pull(4, "closed", 7, 8)])
    assert {row["number"]: row["state"] for row in store.ask("pull_requests")}[4] == "closed"


def test_another_repository_s_branch_of_the_same_name_is_not_taken(store: Store) -> None:
    worked(store, "s1", 0, 5)
    store.put_pull_requests([pull(1, "open", 0)._replace(repository="github.com/acme/web")])
    assert costs(store) == {None: 5}


def test_what_changed_last_before_the_kept_days_is_forgotten(store: Store) -> None:
    worked(store, "s1", 0, 5)
    store.put_pull_requests([pull(1, "merged", 0, 1), pull(2, "merged", 0, 48)])
    store.tidy(timedelta(0))
    store.forget(BEGAN + timedelta(days=1))
    (row,) = store.ask("observations")
    assert (row["branches_since"], row["pull_requests_until"]) == (None, BEGAN + 48 * HOUR)
