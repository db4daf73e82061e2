"""Series by minutes: finer than the quarters of an hour in which amounts are stored."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from builders.telemetry import EVER, SECOND, cost, metrics, span, traces
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_metrics, decode_traces
from whence_ledger.model.item import Rows
from whence_ledger.model.query import Query, by_bucket
from whence_ledger.store.store import Store

FIRST = date.today() - timedelta(days=3)
NINE = datetime(FIRST.year, FIRST.month, FIRST.day, 9)
AT_ONCE = timedelta(0)


def at(minute: float) -> int:
    """Nanoseconds of a moment after nine."""
    return int((NINE + timedelta(minutes=minute) - datetime(1970, 1, 1)) / timedelta(seconds=1)) * SECOND


def test_what_arrived_together_lies_in_the_minutes_in_which_it_was_measured(tmp_path: Path) -> None:
    store = Store(tmp_path / "ledger.duckdb")
    points = [
        cost(1.0, "s", at=at(0.5)),
        cost(0.5, "s", at=at(0.9)),
        cost(2.0, "s", at=at(7)),
        cost(4.0, "s", at=at(16)),
    ]
    touched = span("https://github.com/acme/api", "s", at=at(0.5))
    store.insert(
        Rows(
            points=decode_metrics(metrics(*points), True, EVER).rows.points,
            spans=decode_traces(traces(touched), True, EVER).rows.spans,
        )
    )
    hour = Query(begin=NINE, end=NINE + timedelta(hours=1))

    def costs(bucket: str) -> dict[int, Decimal]:
        rows = store.ask("series", by_bucket(hour, bucket))
        return {(row["bucket"].replace(tzinfo=None) - NINE) // timedelta(minutes=1): row["cost_usd"] for row in rows}

    assert costs("1m") == {0: Decimal("1.5"), 7: 2, 16: 4}
    assert costs("5m") == {0: Decimal("1.5"), 5: 2, 15: 4}
    assert costs("15m") == {0: Decimal("3.5"), 15: 4}
    store.close()


@pytest.mark.slow
def test_minutes_add_up_to_their_quarters_of_an_hour_also_when_sessions_are_closed_and_days_rolled_up(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "ledger.duckdb")
    for rows in history(organization(5), FIRST, 3):
        store.insert(rows)
    day = Query(begin=NINE, end=NINE + timedelta(hours=12))
    queries = [day, replace(day, split="session"), replace(day, models=("claude-opus-4-8",))]
    for closed in (False, True):
        if closed:
            store.tidy(AT_ONCE)
        for query in queries:
            by_minute = [
                (row["bucket"] - timedelta(minutes=row["bucket"].minute % 15), row)
                for row in store.ask("series", by_bucket(query, "1m"))
            ]
            quarters = store.ask("series", by_bucket(query, "15m"))
            assert len(by_minute) > len(quarters) > 10
            for quarter in quarters:
                within = [row for start, row in by_minute if start == quarter["bucket"]]
                for name in ("cost_usd", "tokens", "output_tokens", "lines_added", "commits", "active_time_cli"):
                    assert sum(row[name] for row in within) == quarter[name], name
                assert max(row["sessions"] for row in within) <= quarter["sessions"]
    store.close()
