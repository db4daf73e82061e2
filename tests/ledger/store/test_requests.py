"""The rule 'request': where each API request goes, with totals that no order and no store changes."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.history import clickhouse_engine, exact_times
from builders.rounds import rounds
from builders.telemetry import EVER, NOON, SECOND, cost, logs, metrics, point, span, traces
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.query import Query, Split
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.store import Store

API, WEB, GAME = (f"https://github.com/{name}" for name in ("acme/api", "acme/web", "jane/game"))
RULES: tuple[Split, ...] = ("session", "prompt", "request")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def asked(dollars: float, name: str, second: int, prompt: str = "p1", session: str = "s1", **more: object) -> bytes:
    """A request that ended ``second`` seconds after noon and took one."""
    common = {"request__id": name, "prompt_id": prompt, "model": "claude-opus-4-8", "query__source": "sdk"}
    spoken = common | {"duration__ms": 1000, "event_sequence": second} | more
    return logs("api_request", session, NOON + second * SECOND, cost__usd=dollars, **spoken)


def called(
    call: str, request: str | None, second: int, prompt: str = "p1", session: str = "s1", **more: object
) -> bytes:
    """A tool call that was decided ``second`` seconds after noon."""
    common = {"tool__use__id": call, "request__id": request, "prompt_id": prompt, "tool__name": "Read"}
    return logs("tool_decision", session, NOON + second * SECOND, **(common | more))


def touched(remote: str | None, *calls: str, prompt: str = "p1", session: str = "s1", **more: object) -> dict[str, Any]:
    """A span that names its calls."""
    named: dict[str, Any] = {"whence_tool__use__ids": list(calls), "prompt_id": prompt}
    return span(remote, session, touches=len(calls), **(named | more))


def put(store: Store, *items: dict[str, Any] | bytes) -> None:
    spans = [item for item in items if isinstance(item, dict) and "spanId" in item]
    points = [item for item in items if isinstance(item, dict) and "spanId" not in item]
    for body in (item for item in items if isinstance(item, bytes)):
        store.insert(decode_logs(body, True, EVER).rows)
    store.insert(decode_traces(traces(*spans), True, EVER).rows)
    store.insert(decode_metrics(metrics(*points), True, EVER).rows)


def report(store: Store | ClickHouseStore, column: str = "cost_usd", /, **filters: Any) -> dict[str | None, Any]:
    return {row["repository"]: row[column] for row in store.ask("repositories", Query(**filters)) if row[column]}


def branches(
    store: Store | ClickHouseStore, column: str = "cost_usd", /, **filters: Any
) -> dict[tuple[str | None, str | None], Any]:
    rows = store.ask("branches", Query(**filters))
    return {(row["repository"], row["branch"]): row[column] for row in rows if row[column]}


def commits(store: Store | ClickHouseStore, **filters: Any) -> dict[tuple[str | None, str | None], Any]:
    """What the commits of each branch cost together."""
    found: dict[tuple[str | None, str | None], Any] = {}
    for row in store.ask("commits", Query(**filters)):
        if row["cost_usd"]:
            key = row["repository"], row["branch"]
            found[key] = found.get(key, Decimal(0)) + row["cost_usd"]
    return found


def summed(parts: dict[tuple[str | None, str | None], Any]) -> dict[str | None, Any]:
    """The parts of each repository, added up."""
    return {name: sum(part for (one, _), part in parts.items() if one == name) for name in {one for one, _ in parts}}


def dollars(text: str) -> Decimal:
    return Decimal(text)


def test_a_request_goes_where_its_own_calls_went(store: Store) -> None:
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), asked(3, "r2", 20), called("c2", "r2", 20))
    put(store, touched(API, "c1"), touched(GAME, "c2"), cost(4))
    assert report(store) == {"acme/api": 1, "jane/game": 3}
    assert report(store, split="session") == {"acme/api": 2, "jane/game": 2}


def test_a_request_with_several_calls_is_divided_by_their_touches(store: Store) -> None:
    put(store, asked(3, "r1", 10), *(called(f"c{n}", "r1", 10) for n in range(3)), asked(1, "r2", 20))
    put(store, touched(API, "c0", "c1"), touched(GAME, "c2"), touched(WEB, "c9"), cost(4))
    assert report(store) == {
        "acme/api": pytest.approx(dollars("2.666666666"), abs=dollars("2e-9")),
        "jane/game": pytest.approx(dollars("1.333333333"), abs=dollars("2e-9")),
    }


def test_a_request_without_calls_goes_where_the_one_before_it_went_else_the_one_after_it(store: Store) -> None:
    put(store, asked(1, "r1", 10), asked(2, "r2", 20), called("c2", "r2", 20), asked(4, "r3", 30))
    put(store, asked(8, "r4", 40), called("c4", "r4", 40), asked(16, "r5", 50))
    put(store, touched(API, "c2"), touched(GAME, "c4"), cost(31))
    assert report(store) == {"acme/api": 7, "jane/game": 24}


def test_a_prompt_whose_requests_called_nothing_goes_by_the_session(store: Store) -> None:
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), called("c2", "r1", 10), called("c3", "r1", 10))
    put(store, asked(4, "r2", 20, "p2"), touched(API, "c1"), touched(GAME, "c2", "c3"), cost(5))
    shares = report(store)
    assert shares == {
        "acme/api": pytest.approx(dollars("1.666666667"), abs=dollars("2e-9")),
        "jane/game": pytest.approx(dollars("3.333333333"), abs=dollars("2e-9")),
    }


def test_a_prompt_that_only_talks_goes_where_its_agent_was_before(store: Store) -> None:
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), asked(2, "r2", 20, "p2"), called("c2", "r2", 20, "p2"))
    put(store, asked(4, "r3", 30, "p3"), asked(8, "r4", 40, "p4"), called("c4", "r4", 40, "p4"))
    put(store, touched(API, "c1"), touched(WEB, "c2", prompt="p2"), touched(GAME, "c4", prompt="p4"), cost(15))
    assert report(store) == {"acme/api": 1, "acme/web": 6, "jane/game": 8}


def test_a_subagent_in_the_background_does_not_draw_the_next_prompt_to_itself(store: Store) -> None:
    """The main agent is told of another subagent that has ended, which is a prompt, and answers without a call."""
    sub = {"agent__id": "a1", "query__source": "agent:builtin:general-purpose"}
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), asked(2, "r2", 20, **sub), called("c2", "r2", 20, **sub))
    put(store, asked(4, "r3", 30, "p2"), asked(8, "r4", 40, "p2", **sub), called("c4", "r4", 40, "p2", **sub))
    put(store, touched(API, "c1"), touched(GAME, "c2", agent__id="a1"), cost(15))
    put(store, touched(GAME, "c4", prompt="p2", agent__id="a1"))
    assert report(store) == {"acme/api": 5, "jane/game": 10}


def test_a_prompt_in_which_only_its_own_subagent_worked_goes_where_that_worked(store: Store) -> None:
    sub = {"agent__id": "a1", "query__source": "agent:builtin:general-purpose"}
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), asked(4, "r2", 30, "p2"))
    put(store, asked(8, "r3", 40, "p2", **sub), called("c3", "r3", 40, "p2", **sub))
    put(store, touched(API, "c1"), touched(GAME, "c3", prompt="p2", agent__id="a1"), cost(13))
    assert report(store) == {"acme/api": 1, "jane/game": 12}


def test_a_prompt_of_an_old_hook_goes_by_its_touches(store: Store) -> None:
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), asked(4, "r2", 20, "p2"), called("c2", "r2", 20, "p2"))
    put(store, span(API, prompt_id="p1", touches=5), span(GAME, prompt_id="p2"), cost(5))
    assert report(store) == {"acme/api": 1, "jane/game": 4}


def test_a_subagents_requests_go_where_the_subagent_worked(store: Store) -> None:
    agent = {"agent__id": "a1", "query__source": "agent:builtin:general-purpose", "model": "claude-haiku-4-5"}
    put(
        store,
        asked(1, "r1", 10),
        called("c1", "r1", 10),
        asked(2, "r2", 20),
        called("c2", "r2", 20, tool__name="Agent"),
    )
    put(store, asked(4, "h1", 30, **agent), called("c3", "h1", 30, agent__id="a1"), asked(8, "h2", 40, **agent))
    put(store, asked(16, "r3", 50))
    haiku = cost(12, model="claude-haiku-4-5", query__source="subagent")
    put(store, touched(API, "c1"), touched(GAME, "c3", agent__id="a1"), cost(19, query__source="main"), haiku)
    assert report(store) == {"acme/api": 19, "jane/game": 12}
    models = {row["model"]: row["cost_usd"] for row in store.ask("models", Query(repositories=("jane/game",)))}
    assert models == {"claude-haiku-4-5": 12}


def test_a_subagent_that_touched_nothing_goes_where_it_was_started(store: Store) -> None:
    agent = {"agent__id": "a1", "query__source": "agent:builtin:general-purpose"}
    put(
        store,
        asked(1, "r1", 10),
        called("c1", "r1", 10),
        asked(2, "r2", 20),
        called("c2", "r2", 20, tool__name="Agent"),
    )
    put(store, asked(4, "h1", 30, **agent), asked(8, "r3", 40), called("c4", "r3", 40))
    put(store, touched(API, "c1"), touched(GAME, "c4"), cost(15))
    assert report(store) == {"acme/api": 7, "jane/game": 8}


def test_a_subagent_of_a_subagent_that_touched_nothing_goes_where_its_parent_was(store: Store) -> None:
    first = {"agent__id": "a1", "query__source": "agent:builtin:general-purpose"}
    second = first | {"agent__id": "a2", "parent__agent__id": "a1"}
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), called("c2", "r1", 10, tool__name="Agent"))
    put(store, asked(2, "h1", 20, **first), called("c3", "h1", 20, agent__id="a1"))
    put(store, asked(4, "h2", 30, **first), called("c4", "h2", 30, agent__id="a1", tool__name="Agent"))
    put(store, asked(8, "h3", 40, **second), touched(API, "c1"), touched(GAME, "c3", agent__id="a1"), cost(15))
    assert report(store) == {"acme/api": 1, "jane/game": 14}


def test_a_client_that_does_not_name_the_request_is_read_by_time_and_agent(store: Store) -> None:
    put(store, asked(1, "r1", 10), called("c1", None, 10), asked(2, "r2", 20), called("c2", None, 20))
    agent = {"query__source": "agent:builtin:general-purpose"}
    # The subagent's request runs while the main agent's second call does.
    put(store, asked(4, "h1", 30, **agent), called("c3", None, 29), called("c4", None, 30))
    put(store, touched(API, "c1", "c4"), touched(GAME, "c2"), touched(WEB, "c3", agent__id="a1"), cost(7))
    assert report(store) == {"acme/api": pytest.approx(2), "jane/game": pytest.approx(1), "acme/web": 4}


def test_the_example_of_the_documentation(store: Store) -> None:
    agent = {"agent__id": "a1", "query__source": "agent:builtin:general-purpose", "model": "claude-haiku-4-5"}
    put(store, asked(0.10, "r1", 10), asked(0.20, "r2", 20), *(called(f"c{n}", "r2", 20) for n in range(3)))
    put(store, asked(0.05, "r3", 30), called("c3", "r3", 30, tool__name="Agent"))
    put(store, asked(0.01, "r4", 40, **agent), called("c4", "r4", 40, agent__id="a1"))
    put(store, asked(0.60, "r5", 50), called("c5", "r5", 50))
    put(store, touched(API, "c0", "c1", "c5"), touched(WEB, "c2"), touched(GAME, "c4", agent__id="a1"))
    put(store, cost(0.95, query__source="main"), cost(0.01, model="claude-haiku-4-5", query__source="subagent"))
    near: dict[str, Any] = {"abs": dollars("1e-8")}
    assert report(store) == {
        "acme/api": pytest.approx(dollars("0.833333333"), **near),
        "acme/web": pytest.approx(dollars("0.116666667"), **near),
        "jane/game": pytest.approx(dollars("0.01"), **near),
    }
    assert report(store, split="session")["acme/api"] == pytest.approx(dollars("0.576"), **near)


def test_tokens_follow_the_requests_of_their_model_and_type(store: Store) -> None:
    put(store, asked(1, "r1", 10, output__tokens=100, cache__read__tokens=9000), called("c1", "r1", 10))
    put(store, asked(1, "r2", 20, output__tokens=300, cache__read__tokens=1000), called("c2", "r2", 20))
    used: dict[str, Any] = {"model": "claude-opus-4-8[1m]", "query__source": "main"}
    put(store, touched(API, "c1"), touched(GAME, "c2"), cost(2))
    put(store, point("token.usage", 400, type="output", **used), point("token.usage", 10_000, type="cacheRead", **used))
    assert report(store, "tokens") == {"acme/api": 9100, "jane/game": 1300}


def test_metrics_of_a_model_without_requests_go_by_those_of_the_session(store: Store) -> None:
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), asked(3, "r2", 20), called("c2", "r2", 20))
    put(store, touched(API, "c1"), touched(GAME, "c2"), cost(4), cost(40, model="claude-haiku-4-5"))
    put(store, point("token.usage", 8, type="input", model="claude-haiku-4-5"))
    assert report(store) == {"acme/api": 11, "jane/game": 33}
    assert report(store, "tokens") == {"acme/api": 2, "jane/game": 6}


def test_a_quarter_of_an_hour_shows_what_was_worked_on_in_it(store: Store) -> None:
    hour = 3600
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), asked(3, "r2", hour, "p2"), called("c2", "r2", hour, "p2"))
    put(store, touched(API, "c1"), touched(GAME, "c2", prompt="p2"))
    # Metrics come half a minute after the request that they are of.
    put(store, cost(1, at=NOON + 40 * SECOND), cost(3, at=NOON + (hour + 30) * SECOND))
    middle = datetime.fromtimestamp(NOON / 1e9, UTC).replace(tzinfo=None) + timedelta(minutes=30)
    assert report(store, end=middle) == {"acme/api": 1}
    assert report(store, begin=middle) == {"jane/game": 3}


def test_the_report_tells_what_the_cost_stands_on(store: Store) -> None:
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), asked(2, "r2", 20, "p2"), asked(4, "r3", 30, "p3"))
    put(store, touched(API, "c1"), span(GAME, prompt_id="p2"), cost(7))
    put(store, span(WEB, "s2", touches=0), cost(8, "s2"), cost(16, "s3"))
    assert bases(store) == {"request": 1, "prompt": 2, "session": 4, "start": 8, "none": 16}
    assert bases(store, split="prompt") == {"prompt": 3, "session": 4, "start": 8, "none": 16}
    assert bases(store, split="session") == {"session": 7, "start": 8, "none": 16}
    store.tidy(timedelta(0))
    assert bases(store) == {"request": 1, "prompt": 2, "session": 4, "start": 8, "none": 16}


def bases(store: Store | ClickHouseStore, **filters: Any) -> dict[str, Decimal]:
    return {row["basis"]: row["cost_usd"] for row in store.ask("bases", Query(**filters)) if row["cost_usd"]}


def test_a_session_without_a_span_belongs_to_the_repository_that_the_client_named_first(store: Store) -> None:
    named: dict[str, Any] = {"vcs_repository_url_full": "https://u:secret@GitHub.com:443/acme/api.git?x=1"}
    put(store, asked(1, "r1", 10), called("c1", "r1", 10), cost(4, **named), point("commit.count", 1, **named))
    put(store, cost(2, at=NOON + 60 * SECOND, vcs_repository_url_full=GAME))
    assert report(store) == {"acme/api": 6}
    assert report(store, "commits") == {"acme/api": 1}
    assert [bases(store, split=rule) for rule in RULES] == [{"client": 6}] * 3
    (seen,) = (row for row in store.ask("observations") if row["name"] == "api")
    assert (seen["repository"], seen["display"], seen["remote"]) == ("github.com/acme/api", "acme/api", True)
    store.tidy(timedelta(0))
    assert report(store) == {"acme/api": 6}
    assert bases(store) == {"client": 6}
    # Any span knows better, also one that comes late.
    put(store, span(WEB, touches=0))
    assert report(store) == {"acme/web": 6}
    assert bases(store) == {"start": 6}


def test_the_hook_knows_the_case_of_a_name_that_the_client_tells_in_lower_case(store: Store) -> None:
    put(store, cost(1, "s1", vcs_repository_url_full="https://gitlab.example.com/group/proj"))
    put(store, cost(2, "s2"), span("https://gitlab.example.com/Group/Proj", "s2"))
    put(store, cost(4, "s3"), span("https://github.com/Acme/API", "s3"), cost(8, "s4", vcs_repository_url_full=API))
    assert report(store) == {"gitlab.example.com/Group/Proj": 3, "Acme/API": 12}


class Work(NamedTuple):
    """One request of a generated session. ``touches``: the repositories of its calls. ``told``: the repository that the
    client names. ``branch``: what was checked out."""

    second: int
    agent: str
    prompt: str
    nano: int
    output: int
    touches: tuple[str | None, ...]
    named: bool
    told: str | None
    branch: str | None


_work = st.builds(
    Work,
    second=st.integers(1, 7000),
    agent=st.sampled_from(["", "", "a1", "a2"]),
    prompt=st.sampled_from(["p1", "p2"]),
    nano=st.integers(0, 10**12),
    output=st.integers(0, 5000),
    touches=st.lists(st.sampled_from([API, WEB, GAME, "local:notes", None]), max_size=3).map(tuple),
    named=st.booleans(),
    told=st.sampled_from([None, API, "https://gitlab.example.com/group/sub/proj"]),
    branch=st.sampled_from([None, "main", "jane/ABC-12"]),
)


class Sent(NamedTuple):
    """A generated session as it is sent: events, spans and data points."""

    events: list[bytes]
    spans: list[dict[str, Any]]
    points: list[dict[str, Any]]


def sent(works: Sequence[Work], session: str, missing: int, hooked: bool = True) -> Sent:
    """``missing``: so many of the requests' events are lost on the way. ``hooked``: whether there is a hook."""
    done = Sent([], [], [])
    for number, one in enumerate(sorted(works, key=lambda one: (one.second, repr(one)))):
        request, source = f"{session}-r{number}", "agent:custom" if one.agent else "sdk"
        model = "claude-haiku-4-5" if one.agent == "a2" else "claude-opus-4-8"
        agent = {"agent__id": one.agent or None} if one.named else {}
        more = {"query__source": source, "model": model, "output__tokens": one.output, "event_sequence": number} | agent
        if number >= missing:
            done.events.append(asked(one.nano / 1e9, request, one.second, one.prompt, session, **more))
        ids = [f"{request}-c{place}" for place in range(len(one.touches))]
        for ident in ids:
            name = request if one.named else None
            tool = "Agent" if one.output % 3 == 0 else "Read"
            done.events.append(called(ident, name, one.second, one.prompt, session, tool__name=tool, **agent))
        for ident, remote in zip(ids, one.touches, strict=True):
            known: dict[str, Any] = {"agent__id": one.agent or None, "vcs_ref_head_name": one.branch}
            known |= {"commits": one.output % 2, "vcs_ref_head_revision": f"c{one.nano % 4}"}
            if hooked:
                done.spans.append(touched(remote, ident, prompt=one.prompt, session=session, **known))
        at, source = NOON + (one.second + 30) * SECOND, "subagent" if one.agent else "main"
        used = {"model": model, "query__source": source, "vcs_repository_url_full": one.told}
        done.points.append(cost(one.nano / 1e9, session, at + number, **used))
        done.points.append(point("token.usage", one.output, session, at + number, type="output", **used))
    return done


