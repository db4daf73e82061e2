"""The benchmark of both stores asks what the dashboard asks."""

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path

import pytest

from bench.asked import QUESTIONS, asked_by_dashboard, asked_by_reports, named_in_dashboard
from builders.telemetry import EVER
from whence_ledger.demo.encode import logs_request, metrics_request, traces_request
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.case import Case, Status
from whence_ledger.model.item import Rows
from whence_ledger.model.query import Query
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.store import Store

pytestmark = pytest.mark.slow


def test_the_benchmark_asks_every_question_that_the_dashboard_and_the_reports_ask(tmp_path: Path) -> None:
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    store = Store(tmp_path / "ledger.duckdb")
    for rows in history(organization(3), end.date() - timedelta(days=1), 1, every=900):
        store.insert(
            Rows(
                decode_metrics(metrics_request(rows.points), False, EVER).rows.points,
                decode_logs(logs_request(rows.events), False, EVER).rows.events,
                decode_traces(traces_request(rows.spans), False, EVER).rows.spans,
            )
        )
    store.put_labels([Verdict(row["repository"], "Unmanaged", "test") for row in store.ask("observations")], ["acme"])
    (pair,) = store.ask("user_repositories", Query(limit=1, rows=1))
    store.put_case(Case(pair["user"], pair["repository"], Status.TALKED_TO, "", end.date(), ""))
    begin = end - timedelta(days=2)
    asked = asked_by_dashboard(store, begin, end)
    store.close()
    found = {question for questions in asked.values() for question, _ in questions}
    named = named_in_dashboard()
    missing = {name for name in named if not any(fnmatch(question, name) for question in found)}
    assert missing == set()
    assert {question for question in found if not any(fnmatch(question, name) for name in named)} == set()
    (rest,) = asked_by_reports(begin, end, asked).values()
    assert found | {question for question, _ in rest} == QUESTIONS
    kinds = {query.by for question, query in asked["Cost"] if question == "extensions"}
    assert kinds == {"skill", "subagent", "plugin", "mcp-server", "slash-command"}
