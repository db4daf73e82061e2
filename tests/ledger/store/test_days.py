"""Days are rolled up in ClickHouse, by any number of servers, and no figure changes."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from builders.comparable import comparable
from builders.history import clickhouse_engine, fill_exporter_tables
from whence_ledger.demo.generate import history, organization
from whence_ledger.model.item import Rows
from whence_ledger.model.query import Minutes, Query
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.days import Day, chosen_days, roll_days

pytestmark = pytest.mark.slow

AT_ONCE = timedelta(0)
EXTENSIONS = ("skill", "subagent", "plugin", "mcp-server", "slash-command")
SETTLED = {"mutations_sync": 2}
DAILY = ("usage", "costs", "sessions", "tool_uses", "extensions")
FIRST = datetime(2026, 10, 1)
DAYS = list(history(organization(2, seed=5), FIRST.date(), 2, every=900))
QUESTIONS = ("overview", "users", "repositories", "tools", "insights")
ASKED = [(name, Query(begin=FIRST, end=FIRST + timedelta(days=3))) for name in QUESTIONS]
ASKED += [("extensions", Query(by=by, begin=FIRST, end=FIRST + timedelta(days=3))) for by in EXTENSIONS]
ASKED += [("extensions", Query(by="skill", begin=FIRST + timedelta(hours=9), end=FIRST + timedelta(hours=33)))]
ASKED += [("repositories", Query(begin=FIRST + timedelta(hours=9), end=FIRST + timedelta(hours=33)))]
ASKED += [("cost", Query(previous_begin=FIRST, begin=FIRST + timedelta(days=1), end=FIRST + timedelta(days=2)))]


@pytest.fixture
def client() -> Iterator[Any]:
    """ClickHouse's own engine with nothing but the exporter's empty tables."""
    with clickhouse_engine() as client:
        yield client


def answers(server: ClickHouseStore) -> list[Any]:
    return [comparable(server.ask(name, query)) for name, query in ASKED]


def rolled(server: ClickHouseStore) -> list[bool]:
    return [bool(day.roll) for day in sorted(server.days)]


def halves(rows: Rows) -> tuple[Rows, Rows]:
    """Every second item of each kind, and the others."""
    even, odd = (Rows(rows.points[at::2], rows.events[at::2], rows.spans[at::2]) for at in (0, 1))
    return even, odd


class StoppedError(Exception):
    """As if the process had been killed."""


class Stopping:
    """A client whose process ends before it lists what it rolled up, or lets another server do so first."""

    def __init__(self, client: Any, meanwhile: Any = None) -> None:
        self._client, self._meanwhile = client, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def command(self, statement: str, **more: Any) -> Any:
        if statement.lstrip().startswith("INSERT INTO whence_rolls"):
            if not self._meanwhile:
                raise StoppedError
            self._meanwhile()
        return self._client.command(statement, **more)


def test_figures_are_the_same_whoever_rolls_up_the_days_and_late_data_counts_at_once(client: Any) -> None:
    early, late = halves(DAYS[0])
    for rows in (early, DAYS[1]):
        fill_exporter_tables(client, rows)
    server = ClickHouseStore(client)
    server.tidy(AT_ONCE)
    by_session = answers(server)
    assert not any(rolled(server))
    with suppress(StoppedError):
        stopped: Any = Stopping(client)
        roll_days(stopped, AT_ONCE)
        pytest.fail("it did not stop")
    server.look()
    assert not any(rolled(server))
    # Two servers roll up the same days at the same time.
    both: Any = Stopping(client, lambda: roll_days(client, AT_ONCE))
    assert roll_days(both, AT_ONCE) == len(server.days)
    server.look()
    assert all(rolled(server))
    assert client.query("SELECT count() / uniqExact(day) FROM whence_rolls").result_rows == [(2.0,)]
    assert answers(server) == by_session
    assert roll_days(client, AT_ONCE) == 0
    # Only days that were left alone for a while are rolled up.
    fill_exporter_tables(client, late)
    server.tidy(AT_ONCE)
    assert not rolled(server)[0]
    again = answers(server)
    assert again != by_session
    server.roll(AT_ONCE)
    assert all(rolled(server))
    assert answers(server) == again
    fresh = ClickHouseStore(client)
    assert sorted(fresh.days) == sorted(server.days)
    # What is forgotten is not in the sums of its day anymore.
    server.forget((FIRST + timedelta(days=1)).replace(tzinfo=UTC))
    server.tidy(AT_ONCE)
    kept = answers(server)
    assert kept != again
    server.roll(AT_ONCE)
    assert answers(server) == kept
    # After a day, nothing is left of rolls that were replaced or interrupted.
    client.command("ALTER TABLE whence_rolls UPDATE at = at - 172800000000 WHERE 1", settings=SETTLED)
    for table in DAILY:
        earlier = f"ALTER TABLE whence_daily_{table} UPDATE rolled_at = rolled_at - 172800 WHERE 1"
        client.command(earlier, settings=SETTLED)
    client.command("INSERT INTO whence_touched SELECT day, toUnixTimestamp64Micro(now64(6)) FROM whence_touched")
    server.roll(AT_ONCE)
    assert answers(server) == kept
    assert client.query("SELECT count() = uniqExact(day) FROM whence_rolls").result_rows == [(1,)]
    for table in DAILY:
        question = f"SELECT uniqExact(roll) = uniqExact(time) FROM whence_daily_{table}"  # noqa: S608 our own names
        assert client.query(question).result_rows == [(1,)], table


def test_what_an_earlier_version_rolled_up_is_rolled_up_again(client: Any) -> None:
    fill_exporter_tables(client, DAYS[0])
    server = ClickHouseStore(client)
    server.tidy(AT_ONCE)
    by_session = answers(server)
    server.roll(AT_ONCE)
    # It had no extensions.
    client.command("ALTER TABLE whence_rolls UPDATE has_extensions = false WHERE 1", settings=SETTLED)
    client.command("TRUNCATE TABLE whence_daily_extensions")
    server.look()
    assert not any(rolled(server))
    assert answers(server) == by_session
    server.roll(AT_ONCE)
    assert all(rolled(server))
    assert answers(server) == by_session


def test_a_question_reads_the_sums_of_whole_days_only() -> None:
    days = (Day(FIRST, 1), Day(FIRST + timedelta(days=1), 2), Day(FIRST + timedelta(days=2), 0))
    noon = FIRST + timedelta(hours=12)
    assert chosen_days(days, Query())["rolls"] == [1, 2]
    assert chosen_days(days, Query())["raw_since"] == days[2].start
    assert chosen_days(days[:2], Query(end=FIRST + timedelta(days=1)))["rolls"] == [1]
    assert chosen_days(days, Query(begin=noon, previous_begin=noon)) == {
        "rolls": [2],
        "rolled": [days[1].start.date()],
        "raw_since": FIRST,
    }
    # A day on which the previous period ends belongs to none of the two.
    assert chosen_days(days, Query(begin=noon, previous_begin=FIRST))["rolls"] == [2]
    for query in (Query(bucket="hour"), Query(bucket="minute"), Query(offset=Minutes(330))):
        assert chosen_days(days, query)["rolls"] == []
    assert chosen_days(days, Query(offset=Minutes(1440)))["rolls"] == [1, 2]
