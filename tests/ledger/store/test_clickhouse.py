"""The ClickHouse store gives the figures of the DuckDB store, from what the Collector's exporter writes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from builders.comparable import comparable
from builders.history import clickhouse_engine, fill_exporter_tables
from builders.ledger import running_ledger
from builders.telemetry import EVER
from fakes.clickhouse_http import clickhouse_over_http
from whence_ledger.demo.encode import logs_request, metrics_request, traces_request
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.case import Case, Status
from whence_ledger.model.item import Rows, Span
from whence_ledger.model.pull_request import PullRequest
from whence_ledger.model.query import Minutes, Query, Split
from whence_ledger.model.saved_view import SavedView
from whence_ledger.model.verdict import Scope, Verdict
from whence_ledger.store.address import parse_address
from whence_ledger.store.clickhouse import ClickHouseStore, connect
from whence_ledger.store.damage import StoreError
from whence_ledger.store.retrieve import retrieve
from whence_ledger.store.store import Store

pytestmark = pytest.mark.slow

QUESTIONS = sorted(file.name.removesuffix(".sql") for file in (files("whence_ledger") / "sql" / "questions").iterdir())


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """ClickHouse's own engine, in this process, with the exporter's tables."""
    with clickhouse_engine() as client:
        yield client


@pytest.fixture(scope="module")
def stores(client: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, ClickHouseStore]]:
    """The same history in both; in ClickHouse some of it twice, as an exporter that retries delivers it."""
    duckdb = Store(tmp_path_factory.mktemp("ledger") / "ledger.duckdb")
    for day in history(organization(4, seed=3), date(2026, 10, 1), 1):
        rows = day._replace(spans=day.spans + _crossing(day.spans))
        duckdb.insert(
            Rows(
                decode_metrics(metrics_request(rows.points), False, EVER).rows.points,
                decode_logs(logs_request(rows.events), False, EVER).rows.events,
                decode_traces(traces_request(rows.spans), False, EVER).rows.spans,
            )
        )
        for part in (rows, Rows(rows.points[:500], rows.events[:200], rows.spans[:40])):
            fill_exporter_tables(client, part)
    clickhouse = ClickHouseStore(client)
    names = [row["repository"] for row in duckdb.ask("observations")]
    verdicts = [
        Verdict(name, "Managed" if place % 2 else "Unmanaged", "test", "why" if place % 3 else None)
        for place, name in enumerate(names[:-1])
    ]
    for store in (duckdb, clickhouse):
        store.put_labels([Verdict(names[0], "Managed", "before")], ["acme"])
        store.put_labels(verdicts, ["acme"])
        _alternate(store, names)
        _decide(store, duckdb)
        store.put_pull_requests(_pull_requests(duckdb))
        for name in ("b", "a", "gone", "b"):
            store.put_view(SavedView(name, f"?tab=cost&user={name}", "admin"))
        assert [store.forget_view("gone") for _ in range(2)] == [True, False]
    yield duckdb, clickhouse
    duckdb.close()


def _pull_requests(store: Store) -> list[PullRequest]:
    """Two pull requests of every branch, one of them closed while it was worked on."""
    keys = {row["display"]: row["repository"] for row in store.ask("observations")}
    rows = [one for one in store.ask("branches") if one["branch"]]
    made = {(row["repository"], row["branch"]): row["commit"] for row in store.ask("commits") if row["commit"]}
    assert made
    closed = [
        PullRequest(keys[one["repository"]], place, "Fix", "merged", "jane", one["branch"], *[one["last_seen"]] * 4)
        for place, one in enumerate(rows, 1)
    ]
    # One was renamed, but has a commit that was made.
    renamed = next(place for place, one in enumerate(rows) if (one["repository"], one["branch"]) in made)
    commit = made[rows[renamed]["repository"], rows[renamed]["branch"]]
    closed[renamed] = closed[renamed]._replace(head="renamed", commits=(commit, "f" * 40))
    first = [
        each._replace(number=each.number + 1000, closed_at=one["first_seen"], merged_at=None, state="closed")
        for each, one in zip(closed, rows, strict=True)
    ]
    return closed + first


def test_pull_requests_add_up_on_both(stores: tuple[Store, ClickHouseStore]) -> None:
    for store in stores:
        rows = store.ask("pull_requests")
        assert sum(row["cost_usd"] for row in rows) == store.ask("overview")[0]["cost_usd"] > 0
        assert {row["state"] for row in rows} >= {"merged", "closed"}
        assert [row["cost_usd"] > 0 for row in rows if row["branch"] == "renamed"] == [True]


def _crossing(spans: list[Span]) -> list[Span]:
    """Spans as if the first prompt had touched every repository."""
    first = spans[0].touch
    others = {span.sighting.repository: span for span in spans if span.sighting}
    return [
        span._replace(
            touch=span.touch._replace(
                id=f"{number:048x}",
                session_id=first.session_id,
                prompt_id=first.prompt_id,
                time=first.time,
                end_time=first.end_time,
                calls=(),
            )
        )
        for number, span in enumerate(others.values(), 1)
    ]


def _alternate(store: Store | ClickHouseStore, names: list[str]) -> None:
    """Two runs, each of which labels what the other holds, and a third that was given up."""
    acme, labs = Scope("github.com/1", "github.com", "acme", 1), Scope("github.com/2", "github.com", "labs", 2)
    left = Verdict(names[1], "Managed", "deleted-from-organization", "acme", acme.scope, date(2026, 10, 2))
    store.put_labels([left, Verdict(names[2], "Unknown", "hidden-or-deleted", "acme", acme.scope)], ["acme"], [acme])
    taken = Verdict(names[2], "Managed", "in-organization", "labs", labs.scope)
    assert store.put_labels([Verdict(names[1], "Unmanaged", "outside-organization"), taken], ["labs"], [labs]) == 1
    gone = Scope("gitlab.com", "gitlab.com", "", 0)
    store.put_labels([Verdict(names[0], "Managed", "override", "x", gone.scope)], [], [gone])
    assert [store.forget_scope(gone.scope) for _ in range(2)] == [True, False]


def _decide(store: Store | ClickHouseStore, known: Store) -> None:
    """Two decisions about one user and repository, and one about others."""
    pairs = [one for one in known.ask("user_repositories") if one["user"] and one["repository"]]
    for place, status in ((0, Status.NEW), (0, Status.MOVED), (-1, Status.TALKED_TO)):
        user, repository = pairs[place]["user"], pairs[place]["repository"]
        store.put_case(Case(user, repository, status, f"{place}", date(2026, 9, 30), "admin"))


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_figure_is_the_same(stores: tuple[Store, ClickHouseStore], question: str) -> None:
    duckdb, clickhouse = stores
    assert comparable(duckdb.ask(question)) == comparable(clickhouse.ask(question))


FILTERS: list[tuple[str, Query]] = [
    ("repositories", Query(split="prompt")),
    ("repositories", Query(labels=("Unmanaged", "Unknown"))),
    ("users", Query(repositories=("Unknown",))),
    (
        "cost",
        Query(
            begin=datetime(2026, 10, 1, 12),
            end=datetime(2026, 10, 1, 18),
            previous_begin=datetime(2026, 10, 1, 6),
        ),
    ),
    ("series", Query(bucket="hour", offset=Minutes(330))),
    ("series", Query(bucket="week")),
    ("series", Query(bucket="minute")),
    ("series", Query(bucket="minute", grain=Minutes(1))),
    ("series", Query(bucket="minute", grain=Minutes(5), labels=("Managed",))),
    ("series_by", Query(by="repository", bucket="minute", grain=Minutes(1))),
    ("token_hours", Query(bucket="minute")),
    ("token_hours", Query(bucket="minute", grain=Minutes(1), labels=("Managed",))),
    ("series_by", Query(by="user", limit=2)),
    ("series_by", Query(by="label")),
    ("series_by", Query(by="label", bucket="minute", grain=Minutes(1), labels=("Unmanaged",))),
    ("series_by", Query(by="repository", limit=3)),
    ("sessions", Query(labels=("Managed",), limit=3)),
    ("coverage", Query(missing="only")),
    ("models", Query(models=("claude-opus-4-8",), teams=("platform", "core", "data", "growth"))),
]


PAGED: tuple[str, ...] = ("models", "tools", "users", "repositories", "spenders", "sessions", "series", "insights")
PAGED += ("pull_requests", "flows", "observations", "owners", "label_changes", "scopes")
FILTERS += [(question, Query(limit=2, skip=1)) for question in PAGED]
FILTERS += [("series_by", Query(by=by, limit=2, rows=3, skip=1)) for by in ("user", "model", "repository")]
EXTENSIONS = ("skill", "subagent", "plugin", "mcp-server", "slash-command")
FILTERS += [("extensions", Query(by=by)) for by in EXTENSIONS]
FILTERS += [("extensions", Query(by="skill", models=("claude-opus-4-8",), labels=("Managed",), split="session"))]
FILTERS += [("user_repositories", Query(limit=2, rows=3, skip=1)), ("user_repositories", Query(labels=("Unmanaged",)))]
FILTERS += [("sessions", Query(labels=("Managed",), limit=2, skip=1))]
FILTERS += [("series_by", Query(by=by, limit=2)) for by in ("team", "owner")]
FILTERS += [("groups", Query(by="owner", labels=("Managed",)))]


@pytest.mark.parametrize(("question", "query"), FILTERS)
def test_every_filter_chooses_the_same(stores: tuple[Store, ClickHouseStore], question: str, query: Query) -> None:
    duckdb, clickhouse = stores
    assert comparable(duckdb.ask(question, query)) == comparable(clickhouse.ask(question, query))


@pytest.mark.parametrize("by", ["user", "team", "repository", "label", "model", "owner"])
def test_groups_are_the_same_and_add_up_to_everything(stores: tuple[Store, ClickHouseStore], by: str) -> None:
    for query in (Query(by=by), Query(by=by, labels=("Unmanaged",)), Query(by=by, split="session")):
        duckdb, clickhouse = (store.ask("groups", query) for store in stores)
        assert comparable(duckdb) == comparable(clickhouse)
        (whole,) = stores[0].ask("overview", query)
        for measure in ("cost_usd", "tokens"):
            assert sum(row[measure] for row in duckdb) == whole[measure] > 0
        assert len({row["name"] for row in duckdb}) == len(duckdb)
        series = stores[0].ask("series_by", replace(query, limit=1))
        assert sum(row["cost_usd"] for row in series) == whole["cost_usd"]


def test_the_developers_time_zones_are_the_same_and_there_are_some(stores: tuple[Store, ClickHouseStore]) -> None:
    duckdb, clickhouse = stores
    found = [{row["utc_offset"] for row in store.ask("token_hours", Query(bucket="minute"))} for store in stores]
    assert found[0] == found[1]
    assert len(found[0] - {None}) > 1
    assert sum(row["tokens"] for row in duckdb.ask("token_hours", Query(bucket="minute"))) == (
        sum(row["tokens"] for row in clickhouse.ask("series"))
    )


def test_groups_by_label_are_the_labels(stores: tuple[Store, ClickHouseStore]) -> None:
    for store in stores:
        labels = {row["label"]: row["cost_usd"] for row in store.ask("labels")}
        assert labels["Unknown"] > 0
        assert {row["name"]: row["cost_usd"] for row in store.ask("groups", Query(by="label"))} == labels
        series = store.ask("series_by", Query(by="label", bucket="month"))
        assert {row["name"]: row["cost_usd"] for row in series} == labels


@pytest.mark.parametrize("by", EXTENSIONS)
def test_extensions_add_up_and_there_are_some(stores: tuple[Store, ClickHouseStore], by: str) -> None:
    for store in stores:
        rows = store.ask("extensions", Query(by=by))
        assert sum(row["cost_usd"] for row in rows) == store.ask("overview")[0]["cost_usd"] > 0
        assert {row["status"] for row in rows} >= {"named", "none"}


def test_flows_are_the_same_and_there_are_some(stores: tuple[Store, ClickHouseStore]) -> None:
    duckdb, clickhouse = stores
    rows = duckdb.ask("flows")
    assert len(rows) > 1
    one = Query(repositories=(rows[0]["to"],), users=(rows[0]["user"],))
    for query in (Query(), one, Query(users=("nobody",))):
        assert comparable(duckdb.ask("flows", query)) == comparable(clickhouse.ask("flows", query))
    assert 0 < len(duckdb.ask("flows", one)) < len(rows)


@pytest.mark.parametrize("split", ["request", "session"])
def test_a_session_is_the_same_and_its_prompts_and_parts_add_up_to_it(
    stores: tuple[Store, ClickHouseStore], split: Split
) -> None:
    duckdb, clickhouse = stores
    for row in duckdb.ask("sessions", Query(limit=12, split=split)):
        asked = Query(session=row["session"], split=split)
        for question in ("session", "session_repositories", "session_tools", "session_prompts"):
            assert comparable(duckdb.ask(question, asked)) == comparable(clickhouse.ask(question, asked)), question
        parts, prompts = (duckdb.ask(f"session_{name}", asked) for name in ("repositories", "prompts"))
        assert sum(one["cost_usd"] for one in parts) == sum(one["cost_usd"] for one in prompts) == row["cost_usd"]
        assert sum(one["tokens"] for one in parts) == row["tokens"]
        assert len(prompts) > 0


def test_insights_need_no_right_to_create_tables(
    stores: tuple[Store, ClickHouseStore], client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb, clickhouse = stores
    monkeypatch.setattr(clickhouse, "_client", _ReadOnly(client))
    assert comparable(clickhouse.ask("insights")) == comparable(duckdb.ask("insights"))


class _ReadOnly:
    """A client that may only read."""

    def __init__(self, client: Any) -> None:
        self.query = client.query

    def command(self, statement: str, **_: Any) -> None:
        raise DatabaseError(f"Not enough privileges: {statement[:20]}")


def test_a_version_that_computes_no_cte_once_answers_the_same(
    stores: tuple[Store, ClickHouseStore], client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb, clickhouse = stores
    told = "Code: 49. DB::Exception: Reading from materialized CTE before it has been materialized"
    refusing = _WithoutMaterializedCtes(client, DatabaseError(told))
    monkeypatch.setattr(clickhouse, "_client", refusing)
    monkeypatch.setattr(clickhouse, "_once", True)
    for _ in range(2):
        assert comparable(clickhouse.ask("coverage")) == comparable(duckdb.ask("coverage"))
    assert refusing.count == 1


def test_a_connection_that_fails_says_nothing_of_the_version_and_is_not_tried_again(
    stores: tuple[Store, ClickHouseStore], client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, clickhouse = stores
    refusing = _WithoutMaterializedCtes(client, OperationalError("Connection refused"))
    monkeypatch.setattr(clickhouse, "_client", refusing)
    monkeypatch.setattr(clickhouse, "_once", True)
    for count in (1, 2):
        with pytest.raises(StoreError, match="Connection refused"):
            clickhouse.ask("coverage")
        assert refusing.count == count


class _WithoutMaterializedCtes:
    """A client that fails on them, as that of 26.3 does on some."""

    def __init__(self, client: Any, error: DatabaseError) -> None:
        self._client, self._error, self.count = client, error, 0

    def query(self, statement: str, **more: Any) -> Any:
        if " AS MATERIALIZED (" in statement:
            self.count += 1
            raise self._error
        return self._client.query(statement, **more)


def test_a_file_made_of_clickhouse_answers_the_same(stores: tuple[Store, ClickHouseStore], tmp_path: Path) -> None:
    duckdb, clickhouse = stores
    assert all(total.same for total in retrieve(clickhouse, tmp_path / "ledger.duckdb", lambda *_: None))
    back = Store(tmp_path / "ledger.duckdb")
    for question in QUESTIONS:
        assert comparable(back.ask(question)) == comparable(duckdb.ask(question)), question
    back.close()


def test_the_server_answers_from_clickhouse_over_the_network(
    stores: tuple[Store, ClickHouseStore], client: Any, tmp_path: Path
) -> None:
    with (
        clickhouse_over_http() as url,
        running_ledger(tmp_path / "data", "--store", url) as ledger,
    ):
        dollars = float(stores[0].ask("overview")[0]["cost_usd"])
        assert ledger.get("overview")["cost_usd"] == pytest.approx(dollars)
        user = stores[0].ask("users")[0]["user"]
        assert len(ledger.get("users", user=user)) == 1
        # Too many for an address: the client sends a form.
        assert len(ledger.get("users", user=[user, *(f"nobody-{number}@acme.example" for number in range(200))])) == 1
        ledger.label(**{"github.com/x/y": "Managed"})
        backup = httpx.get(f"{ledger.url}/api/v1/backup")
        assert (backup.status_code, "BACKUP DATABASE" in backup.json()["error"]) == (404, True)
    # Others compare the history of the labels, before or after this.
    client.command("DELETE FROM whence_label_changes WHERE repository = 'github.com/x/y'")
    client.command("DELETE FROM whence_labels WHERE repository = 'github.com/x/y'")


def test_a_clickhouse_that_is_not_there_or_does_not_speak_tls_is_explained_without_the_password() -> None:
    with clickhouse_over_http() as url:
        for address, told in (
            ("clickhouse://u:s3cret@127.0.0.1:9/otel", r"Check that it runs .*Connection refused\)$"),
            (
                url.replace("clickhouse://", "clickhouses://u:s3cret@"),
                r"Write clickhouse:// instead .*WRONG_VERSION_NUMBER",
            ),
        ):
            with pytest.raises(StoreError, match=told) as refused:
                connect(parse_address(address))
            assert "s3cret" not in str(refused.value)
