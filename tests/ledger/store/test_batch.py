"""Sessions are divided in ClickHouse bit by bit, by any number of servers, and give DuckDB's figures."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest

from builders.comparable import comparable
from builders.history import create_exporter_tables, drop_all, fill_exporter_tables
from builders.rounds import rounds
from builders.telemetry import EVER
from whence_contract.units import Microseconds
from whence_ledger.demo.encode import logs_request, metrics_request, traces_request
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.exported import Exported
from whence_ledger.model.item import Rows, Span
from whence_ledger.model.query import Query
from whence_ledger.store import arrivals
from whence_ledger.store.batch import kept_query
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.damage import StoreError
from whence_ledger.store.division import QUIET
from whence_ledger.store.sources import SOURCES
from whence_ledger.store.store import Store
from whence_ledger.store.upkeep import Upkeep

pytestmark = pytest.mark.slow

AT_ONCE = timedelta(0)
QUESTIONS = sorted(file.name.removesuffix(".sql") for file in (files("whence_ledger") / "sql" / "questions").iterdir())
OF_SESSION = ("session", "session_prompts", "session_repositories", "session_tools")
SESSIONS = 30_000
_MANY = f"FROM numbers({SESSIONS})"
DAY = list(history(organization(3, seed=5), date(2026, 10, 1), 1, every=600))


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    client = clickhouse_connect.get_client(interface="chdb")
    yield client
    client.close()


@pytest.fixture
def client(engine: Any) -> Any:
    """ClickHouse's own engine with nothing but the exporter's empty tables."""
    drop_all(engine)
    create_exporter_tables(engine)
    return engine


@pytest.mark.parametrize("seed", range(rounds(1, 30)))
def test_any_order_repetition_and_closing_gives_the_same_figures(client: Any, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 no secret
    duckdb = Store(tmp_path / "ledger.duckdb")
    servers = [ClickHouseStore(client), ClickHouseStore(client)]
    parts = _parts(chance)
    for part in parts:
        _put(duckdb, part)
        # The Collector, a server, or both, in any order and more than once.
        for way in chance.choices(("collector", "server"), k=chance.choice((1, 1, 2))):
            if way == "collector":
                fill_exporter_tables(client, part)
            else:
                chance.choice(servers).insert(_exported(part))
        if chance.random() < 0.4:
            _drop_raw(client)
        if chance.random() < 0.4:
            duckdb.tidy(AT_ONCE)
        if chance.random() < 0.6:
            chance.choice(servers).tidy(chance.choice((AT_ONCE, QUIET)))
        if chance.random() < 0.6:
            chance.choice(servers).roll(AT_ONCE)
    servers[0].tidy(AT_ONCE)
    servers[1].tidy(AT_ONCE)
    servers[0].roll(AT_ONCE)
    assert servers[0].days
    assert all(day.roll for day in servers[0].days)
    for question in QUESTIONS:
        expected = comparable(duckdb.ask(question))
        assert [comparable(server.ask(question)) for server in servers] == [expected] * 2, question
    for session in duckdb.ask("sessions", Query(limit=3)):
        for question in OF_SESSION:
            asked = Query(session=session["session"])
            assert comparable(servers[0].ask(question, asked)) == comparable(duckdb.ask(question, asked)), question
    duckdb.close()


def test_no_figure_changes_when_the_exporters_rows_are_dropped(client: Any) -> None:
    fill_exporter_tables(client, _halves()[0])
    server = ClickHouseStore(client)
    server.tidy()
    sessions = [row["session"] for row in server.ask("sessions", Query(limit=2))]
    asked = [(question, Query()) for question in QUESTIONS]
    asked += [(question, Query(session=session)) for question in OF_SESSION for session in sessions]
    before = [comparable(server.ask(question, filters)) for question, filters in asked]
    assert all(before[len(QUESTIONS) :])
    _drop_raw(client)
    ClickHouseStore(client).tidy(AT_ONCE)
    server.tidy()
    assert [comparable(server.ask(question, filters)) for question, filters in asked] == before


def test_a_collector_that_starts_later_is_read_from_its_first_row(engine: Any) -> None:
    drop_all(engine)
    server = ClickHouseStore(engine)
    first, late = _halves()
    server.insert(_exported(first))
    create_exporter_tables(engine)
    fill_exporter_tables(engine, late)
    server.tidy(AT_ONCE)
    apart = comparable(server.ask("repositories"))
    server.insert(_exported(_whole()))
    server.tidy(AT_ONCE)
    assert comparable(server.ask("repositories")) == apart
    assert engine.query("SELECT count(), uniqExact(id) FROM whence_points FINAL").result_rows == [
        (len(_whole().points), len(_whole().points))
    ]


def test_nothing_gives_the_figures_of_nothing(client: Any, tmp_path: Path) -> None:
    duckdb, server = Store(tmp_path / "ledger.duckdb"), ClickHouseStore(client)
    for question in QUESTIONS:
        assert comparable(server.ask(question)) == comparable(duckdb.ask(question)), question
    duckdb.close()


def test_what_arrives_late_opens_its_session_again(client: Any) -> None:
    first, late = _halves()
    fill_exporter_tables(client, first)
    server = ClickHouseStore(client)
    server.tidy(AT_ONCE)
    before = server.ask("overview")[0]
    fill_exporter_tables(client, late)
    server.tidy()
    after = server.ask("overview")[0]
    assert after["cost_usd"] > before["cost_usd"]
    assert after["sessions"] == before["sessions"]
    closed = "SELECT sum(is_closed), count() FROM whence_current"
    assert client.query(closed).result_rows[0][0] < client.query(closed).result_rows[0][1]


def test_what_was_on_its_way_for_minutes_is_found(client: Any) -> None:
    server, before = _all_but_late(client)
    # Its insert began four minutes before it ended.
    client.command(
        "INSERT INTO whence_recent_arrivals SELECT session_id, now64(6) - INTERVAL 4 MINUTE FROM whence_arrivals"
    )
    server.tidy(AT_ONCE)
    assert server.ask("overview")[0]["cost_usd"] > before


def test_what_was_on_its_way_for_longer_is_found_by_the_look_in_all_sessions(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, before = _all_but_late(client)
    monkeypatch.setattr(arrivals, "EVERYWHERE", AT_ONCE)
    server.tidy(AT_ONCE)
    assert server.ask("overview")[0]["cost_usd"] > before


def test_a_look_reads_the_sessions_that_have_new_data_not_all(client: Any) -> None:
    fill_exporter_tables(client, _whole())
    server = ClickHouseStore(client)
    server.tidy(AT_ONCE)
    client.command(f"INSERT INTO whence_arrivals SELECT toString(number), 1, toDateTime64(0, 6), now(), now() {_MANY}")
    client.command(f"INSERT INTO whence_divisions (session_id, seen, is_closed) SELECT toString(number), 1, 1 {_MANY}")
    client.command("TRUNCATE TABLE whence_recent_arrivals")
    everywhere = _rows_read(client, lambda: ClickHouseStore(client))
    lately = _rows_read(client, lambda: server.tidy(AT_ONCE))
    assert everywhere > 2 * SESSIONS > 5 * lately, (everywhere, lately)


def test_no_question_hides_sessions_from_the_next(client: Any) -> None:
    server = ClickHouseStore(client)
    for columns, values in (
        ("whence_usage (time, split, cost_usd", "now(), 'request', 1"),
        ("whence_shares (split, share", "'request', 1"),
        ("whence_divisions (seen, is_whole, started, ended", "1, 1, now(), now()"),
    ):
        common = "division, is_closed, session_id) SELECT"
        client.command(f"INSERT INTO {columns}, {common} {values}, number, 1, toString(number) {_MANY}")
    client.command("INSERT INTO whence_touched SELECT DISTINCT toDate(time), 1 FROM whence_usage")
    server.look()
    # ClickHouse plans the second one by what it has learnt from the first.
    for _ in range(2):
        assert server.ask("coverage")[0]["sessions"] == SESSIONS
    assert len(server.ask("sessions", Query(limit=2 * SESSIONS))) == SESSIONS


def test_a_session_is_divided_again_only_when_more_arrives(client: Any) -> None:
    fill_exporter_tables(client, _whole())
    server = ClickHouseStore(client)
    server.tidy(AT_ONCE)
    divisions = "SELECT count() FROM whence_divisions"
    count = client.query(divisions).result_rows
    server.tidy(AT_ONCE)
    ClickHouseStore(client).tidy(AT_ONCE)
    assert client.query(divisions).result_rows == count


def test_a_session_is_left_alone_for_a_while_after_any_server_has_divided_it(client: Any) -> None:
    first, late = _halves()
    one, other = ClickHouseStore(client), ClickHouseStore(client)
    divisions = "SELECT count() FROM whence_divisions"
    one.insert(_exported(first))
    one.tidy(rest=timedelta(hours=1))
    count, before = client.query(divisions).result_rows, one.ask("overview")[0]["cost_usd"]
    one.insert(_exported(late))
    for server in (one, other):
        server.tidy(rest=timedelta(hours=1))
    assert client.query(divisions).result_rows == count
    other.tidy()
    assert client.query(divisions).result_rows > count
    assert other.ask("overview")[0]["cost_usd"] > before


def test_a_look_in_vain_costs_three_short_queries_and_creates_nothing(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_exporter_tables(client, _whole())
    server = ClickHouseStore(client)
    server.tidy(AT_ONCE)
    server.roll(AT_ONCE)
    before = comparable(server.ask("overview"))
    client.command("TRUNCATE TABLE whence_recent_arrivals")
    query, asked = client.query, []

    def told(statement: str, **more: Any) -> Any:
        asked.append(statement)
        return query(statement, **more)

    monkeypatch.setattr(client, "query", told)
    monkeypatch.setattr(client, "command", None)
    monkeypatch.setattr(client, "insert", None)
    server.tidy(AT_ONCE)
    assert len(asked) == 3, asked
    assert comparable(server.ask("overview")) == before


@pytest.mark.parametrize("stopped_at", ["whence_tool_uses", "whence_divisions"])
def test_a_server_that_stops_while_it_divides_changes_nothing(client: Any, stopped_at: str) -> None:
    first, late = _halves()
    fill_exporter_tables(client, first)
    server = ClickHouseStore(client)
    server.tidy(AT_ONCE)
    before = comparable(server.ask("repositories"))
    fill_exporter_tables(client, late)
    stopping = ClickHouseStore.__new__(ClickHouseStore)
    stopping.__dict__ |= server.__dict__ | {"_client": _Stopping(client, stopped_at)}
    with suppress(_StoppedError):
        stopping.tidy(AT_ONCE)
        pytest.fail("it did not stop")
    server.look()
    assert comparable(server.ask("repositories")) == before
    server.tidy(AT_ONCE)
    once = comparable(server.ask("repositories"))
    server.tidy(AT_ONCE)
    assert once == comparable(server.ask("repositories")) != before


def test_whole_sessions_that_ended_before_a_day_are_forgotten(client: Any) -> None:
    later = history(organization(3, seed=5), date(2026, 10, 3), 1, every=600)
    for rows in (_whole(), *later):
        fill_exporter_tables(client, rows)
    server = ClickHouseStore(client)
    server.tidy(AT_ONCE)
    kept = Query(begin=datetime(2026, 10, 3), end=datetime(2026, 10, 9))
    before = comparable(server.ask("repositories", kept))
    server.forget(datetime(2026, 10, 3, 12, tzinfo=UTC))
    assert comparable(server.ask("repositories")) == before == comparable(server.ask("repositories", kept))
    server.tidy(AT_ONCE)
    assert comparable(server.ask("repositories")) == before


def test_a_server_divides_what_arrives_without_being_asked(client: Any) -> None:
    server = ClickHouseStore(client)
    with closing(Upkeep(server, None, every=0.01)):
        fill_exporter_tables(client, _whole())
        while not server.ask("overview")[0]["sessions"]:
            time.sleep(0.05)


def test_a_server_that_starts_drops_no_tables_that_another_works_with(client: Any) -> None:
    client.command("CREATE TABLE whence_work_0123_batch (session_id String) ENGINE = Memory")
    ClickHouseStore(client)
    assert client.query("EXISTS TABLE whence_work_0123_batch").result_rows == [(1,)]


def test_tables_of_a_newer_whence_are_left_alone(client: Any) -> None:
    ClickHouseStore(client)
    client.insert("whence_schema", [(99,)], column_names=("version",))
    with pytest.raises(StoreError, match="Upgrade whence"):
        ClickHouseStore(client)


def test_tables_of_an_older_whence_are_replaced(client: Any) -> None:
    fill_exporter_tables(client, _whole())
    client.command("CREATE TABLE measured ENGINE = MergeTree ORDER BY tuple() AS SELECT 1 AS x")
    client.command("CREATE VIEW whole_sessions AS SELECT 1 AS x")
    assert ClickHouseStore(client).ask("overview")[0]["sessions"] > 0
    names = "name IN ('measured', 'whole_sessions') OR name LIKE 'whence_work_%'"
    left = f"SELECT name, engine FROM system.tables WHERE {names}"  # noqa: S608 our own names
    # A view of this version has the name of a former table.
    assert client.query(left).result_rows == [("measured", "View")]


def test_the_words_of_schema_2_become_columns_with_the_same_insights(client: Any) -> None:
    fill_exporter_tables(client, _whole())
    before = comparable(ClickHouseStore(client).ask("insights"))
    words = "concat(if(is_small, 'small ', ''), if(is_unchanged, 'unchanged ', ''), if(is_unread, 'unread ', ''))"
    columns = ("is_small", "is_unchanged", "is_unread")
    client.command("CREATE TABLE former AS whence_usage")
    client.command("ALTER TABLE former ADD COLUMN traits LowCardinality(String) AFTER speed")
    client.command(f"ALTER TABLE former {', '.join(f'DROP COLUMN {name}' for name in columns)}")
    names = client.query("SELECT * FROM former LIMIT 0").column_names
    values = ", ".join(words if name == "traits" else name for name in names)
    client.command(f"INSERT INTO former ({', '.join(names)}) SELECT {values} FROM whence_usage")  # noqa: S608
    client.command("EXCHANGE TABLES former AND whence_usage")
    client.command("DROP TABLE former")
    client.command("TRUNCATE TABLE whence_schema")
    client.insert("whence_schema", [(2,)], column_names=("version",))
    for _ in range(2):
        assert comparable(ClickHouseStore(client).ask("insights")) == before != []
    known = client.query("DESCRIBE TABLE whence_usage").result_rows
    assert "traits" not in {name for name, *_ in known}
    assert {name for name, *_ in known} >= set(columns)


def test_spans_tell_the_time_zone_also_after_an_upgrade_from_schema_4(client: Any) -> None:
    ClickHouseStore(client)
    former = kept_query("whence_keeping_traces").replace(", 'whence.utc_offset'", "")
    client.command(f"ALTER TABLE whence_keeping_traces MODIFY QUERY {former}")
    client.command("TRUNCATE TABLE whence_schema")
    client.insert("whence_schema", [(4,)], column_names=("version",))

    def told() -> set[int | None]:
        return {row["utc_offset"] for row in ClickHouseStore(client).ask("token_hours", Query(bucket="minute"))}

    fill_exporter_tables(client, DAY[0])
    # Drawn in by the view of the earlier version.
    rows = client.query("SELECT mapContains(SpanAttributes, 'whence.utc_offset') AS told FROM whence_spans").result_rows
    assert set(rows) == {(0,)} or set(rows) == {(False,)}
    assert told() == {None}
    fill_exporter_tables(client, DAY[0]._replace(spans=[_later(span) for span in DAY[0].spans]))
    assert told() - {None} == {span.touch.utc_offset for span in DAY[0].spans}


def test_equal_data_points_of_one_second_count_each_also_after_an_upgrade(client: Any) -> None:
    ClickHouseStore(client)
    columns = SOURCES["otel_metrics_sum"].columns
    former = f"SELECT {columns} FROM otel_metrics_sum"  # noqa: S608 our own names
    client.command(f"ALTER TABLE whence_from_otel_metrics_sum MODIFY QUERY {former}")
    server = ClickHouseStore(client)
    point = next(one for one in _whole().points if one.measure is not None)
    # The exporter's table has whole seconds.
    equal = Rows([point, point._replace(time=Microseconds(point.time + 1))], [], [])
    fill_exporter_tables(client, equal)
    server.insert(_exported(equal))
    assert client.query("SELECT count() FROM whence_points FINAL").result_rows == [(2,)]
    assert client.query("SELECT uniqExact(TimeUnix) FROM otel_metrics_sum").result_rows == [(1,)]


def _later(span: Span) -> Span:
    ident = f"{int(span.touch.id, 16) + 1:048x}"
    return span._replace(touch=span.touch._replace(id=ident))


class _StoppedError(Exception):
    pass


class _Stopping:
    """A client whose process ends before it inserts into one table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._start = client, f"INSERT INTO {table} "

    def command(self, statement: str, **more: Any) -> Any:
        if statement.lstrip().startswith(self._start):
            raise _StoppedError
        return self._client.command(statement, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def _all_but_late(client: Any) -> tuple[ClickHouseStore, Decimal]:
    """A server that has divided one half of the data and not seen that the other half has arrived, and the cost."""
    first, late = _halves()
    server = ClickHouseStore(client)
    server.insert(_exported(first))
    server.tidy(AT_ONCE)
    client.command("DROP VIEW whence_arriving_lately")
    server.insert(_exported(late))
    client.command("TRUNCATE TABLE whence_recent_arrivals")
    server.tidy(AT_ONCE)
    return server, server.ask("overview")[0]["cost_usd"]


def _rows_read(client: Any, action: Callable[[], object]) -> int:
    asked = "SELECT value FROM system.events WHERE event = 'SelectedRows'"
    before = client.query(asked).result_rows[0][0]
    action()
    return int(client.query(asked).result_rows[0][0] - before)


def _whole() -> Rows:
    return Rows(
        [point for rows in DAY for point in rows.points],
        [event for rows in DAY for event in rows.events],
        [span for rows in DAY for span in rows.spans],
    )


def _halves() -> tuple[Rows, Rows]:
    """Every second item of each kind, and the others."""
    whole = _whole()
    even, odd = (Rows(whole.points[at::2], whole.events[at::2], whole.spans[at::2]) for at in (0, 1))
    return even, odd


def _parts(chance: random.Random) -> list[Rows]:
    """The day in any order, in a few parts of any size."""
    parts = [Rows([], [], []) for _ in range(4)]
    kinds: tuple[list[Any], ...] = _whole()
    for kind, items in enumerate(kinds):
        for item in chance.sample(items, len(items)):
            part: tuple[list[Any], ...] = chance.choice(parts)
            part[kind].append(item)
    return parts


def _exported(rows: Rows) -> Exported:
    """What a server receives."""
    return Exported(
        decode_metrics(metrics_request(rows.points), False, EVER, True).exported.metrics,
        decode_logs(logs_request(rows.events), False, EVER, True).exported.logs,
        decode_traces(traces_request(rows.spans), False, EVER, True).exported.traces,
    )


def _drop_raw(client: Any) -> None:
    """What the ttl of the exporter's tables does, sooner or later."""
    for table in ("otel_metrics_sum", "otel_logs", "otel_traces"):
        client.command(f"TRUNCATE TABLE {table}")


def _put(duckdb: Store, rows: Rows) -> None:
    duckdb.insert(
        Rows(
            decode_metrics(metrics_request(rows.points), False, EVER).rows.points,
            decode_logs(logs_request(rows.events), False, EVER).rows.events,
            decode_traces(traces_request(rows.spans), False, EVER).rows.spans,
        )
    )
