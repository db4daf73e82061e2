"""Trial sessions: told and taken out again, and no others."""

from datetime import timedelta
from pathlib import Path

import httpx

from builders.ledger import running_ledger
from builders.telemetry import EVER, cost, metrics, span, traces
from whence_ledger.ingest.otlp import decode_metrics, decode_traces
from whence_ledger.model.item import Rows
from whence_ledger.store.store import Store

TRIAL = "whence-doctor-0123abcd"


def test_a_trial_is_told_once_and_leaves_the_others(tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data", WHENCE_INGEST_TOKEN="iii", WHENCE_READ_TOKEN="rrr") as ledger:
        bearer = {"Authorization": "Bearer iii"}
        for session in (TRIAL, "real"):
            assert ledger.send("traces", traces(span("local:whence-doctor", session)), **bearer).status_code == 200
            assert ledger.send("metrics", metrics(cost(1.0, session)), **bearer).status_code == 200
        place = f"{ledger.url}/v1/sessions"
        assert httpx.delete(f"{place}/{TRIAL}").status_code == 401
        told = httpx.delete(f"{place}/{TRIAL}", headers=bearer)
        assert (told.status_code, told.json()) == (200, {"local/whence-doctor": 1.0})
        assert httpx.delete(f"{place}/{TRIAL}", headers=bearer).status_code == 404
        assert httpx.delete(f"{place}/real", headers=bearer).status_code == 403
        assert httpx.delete(f"{place}/whence-doctor-..%2Freal", headers=bearer).status_code in {403, 404}
        answer = httpx.get(f"{ledger.url}/api/v1/sessions", headers={"Authorization": "Bearer rrr"})
        assert [row["session"] for row in answer.json()] == ["real"]


def test_a_trial_that_was_closed_meanwhile_is_taken_out_of_what_is_rolled_up(tmp_path: Path) -> None:
    store = Store(tmp_path / "ledger.duckdb")
    points = decode_metrics(metrics(cost(1.0, TRIAL), cost(2.0, "real")), True, EVER).rows.points
    spans = decode_traces(traces(span("local:whence-doctor", TRIAL)), True, EVER).rows.spans
    store.insert(Rows(points=points, events=[], spans=spans))
    store.tidy(timedelta(0))
    assert store.ask("overview")[0]["cost_usd"] == 3
    assert [row["cost_usd"] for row in store.withdraw(TRIAL, "local/whence-doctor")] == [1]
    for _ in range(2):
        assert store.ask("overview")[0]["cost_usd"] == 2
        assert store.ask("observations") == []
        store.tidy(timedelta(0))
    store.close()
