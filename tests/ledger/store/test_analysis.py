"""Analysis: a ledger's file for people who write SQL."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from builders.telemetry import EVER, cost, metrics, span, traces
from whence_ledger.ingest.otlp import decode_metrics, decode_traces
from whence_ledger.model.item import Rows
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.analysis import run, views
from whence_ledger.store.store import Store

QUESTIONS = sorted(file.name.removesuffix(".sql") for file in (files("whence_ledger") / "sql" / "questions").iterdir())


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], duckdb.DuckDBPyConnection]]:
    """What a ledger answers to each question about everything, and then its views."""
    path: Path = tmp_path_factory.mktemp("ledger") / "ledger.duckdb"
    store = Store(path)
    points = decode_metrics(metrics(cost(1.0, "s1"), cost(3.0, "s2")), True, EVER).rows.points
    spans = [span("https://github.com/acme/api", "s1"), span("https://github.com/jane/game", "s2")]
    store.insert(Rows(points=points, spans=decode_traces(traces(*spans), True, EVER).rows.spans))
    store.put_labels([Verdict("github.com/acme/api", "Managed", "in-organization")], ["acme"])
    answers = {question: store.ask(question) for question in QUESTIONS}
    store.close()
    with views(path) as cursor:
        yield answers, cursor


# The rules of insights are put into their question first.
@pytest.mark.parametrize("question", [name for name in QUESTIONS if name != "insights"])
def test_the_file_of_a_question_answers_about_everything(
    ledger: tuple[dict[str, Any], duckdb.DuckDBPyConnection], question: str
) -> None:
    answers, cursor = ledger
    run(cursor, (files("whence_ledger") / "sql" / "questions" / f"{question}.sql").read_text(encoding="utf-8"))
    names = [column[0] for column in cursor.description or ()]
    assert [dict(zip(names, row, strict=True)) for row in cursor.fetchall()] == answers[question]


def test_the_questions_have_something_to_answer(
    ledger: tuple[dict[str, Any], duckdb.DuckDBPyConnection],
) -> None:
    answers, _ = ledger
    assert {row["session"] for row in answers["sessions"]} == {"s1", "s2"}
    assert answers["overview"][0]["cost_usd"] == 4
