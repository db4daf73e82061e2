"""The store: sessions that close and open again, days that are rolled up, earlier schemas, retention, backup."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from builders.telemetry import EVER, NOON, SECOND, cost, metrics, point, span, traces
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_metrics, decode_traces
from whence_ledger.model.item import Rows
from whence_ledger.model.query import Query
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.damage import StoreError
from whence_ledger.store.store import Store

AT_ONCE = timedelta(0)
SCHEMAS = Path(__file__).parents[2] / "data" / "ledger"
QUESTIONS: tuple[str, ...] = (
    "overview",
    "cost",
    "models",
    "usage",
    "tools",
    "users",
    "repositories",
    "labels",
    "sessions",
    "series",
)
QUESTIONS += ("insights", "spenders")
EXTENSIONS = ("skill", "subagent", "plugin", "mcp-server", "slash-command")
GROUPS = ("user", "team", "repository", "label", "model", "owner")
TODAY = datetime.now(UTC).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def nanoseconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp()) * SECOND


def put(store: Store, *items: dict[str, Any]) -> None:
    spans = decode_traces(traces(*(item for item in items if "spanId" in item)), True, EVER)
    points = decode_metrics(metrics(*(item for item in items if "spanId" not in item)), True, EVER)
    store.insert(Rows(points=points.rows.points, spans=spans.rows.spans))


def integer(item: dict[str, Any]) -> dict[str, Any]:
    """The same point with its value as an OTLP integer."""
    (data,) = item["sum"]["dataPoints"]
    whole = {name: value for name, value in data.items() if name != "asDouble"} | {"asInt": str(int(data["asDouble"]))}
    return item | {"sum": item["sum"] | {"dataPoints": [whole]}}


def everything(store: Store, **filters: Any) -> dict[str, Any]:
    grouped = {
        f"{question} {by}": store.ask(question, Query(**filters, by=by))
        for question in ("series_by", "groups")
        for by in GROUPS
    }
    grouped |= {f"extensions {by}": store.ask("extensions", Query(**filters, by=by)) for by in EXTENSIONS}
    return {question: store.ask(question, Query(**filters)) for question in QUESTIONS} | grouped


def exactly(answers: dict[str, Any]) -> dict[str, Any]:
    """Answers, with quotients as the last bit of their sums leaves them."""
    return {
        question: [
            {name: pytest.approx(value) if isinstance(value, float) else value for name, value in row.items()}
            for row in rows
        ]
        for question, rows in answers.items()
    }


@pytest.mark.slow
def test_closing_opening_and_rolling_up_change_no_figure(tmp_path: Path) -> None:
    first = date.today() - timedelta(days=4)
    days = list(history(organization(5), first, 4))
    live, closed = Store(tmp_path / "live.duckdb"), Store(tmp_path / "closed.duckdb")
    for rows in days:
        live.insert(rows)
        half = len(rows.points) // 2
        # Half of everything, closed and rolled up before the other half opens it again.
        closed.insert(Rows(rows.points[half:], rows.events[::2], rows.spans[1::2]))
        closed.tidy(AT_ONCE)
        closed.insert(rows)
        closed.insert(rows)
    closed.tidy(AT_ONCE)
    for store in (live, closed):
        store.put_labels([Verdict("github.com/acme/api", "Managed", "test")], ["acme"])
    middle = datetime(first.year, first.month, first.day, 15) + timedelta(days=1)
    for filters in (
        {},
        {"split": "prompt"},
        {"begin": middle, "end": middle + timedelta(days=2)},
        {"begin": middle, "end": middle + timedelta(hours=2)},
        {"end": middle, "bucket": "hour"},
        {"labels": ["Unknown"]},
    ):
        assert everything(closed, **filters) == exactly(everything(live, **filters)), filters
    live.close()
    closed.close()


def test_parts_of_a_range_add_up_to_the_whole_wherever_it_is_cut(tmp_path: Path) -> None:
    first = date.today() - timedelta(days=3)
    store = Store(tmp_path / "ledger.duckdb")
    for rows in history(organization(4), first, 3):
        store.insert(rows)
    store.tidy(AT_ONCE)

    def costs(**filters: Any) -> dict[str | None, Decimal]:
        return {row["repository"]: row["cost_usd"] for row in store.ask("repositories", Query(**filters))}

    whole = costs()
    for hours in (1, 13, 24, 37, 48, 61):
        cut = datetime(first.year, first.month, first.day) + timedelta(hours=hours)
        before, after = costs(end=cut), costs(begin=cut)
        parts = {name: before.get(name, Decimal(0)) + after.get(name, Decimal(0)) for name in before | after}
        assert parts == whole
    store.close()


def test_a_session_that_goes_on_after_it_was_closed_is_whole_again(store: Store) -> None:
    day = TODAY - timedelta(days=3)
    put(store, span("https://github.com/acme/api", at=nanoseconds(day)), cost(1.0, at=nanoseconds(day)))
    store.tidy(AT_ONCE)
    later = nanoseconds(day + timedelta(days=1))
    put(store, span("https://github.com/jane/game", at=later), cost(1.0, at=later))
    for _ in range(2):
        shares = {row["repository"]: row["cost_usd"] for row in store.ask("repositories")}
        assert shares == {"acme/api": 1, "jane/game": 1}
        assert store.ask("overview")[0]["sessions"] == 1
        store.tidy(AT_ONCE)


def test_what_is_older_than_is_kept_goes_and_the_figures_of_the_rest_stay(store: Store) -> None:
    old, new = TODAY - timedelta(days=20), TODAY - timedelta(days=2)
    api = "https://github.com/acme/api"
    put(store, span(api, "old", at=nanoseconds(old)), cost(1.0, "old", at=nanoseconds(old)))
    for session in ("long", "new"):
        put(store, span(api, session, at=nanoseconds(new)), cost(2.0, session, at=nanoseconds(new)))
    put(
        store, span("https://github.com/jane/game", "long", at=nanoseconds(old)), cost(4.0, "long", at=nanoseconds(old))
    )
    store.tidy(AT_ONCE)
    recent = {"begin": new, "previous_begin": new}
    before = exactly(everything(store, **recent))
    store.forget(TODAY - timedelta(days=10, hours=3))
    assert everything(store, **recent) == before
    assert {row["session"] for row in store.ask("sessions")} == {"long", "new"}
    assert store.ask("overview")[0]["cost_usd"] == 8
    store.tidy(AT_ONCE)
    assert store.ask("overview")[0]["cost_usd"] == 8


def test_usage_without_a_repository_is_unknown_in_every_report_by_label(store: Store) -> None:
    put(store, cost(3.0), cost(5.0, "s2"), span("https://github.com/acme/api", "s2"))
    store.put_labels([Verdict("github.com/acme/api", "Managed", "in-organization")], ["acme"])
    expected = {"Managed": 5, "Unknown": 3}
    assert {row["label"]: row["cost_usd"] for row in store.ask("labels")} == expected
    for question in ("groups", "series_by"):
        assert {row["name"]: row["cost_usd"] for row in store.ask(question, Query(by="label"))} == expected


def test_a_change_of_label_or_reason_is_kept_and_what_stays_is_not(tmp_path: Path) -> None:
    store = Store(tmp_path / "ledger.duckdb")
    for verdict in (
        Verdict("github.com/acme/api", "Unmanaged", "outside-organization"),
        Verdict("github.com/acme/api", "Unmanaged", "outside-organization", "other evidence"),
        Verdict("github.com/acme/api", "Managed", "in-organization", "acme"),
        Verdict("github.com/acme/api", "Managed", "renamed-in-organization", "acme/core"),
    ):
        store.put_labels([verdict], ["acme"])
    changes = [(row["from"], row["to"], row["reason"]) for row in store.ask("label_changes")]
    store.close()
    assert changes == [
        ("Managed", "Managed", "renamed-in-organization"),
        ("Unmanaged", "Managed", "in-organization"),
        (None, "Unmanaged", "outside-organization"),
    ]


def test_a_ledger_of_schema_1_is_brought_up_to_date_with_every_figure(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    with duckdb.connect(path) as database:
        database.execute((SCHEMAS / "schema-1.sql").read_text())
    for _ in range(2):
        store = Store(path)
        rows = {row["repository"]: row for row in store.ask("repositories")}
        assert rows["acme/api"]["cost_usd"] == Decimal("0.75")
        assert rows["jane/game"]["cost_usd"] == Decimal("0.25")
        assert rows["acme/api"]["label"] == "Managed"
        assert rows[None]["lines_added"] == 7
        assert store.ask("overview")[0]["tokens"] == 100
        assert store.ask("tools")[0]["tool"] == "Bash"
        assert store.ask("observations")[0]["root_commits"] == ["abc"]
        store.close()


@pytest.fixture
def schema_3(tmp_path: Path) -> Iterator[Store]:
    """A ledger that the version with schema 3 wrote, opened by this one."""
    path = tmp_path / "three" / "ledger.duckdb"
    path.parent.mkdir()
    with duckdb.connect(path) as database:
        database.execute((SCHEMAS / "schema-3.sql").read_text())
    opened = Store(path)
    yield opened
    opened.close()


def test_a_closed_session_of_an_older_ledger_stays_as_it_was_and_is_divided_by_request_as_by_prompt(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.duckdb"
    with duckdb.connect(path) as database:
        database.execute((SCHEMAS / "schema-3.sql").read_text())
        database.execute("UPDATE closed_usage SET split = 'session' WHERE session_id = 'upper'")
        halves = "SELECT * REPLACE ('prompt' AS split, 0.5 AS cost_usd) FROM closed_usage WHERE session_id = 'upper'"
        database.execute(f"INSERT INTO closed_usage {halves}")
    store = Store(path)
    found = {}
    for rule in ("session", "prompt", "request"):
        rows = store.ask("repositories", Query(split=rule, bucket="hour"))
        found[rule] = {row["repository"]: float(row["cost_usd"]) for row in rows}
    assert found["session"] == {"acme/api": 30.25, "jane/game": 0.75, None: 224}
    assert found["prompt"] == found["request"] == {"acme/api": 30.5, "jane/game": 0.5, None: 224}
    bases = {row["basis"]: row["cost_usd"] for row in store.ask("bases", Query(bucket="hour")) if row["cost_usd"]}
    assert bases == {"prompt": 1, "session": 30, "none": 224}
    store.close()


def test_the_words_of_an_older_ledger_become_columns_of_its_sessions_and_days(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    with duckdb.connect(path) as database:
        database.execute((SCHEMAS / "schema-5.sql").read_text())
        for table in ("closed_usage", "daily_sessions"):
            database.execute(f"UPDATE {table} SET traits = 'unread ' WHERE session_id = 's2'")  # noqa: S608
    Store(path).close()
    with duckdb.connect(path) as database:
        for table in ("closed_usage", "daily_sessions"):
            asked = f"SELECT DISTINCT session_id, is_small, is_unchanged, is_unread FROM {table} ORDER BY 1"  # noqa: S608
            assert database.execute(asked).fetchall() == [("s1", True, True, False), ("s2", False, False, True)]
        rows = database.execute("SELECT DISTINCT is_small, is_unchanged, is_unread FROM daily_costs")
        assert rows.fetchall() == [(True, True, False)]


def test_the_sessions_of_an_older_ledger_have_no_time_zone_until_a_span_tells_one(schema_3: Store) -> None:
    begin = NOON - 4 * 86_400 * SECOND

    def told() -> dict[str, set[int | None]]:
        asked = Query(bucket="minute")
        users = {row["user"] for row in schema_3.ask("users")}
        return {
            user: {row["utc_offset"] for row in schema_3.ask("token_hours", replace(asked, users=(user,)))}
            for user in users
        }

    before = told()
    assert before["ada@acme.example"] == {None}
    put(schema_3, span("https://github.com/acme/api", "hook", at=begin, whence_utc__offset=540))
    owner = next(row["user"] for row in schema_3.ask("sessions") if row["session"] == "hook")
    assert told() == before | {owner: before[owner] | {540}}


def test_the_last_offset_that_a_session_tells_counts_and_an_impossible_one_does_not(store: Store) -> None:
    api = "https://github.com/acme/api"
    put(store, point("token.usage", 10, type="input", model="m"))
    for minute, offset in enumerate((60, 120, None, "x", 900, -721, 1e300, True)):
        put(store, span(api, at=NOON + minute * 60 * SECOND, whence_utc__offset=offset))
    assert [(row["utc_offset"], row["tokens"]) for row in store.ask("token_hours", Query(bucket="minute"))] == [
        (120, 10)
    ]
    put(store, span(api, at=NOON + 3600 * SECOND, whence_utc__offset=-210))
    assert [row["utc_offset"] for row in store.ask("token_hours", Query(bucket="minute"))] == [-210]


def test_in_an_older_ledger_the_spellings_of_an_address_become_one_user_in_every_figure(schema_3: Store) -> None:
    spent = {"ada@acme.example": [211, 4], "bob@acme.example": [12, 1], "eve@acme.example": [32, 1]}

    def users(bucket: str) -> dict[str, list[int]]:
        return {row["user"]: [row["cost_usd"], row["sessions"]] for row in schema_3.ask("users", Query(bucket=bucket))}

    # Days that are rolled up, and single quarters of an hour.
    assert users("day") == users("hour") == spent
    assert {row["user"] for row in schema_3.ask("sessions")} == set(spent)
    assert schema_3.ask("overview", Query(users=("ADA@acme.EXAMPLE",)))[0]["cost_usd"] == 211
    # Opened and divided again from what is stored of each session, and closed again.
    for session in ("upper", "lower", "both", "hook", "other", "open"):
        put(schema_3, cost(0.0, session, at=NOON - 4 * 86_400 * SECOND))
    assert users("day") == users("hour") == spent
    schema_3.tidy(AT_ONCE)
    assert users("day") == users("hour") == spent


def test_what_an_older_ledger_holds_does_not_count_again_in_either_type_of_number(schema_3: Store) -> None:
    before = everything(schema_3)
    old = NOON - 5 * 86_400 * SECOND
    for as_integer in (True, False):
        tokens = point(
            "token.usage", 100, "upper", old, type="input", model="claude-opus-4-8", user_email="Ada@Acme.example"
        )
        dollars = cost(128, "open", user_email="ADA@ACME.EXAMPLE")
        put(schema_3, *(integer(item) if as_integer else item for item in (tokens, dollars)))
        put(schema_3, cost(1.0, "upper", old, user_email="Ada@Acme.example"))
        assert everything(schema_3) == exactly(before)


def test_a_point_counts_once_whether_it_comes_as_an_integer_or_as_a_double(store: Store) -> None:
    put(store, integer(cost(3)), cost(3))
    put(store, cost(3))
    put(store, integer(cost(3)))
    assert store.ask("overview")[0]["cost_usd"] == 3
    put(store, integer(cost(4)))
    put(store, cost(4))
    assert store.ask("overview")[0]["cost_usd"] == 7


def test_addresses_that_differ_in_case_are_one_user(store: Store) -> None:
    put(store, cost(1.0, "a", user_email="Ada@Acme.example"), cost(2.0, "b", user_email="ada@acme.example"))
    put(store, span("https://github.com/acme/api", "c", user_email="ADA@ACME.EXAMPLE"), cost(4.0, "c"))
    put(store, cost(8.0, "", user_email="Ada@acme.example"), cost(16.0, "", user_email="ada@acme.example"))
    (row,) = store.ask("users")
    assert (row["user"], row["cost_usd"], row["sessions"]) == ("ada@acme.example", 31, 4)
    assert store.ask("overview", Query(users=("ADA@Acme.Example",)))[0]["cost_usd"] == 31
    found = store.ask_alert("user-daily-cost", {"now": datetime(2026, 11, 22, 13), "usd": 30})
    assert [row["subject"] for row in found] == ["ada@acme.example"]


def test_a_ledger_of_a_newer_whence_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    Store(path).close()
    with duckdb.connect(path) as database:
        database.execute("INSERT INTO schema_version VALUES (99)")
    with pytest.raises(StoreError, match="newer whence"):
        Store(path)


def test_a_backup_holds_everything_and_restoring_it_puts_that_back(store: Store, tmp_path: Path) -> None:
    for rows in history(organization(3), date.today() - timedelta(days=2), 2):
        store.insert(rows)
    store.put_labels([Verdict("github.com/acme/api", "Managed", "test")], ["acme"])
    store.tidy(AT_ONCE)
    put(store, cost(1.0, "open"))
    before = everything(store)
    store.backup(tmp_path / "copy.duckdb")
    put(store, cost(5.0, "after"))
    assert store.restore(tmp_path / "copy.duckdb") == before["overview"][0]["sessions"]
    assert everything(store) == exactly(before)
    put(store, cost(1.0, "open"))
    assert everything(store) == exactly(before)


def test_a_file_that_is_no_backup_changes_nothing(store: Store, tmp_path: Path) -> None:
    put(store, cost(1.0))
    (tmp_path / "text").write_text("no database")
    with duckdb.connect(tmp_path / "other") as database:
        database.execute("CREATE TABLE points (x INTEGER)")
    for name in ("text", "other"):
        with pytest.raises(StoreError):
            store.restore(tmp_path / name)
        assert store.ask("overview")[0]["cost_usd"] == 1
    put(store, cost(1.0, "s2"))
    assert store.ask("overview")[0]["cost_usd"] == 2


@pytest.mark.slow
def test_no_reader_ever_sees_a_session_twice_or_not_at_all(store: Store) -> None:
    day = nanoseconds(TODAY - timedelta(days=2))
    put(store, *(cost(1.0, f"s{number}", at=day) for number in range(20)))
    over = threading.Event()
    seen: set[Decimal] = set()

    def read() -> None:
        while not over.is_set():
            seen.add(store.ask("overview")[0]["cost_usd"])

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(8):
        store.tidy(AT_ONCE)
        # Nothing new in the amount, but it opens the session again.
        put(store, span("https://github.com/acme/api", f"s{number}", at=day))
    over.set()
    for reader in readers:
        reader.join()
    assert seen == {Decimal(20)}


def test_ten_thousand_years_by_the_hour_give_what_the_ledger_can_hold(store: Store) -> None:
    outside = [datetime(year, month, 1) for year in (1975, 2024, TODAY.year + 2, 2190) for month in range(1, 13)]
    inside = [datetime(2025, 1, 1), TODAY - timedelta(days=1), TODAY + timedelta(hours=23)]
    put(store, *(cost(1.0, f"s{number}", nanoseconds(at)) for number, at in enumerate(outside + inside)))
    every: dict[str, Any] = {"begin": datetime(1, 1, 1), "end": datetime(9999, 12, 31), "bucket": "hour"}
    assert [row["bucket"] for row in store.ask("series", Query(**every))] == inside
    assert everything(store, **(every | {"bucket": "day"})) == exactly(everything(store))
