"""Coverage: by day, user and machine, what the cost stands on and what is missing; the same on both stores."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from builders.history import clickhouse_engine, exact_times
from builders.telemetry import EVER, NOON, SECOND, cost, logs, metrics, span, traces
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.query import Query
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.store import Store

API, WEB = (f"https://github.com/acme/{name}" for name in ("api", "web"))
NEW, OLD = "2.1.332", "2.1.197"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def bodies() -> list[tuple[str, bytes]]:
    """A session of each kind, each with a machine named like it."""
    sent: list[tuple[str, bytes]] = []

    def tell(signal: str, body: bytes) -> None:
        sent.append((signal, body))

    def used(session: str, dollars: float, version: str = NEW, **more: object) -> None:
        own: dict[str, Any] = {"user_id": session, "user_email": "ada@acme.example"} | more
        tell("metrics", metrics(cost(dollars, session, NOON + SECOND, **own), service_version=version))

    def asked(session: str, dollars: float) -> None:
        named: dict[str, Any] = {"request__id": f"{session}-r", "prompt_id": "p", "query__source": "sdk"}
        tell("logs", logs("api_request", session, NOON, cost__usd=dollars, **named))
        call: dict[str, Any] = {"tool__use__id": f"{session}-c", "request__id": f"{session}-r", "tool__name": "Read"}
        tell("logs", logs("tool_decision", session, NOON, prompt_id="p", **call))

    def seen(session: str, remote: str = API, **more: Any) -> None:
        own = {"prompt_id": "p", "user_id": session, "user_email": "ada@acme.example", "span_id": f"{len(sent):016x}"}
        tell("traces", traces(span(remote, session, NOON, **(own | more))))

    def began(session: str, hooks: int) -> None:
        tell("logs", logs("managed_settings_resolved", session, NOON))
        for number in range(hooks):
            tell("logs", logs("hook_registered", session, NOON + number * SECOND))

    used("whole", 1)
    asked("whole", 1)
    began("whole", 2)
    seen("whole", whence_tool__use__ids=["whole-c"])
    used("off", 2, vcs_repository_url_full=WEB)
    began("off", 0)
    used("missing", 4)
    began("missing", 1)
    used("old-client", 8, OLD)
    used("metrics", 16)
    seen("metrics")
    used("old-hook", 32)
    asked("old-hook", 32)
    seen("old-hook")
    seen("spans")
    used("start", 64)
    asked("start", 64)
    seen("start", touches=0)
    own: dict[str, Any] = {"user_id": "anonymous", "user_email": "ada@acme.example"}
    tell("metrics", metrics(cost(128, "", NOON, **own), service_version=NEW))
    return sent


EXPECTED: Mapping[str, tuple[int, dict[str, int], str | None]] = {
    "anonymous": (128, {"none": 128}, "no-session-id"),
    "start": (64, {"start": 64}, None),
    "old-hook": (32, {"prompt": 32}, "hook-too-old"),
    "metrics": (16, {"session": 16}, "no-events"),
    "old-client": (8, {"none": 8}, "client-too-old"),
    "missing": (4, {"none": 4}, "hook-missing"),
    "off": (2, {"client": 2}, "hooks-off"),
    "whole": (1, {"request": 1}, None),
    "spans": (0, {}, "no-metrics"),
}


def put(store: Store, sent: list[tuple[str, bytes]]) -> None:
    decoders = {"metrics": decode_metrics, "logs": decode_logs, "traces": decode_traces}
    for signal, body in sent:
        store.insert(decoders[signal](body, True, EVER).rows)


def covered(store: Store | ClickHouseStore, **filters: Any) -> dict[str, Any]:
    found = {}
    for row in store.ask("coverage", Query(**filters)):
        parts = {key.removesuffix("_cost_usd"): row[key] for key in row if key.endswith("_cost_usd") and row[key]}
        assert sum(parts.values(), Decimal(0)) == row["cost_usd"]
        found[row["machine"]] = (row["cost_usd"], parts, row["reasons"])
    return found


def test_each_session_says_what_its_cost_stands_on_and_what_is_missing(store: Store) -> None:
    put(store, bodies())
    assert covered(store) == EXPECTED
    assert list(covered(store)) == list(EXPECTED)
    versions = {row["machine"]: row["client_versions"] for row in store.ask("coverage")}
    assert (versions["whole"], versions["old-client"], versions["spans"]) == (NEW, OLD, None)
    store.tidy(timedelta(0))
    assert covered(store) == EXPECTED
    assert covered(store, users=["bob@acme.example"]) == {}
    assert set(covered(store, repositories=("acme/web",))) == {"off"}
    assert covered(store, models=("no-model",)) == {}
    assert covered(store, split="session")["whole"] == (1, {"session": 1}, None)


def test_what_arrives_later_fills_a_gap(store: Store) -> None:
    sent = bodies()
    put(store, [one for one in sent if one[0] != "traces"])
    assert covered(store)["whole"][2] == "hook-missing"
    store.tidy(timedelta(0))
    put(store, sent)
    assert covered(store) == EXPECTED


@pytest.fixture
def client() -> Iterator[Any]:
    """ClickHouse's own engine, which all tests of a process share, with nothing but the exporter's empty tables."""
    with clickhouse_engine() as client:
        yield client


@pytest.mark.slow
def test_clickhouse_says_the_same(store: Store, client: Any) -> None:
    sent = bodies()
    put(store, sent)
    for signal, body in sent:
        _export(client, signal, json.loads(body))
    clickhouse = ClickHouseStore(client)
    assert covered(clickhouse) == EXPECTED
    filters = ({"users": ["ada@acme.example"]}, {"repositories": ("acme/web",)}, {"models": ("no-model",)})
    for query in (Query(limit=3, skip=2), *(Query(**one) for one in filters)):
        assert clickhouse.ask("coverage", query) == store.ask("coverage", query)


def _export(client: Any, signal: str, request: Any) -> None:
    """Write a request with one item as the Collector's exporter does."""

    def plain(item: Any) -> dict[str, str]:
        values = {pair["key"]: pair["value"] for pair in item.get("attributes", [])}
        lists = {
            key: [one["stringValue"] for one in v["arrayValue"]["values"]]
            for key, v in values.items()
            if "arrayValue" in v
        }
        return {
            key: json.dumps(lists[key]) if key in lists else str(next(iter(v.values()))) for key, v in values.items()
        }

    def moment(nano: str) -> datetime:
        return datetime.fromtimestamp(int(nano) / 1e9, UTC)

    if signal == "metrics":
        (resource,) = request["resourceMetrics"]
        (metric,) = resource["scopeMetrics"][0]["metrics"]
        (data,) = metric["sum"]["dataPoints"]
        row: tuple[Any, ...] = (
            metric["name"],
            plain(data) | exact_times(int(data["startTimeUnixNano"]), int(data["timeUnixNano"])),
            plain(resource["resource"]),
            moment(data["startTimeUnixNano"]),
        )
        row += (moment(data["timeUnixNano"]), data["asDouble"], 1, True)
        names = (
            "MetricName Attributes ResourceAttributes StartTimeUnix TimeUnix Value AggregationTemporality IsMonotonic"
        )
        client.insert("otel_metrics_sum", [row], column_names=names.split())
    elif signal == "logs":
        record = request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
        row = (moment(record["timeUnixNano"]), record["body"]["stringValue"], plain(record))
        client.insert("otel_logs", [row], column_names=["Timestamp", "Body", "LogAttributes"])
    else:
        one = request["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
        row = (
            moment(one["startTimeUnixNano"]),
            one["traceId"],
            one["spanId"],
            one["name"],
            "whence.hook",
            plain(one),
            SECOND,
        )
        names = "Timestamp TraceId SpanId SpanName ScopeName SpanAttributes Duration"
        client.insert("otel_traces", [row], column_names=names.split())