def _together(several: Sequence[Sent]) -> Sent:
    """Sessions that are sent at the same time."""
    done = Sent([], [], [])
    for one in several:
        done.events.extend(one.events)
        done.spans.extend(one.spans)
        done.points.extend(one.points)
    return done


def exporter_rows(done: Sent) -> dict[str, list[tuple[Any, ...]]]:
    """The same as the Collector's exporter writes it."""

    def plain(item: dict[str, Any]) -> dict[str, str]:
        values = {pair["key"]: pair["value"] for pair in item["attributes"]}
        lists = {
            key: json.dumps([one["stringValue"] for one in value["arrayValue"]["values"]])
            for key, value in values.items()
            if "arrayValue" in value
        }
        return {key: str(next(iter(value.values()))) for key, value in values.items()} | lists

    records = [json.loads(body)["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0] for body in done.events]

    def moment(nano: str) -> datetime:
        return datetime.fromtimestamp(int(nano) / 1e9, UTC)

    metrics_rows = []
    for item in done.points:
        (data,) = item["sum"]["dataPoints"]
        metrics_rows.append(
            (
                item["name"],
                plain(data) | exact_times(int(data["startTimeUnixNano"]), int(data["timeUnixNano"])),
                moment(data["startTimeUnixNano"]),
                moment(data["timeUnixNano"]),
                data["asDouble"],
                1,
                True,
            )
        )
    return {
        "otel_metrics_sum": metrics_rows,
        "otel_logs": [(moment(one["timeUnixNano"]), one["body"]["stringValue"], plain(one)) for one in records],
        "otel_traces": [
            (
                moment(one["startTimeUnixNano"]),
                one["traceId"],
                one["spanId"],
                one["name"],
                "whence.hook",
                plain(one),
                SECOND,
            )
            for one in done.spans
        ],
    }


_COLUMNS = {
    "otel_metrics_sum": "MetricName Attributes StartTimeUnix TimeUnix Value AggregationTemporality IsMonotonic",
    "otel_logs": "Timestamp Body LogAttributes",
    "otel_traces": "Timestamp TraceId SpanId SpanName ScopeName SpanAttributes Duration",
}


def answers(store: Store | ClickHouseStore) -> dict[str, Any]:
    """All that the rules give: cost and tokens by repository, by model, by half hour, and what they stand on."""
    found: dict[str, Any] = {}
    middle = datetime.fromtimestamp(NOON / 1e9, UTC).replace(tzinfo=None) + timedelta(hours=1)
    for rule in RULES:
        found[f"{rule} cost"] = report(store, split=rule)
        found[f"{rule} tokens"] = report(store, "tokens", split=rule)
        found[f"{rule} basis"] = bases(store, split=rule)
        before, after = report(store, split=rule, end=middle), report(store, split=rule, begin=middle)
        found[f"{rule} halves"] = {
            name: before.get(name, Decimal(0)) + after.get(name, Decimal(0)) for name in before | after
        }
        found[f"{rule} haiku"] = report(store, split=rule, models=("claude-haiku-4-5",))
        found[f"{rule} before"] = before
        found[f"{rule} branches"] = branches(store, split=rule)
        found[f"{rule} commits"] = commits(store, split=rule)
        found[f"{rule} extensions"] = {
            by: sum((row["cost_usd"] for row in store.ask("extensions", Query(split=rule, by=by))), Decimal(0))
            for by in ("skill", "slash-command")
        }
        found[f"{rule} tokens of branches"] = branches(store, "tokens", split=rule)
    return found


def check(found: dict[str, Any], done: Sent) -> None:
    """Totals are those of the data points, to the last unit; bases and parts of time add up to them."""
    nano = Decimal("1e-9")
    whole = {
        metric: sum(
            (
                Decimal(repr(item["sum"]["dataPoints"][0]["asDouble"])).quantize(nano)
                for item in done.points
                if item["name"] == f"claude_code.{metric}"
            ),
            Decimal(0),
        )
        for metric in ("cost.usage", "token.usage")
    }
    for rule in RULES:
        assert sum(found[f"{rule} cost"].values(), Decimal(0)) == whole["cost.usage"], rule
        assert sum(found[f"{rule} tokens"].values(), Decimal(0)) == whole["token.usage"], rule
        assert sum(found[f"{rule} basis"].values(), Decimal(0)) == whole["cost.usage"], rule
        assert set(found[f"{rule} extensions"].values()) == {whole["cost.usage"]}, rule
        assert found[f"{rule} halves"] == found[f"{rule} cost"], rule
        assert summed(found[f"{rule} branches"]) == found[f"{rule} cost"], rule
        assert found[f"{rule} commits"] == found[f"{rule} branches"], rule
        assert summed(found[f"{rule} tokens of branches"]) == found[f"{rule} tokens"], rule


@pytest.mark.slow
@settings(max_examples=rounds(4, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    one=st.lists(_work, max_size=8),
    other=st.lists(_work, max_size=3),
    bare=st.lists(_work, max_size=3),
    missing=st.integers(0, 2),
    closing=st.booleans(),
    order=st.randoms(use_true_random=False),
)
def test_every_rule_conserves_totals_in_any_order_and_any_repetition(
    tmp_path_factory: pytest.TempPathFactory,
    one: list[Work],
    other: list[Work],
    bare: list[Work],
    missing: int,
    closing: bool,
    order: random.Random,
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    several = [sent(one, "s1", missing), sent(other, "s2", 0), sent(bare, "s3", 0, hooked=False)]
    done = _together(several)
    once: list[Any] = [*done.events, *done.spans, *done.points]
    found: list[dict[str, Any]] = []
    for items in (once, order.sample(once * 2, 2 * len(once))):
        store = Store(folder / f"{len(found)}.duckdb")
        put(store, *items[: len(once)])
        if closing:
            store.tidy(timedelta(0))
        put(store, *items[len(once) :])
        if closing:
            store.tidy(timedelta(0))
        found.append(answers(store))
        store.close()
    check(found[0], done)
    assert found[0] == found[1]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with clickhouse_engine() as client:
        yield client


@pytest.mark.slow
@settings(max_examples=rounds(2, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    one=st.lists(_work, min_size=3, max_size=8),
    bare=st.lists(_work, max_size=3),
    missing=st.integers(0, 2),
    order=st.randoms(use_true_random=False),
)
def test_clickhouse_gives_the_same_in_any_order_and_any_repetition(
    client: Any,
    tmp_path_factory: pytest.TempPathFactory,
    one: list[Work],
    bare: list[Work],
    missing: int,
    order: random.Random,
) -> None:
    done = _together([sent(one, "s1", missing), sent(bare, "s3", 0, hooked=False)])
    duckdb = Store(tmp_path_factory.mktemp("ledger") / "ledger.duckdb")
    put(duckdb, *done.events, *done.spans, *done.points)
    for table, rows in exporter_rows(done).items():
        client.command(f"TRUNCATE TABLE {table}")
        mixed = order.sample(rows * 2, 2 * len(rows))
        if mixed:
            client.insert(table, mixed, column_names=_COLUMNS[table].split())
    found = answers(ClickHouseStore(client))
    check(found, done)
    assert found == answers(duckdb)
    duckdb.close()
