"""Questions with the same selection, answered together, have the same answers as each alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from builders.comparable import comparable
from whence_ledger.demo.generate import history, organization
from whence_ledger.model.query import Minutes, Query
from whence_ledger.model.verdict import Verdict
from whence_ledger.store import selection
from whence_ledger.store.store import Store

DAY = date(2026, 10, 1)
PERIOD = Query(begin=datetime(2026, 10, 1, 9, 15), end=datetime(2026, 10, 2, 15), previous_begin=datetime(2026, 9, 30))
QUESTIONS: tuple[str, ...] = (
    "users",
    "repositories",
    "series",
    "series_by",
    "models",
    "spenders",
    "overview",
    "usage",
    "tools",
    "sessions",
)
QUESTIONS += ("branches", "pull_requests", "extensions", "groups", "cost", "coverage", "insights", "user_repositories")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(tmp_path_factory.mktemp("selection") / "ledger.duckdb")
    first, second = history(organization(6), DAY, 2)
    store.insert(first)
    store.tidy(timedelta(0))
    # These sessions stay open.
    store.insert(second)
    seen = [row["repository"] for row in store.ask("observations")]
    label = {True: "Managed", False: "Unmanaged"}
    store.put_labels([Verdict(one, label["/acme/" in one], "test") for one in seen], ["acme"])
    yield store
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("most", [20, selection.MOST_ROWS])
def test_questions_together_have_the_answers_of_each_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(selection, "MOST_ROWS", most)
    user = store.ask("users")[0]["user"]
    repository = next(row["repository"] for row in store.ask("repositories") if row["repository"])
    for query in (
        replace(PERIOD, users=(user,)),
        replace(PERIOD, repositories=(repository,)),
        replace(PERIOD, users=(user,), labels=("Unmanaged",), split="session"),
    ):
        asked = [(question, query) for question in QUESTIONS]
        asked += [("token_hours", replace(query, bucket="minute")), ("series", replace(query, bucket="hour"))]
        asked.append(("series", replace(query, bucket="minute", grain=Minutes(5))))
        together = list(store.ask_together(asked))
        assert query.labels or all(together[:7])
        for (question, of), rows in zip(asked, together, strict=True):
            assert comparable(rows) == comparable(store.ask(question, of)), question
