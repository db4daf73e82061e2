"""A ledger's file is copied into ClickHouse: every figure is the same, wherever the copy was stopped."""

import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from builders.command import WHENCE
from builders.comparable import comparable
from builders.history import clickhouse_engine
from builders.machine import Machine
from builders.telemetry import EVER
from fakes.clickhouse_http import clickhouse_over_http
from whence_ledger.alert.book import Book, load_book, save_book, silence
from whence_ledger.demo.encode import logs_request, metrics_request, traces_request
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.case import Case, Status
from whence_ledger.model.item import Rows, Start
from whence_ledger.model.pull_request import PullRequest
from whence_ledger.model.query import Minutes, Query
from whence_ledger.model.saved_view import SavedView
from whence_ledger.model.verdict import Scope, Verdict
from whence_ledger.store import retrieve as retrieval
from whence_ledger.store import transfer as copying
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.retrieve import retrieve
from whence_ledger.store.store import Store
from whence_ledger.store.transfer import transfer

pytestmark = pytest.mark.slow

QUESTIONS = sorted(file.name.removesuffix(".sql") for file in (files("whence_ledger") / "sql" / "questions").iterdir())
OF_A_SESSION = ("session", "session_repositories", "session_tools", "session_prompts")


@pytest.fixture
def client() -> Iterator[Any]:
    """ClickHouse's own engine, in this process, empty."""
    with clickhouse_engine(exporter=False) as client:
        yield client


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with closed and open sessions, labels, a scope and cases."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.duckdb"
    store = Store(path)
    for place, rows in enumerate(history(organization(1, seed=3), date(2026, 9, 30), 2)):
        events = decode_logs(logs_request(rows.events), False, EVER).rows.events
        store.insert(
            Rows(
                decode_metrics(metrics_request(rows.points), False, EVER).rows.points,
                [*events, Start(events[0].time, 1, events[0].session_id, True)],
                decode_traces(traces_request(rows.spans), False, EVER).rows.spans,
            )
        )
        if not place:
            store.tidy(timedelta(0))
    names = [row["repository"] for row in store.ask("observations")]
    acme = Scope("github.com/1", "github.com", "acme", 1)
    left = Verdict(names[0], "Managed", "deleted-from-organization", "acme", acme.scope, date(2026, 10, 1))
    store.put_labels([left._replace(label="Unmanaged", left_on=None)], ["acme"], [acme])
    store.put_labels([left, *(Verdict(name, "Unmanaged", "test") for name in names[1:])], ["acme"], [acme])
    made = datetime(2026, 9, 30, 12)
    store.put_view(SavedView("Cost of core", "?tab=cost&team=core", "admin"))
    store.put_pull_requests([PullRequest(names[0], 7, "Add it", "merged", "dev", "main", made, made, made, made)])
    pair = next(one for one in store.ask("user_repositories") if one["user"] and one["repository"])
    for status in (Status.NEW, Status.MOVED):
        store.put_case(Case(pair["user"], pair["repository"], status, "why", date(2026, 10, 1), "admin"))
    store.close()
    return path


def compare(file: Path, clickhouse: ClickHouseStore) -> None:
    """Fail where an answer differs: to any question about everything, by the minute, or about a session."""
    duckdb = Store(file)
    try:
        asked = [(question, Query()) for question in QUESTIONS]
        asked += [("series", Query(bucket="minute", grain=Minutes(1))), ("users", Query(split="prompt"))]
        sessions = [row["session"] for row in duckdb.ask("sessions", Query(limit=5))]
        asked += [(question, Query(session=session)) for session in sessions for question in OF_A_SESSION]
        assert len(sessions) == 5
        for question, query in asked:
            assert comparable(duckdb.ask(question, query)) == comparable(clickhouse.ask(question, query)), question
    finally:
        duckdb.close()


class StoppedError(Exception):
    """As if the process had been killed."""


class Stopping:
    """A client of ClickHouse whose process ends before an insert into ``table``, or after it."""

    def __init__(self, client: Any, table: str, after: bool) -> None:
        self._client, self._table, self._after = client, table, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def insert(self, table: str, *arguments: Any, **more: Any) -> Any:
        if table == self._table and not self._after:
            raise StoppedError
        result = self._client.insert(table, *arguments, **more)
        if table == self._table:
            raise StoppedError
        return result


DERIVED = {"open_sessions", "rolled", "daily_usage", "daily_costs", "daily_sessions", "daily_tool_uses"}
DERIVED |= {"daily_extensions"}
"""Tables that follow from others."""
IDS = {"points", "events"}
"""Tables of ids, by which a store knows what it has received."""


def counts(file: Path) -> dict[str, int]:
    """The rows of each table of a file."""
    with duckdb.connect(file, read_only=True) as database:
        names = [name for (name,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {name: database.table(name).aggregate("count(*)").fetchall()[0][0] for name in names}


def test_a_copy_there_and_back_has_every_table_and_every_figure(
    file: Path, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[str] = set()
    rows = copying._rows

    def reading(cursor: Any, table: str, *more: Any, **named: Any) -> Any:
        read.add(table)
        return rows(cursor, table, *more, **named)

    monkeypatch.setattr(copying, "_rows", reading)
    clickhouse, back = ClickHouseStore(client), tmp_path / "back.duckdb"
    transfer(file, clickhouse, lambda *_: None)
    there = counts(file)
    # Whoever adds a table to the schema fills it above, and copies it in both ways or says here that it need not be.
    assert set(there) == read | DERIVED | IDS | {"schema_version"}
    assert all(there.values()), there
    monkeypatch.setattr(retrieval, "SESSIONS", 5)

    def stop(done: int, total: int) -> None:
        if done > 4:
            raise StoppedError

    with pytest.raises(StoppedError):
        retrieve(clickhouse, back, stop)
    assert 4 < counts(back)["closed_sessions"] < there["closed_sessions"] + there["open_sessions"]
    begun: list[int] = []
    totals = retrieve(clickhouse, back, lambda done, _: begun.append(done))
    assert begun[0] > 4
    assert [one.month for one in totals] == ["2026-09", "2026-10"]
    assert all(one.same and one.file == one.clickhouse for one in totals)
    here = counts(back)
    assert {name for name in there if there[name] and not here[name]} <= IDS | {"open_sessions"}
    same = {"labels", "label_changes", "classifications", "case_changes", "scopes", "pull_requests", "repositories"}
    same |= {"saved_views"}
    same |= {"usage", "requests", "calls", "commands", "starts", "tool_uses", "touches"}
    assert {name: here[name] for name in same} == {name: there[name] for name in same}
    compare(back, clickhouse)


@pytest.mark.long
def test_a_copy_that_is_stopped_at_any_insert_and_begun_again_gives_the_same_figures(
    file: Path, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "SESSIONS", 4)
    clickhouse = ClickHouseStore(client)
    told: list[tuple[int, int]] = []
    places = [("labels", True), ("points", False), ("usage", True), ("branches", True), ("divisions", False)]
    for table, after in [*places, ("divisions", True), ("copied", True)]:
        stopping: Any = Stopping(client, f"whence_{table}", after)
        clickhouse._client = stopping
        with pytest.raises(StoppedError):
            transfer(file, clickhouse, lambda *one: told.append(one))
    clickhouse._client = client
    totals = transfer(file, clickhouse, lambda *one: told.append(one))
    assert [one.month for one in totals] == ["2026-09", "2026-10"]
    assert all(one.same and one.file == one.clickhouse for one in totals)
    assert told[-1][0] == told[-1][1] > 6 > told[0][0]
    compare(file, clickhouse)
    # Later runs copy no closed session again.
    before = client.query("SELECT count() FROM whence_usage WHERE is_closed").result_rows
    transfer(file, clickhouse, lambda *_: None)
    assert client.query("SELECT count() FROM whence_usage WHERE is_closed").result_rows == before
    # The rows of sessions that continue are divided again, and give the same figures.
    before = client.query("SELECT count() FROM whence_divisions").result_rows[0][0]
    client.command(
        "INSERT INTO whence_arrivals SELECT session_id, 1, now64(6), since, until FROM whence_arrivals FINAL",
        settings={"session_timezone": "UTC"},
    )
    clickhouse.tidy(timedelta(0))
    assert client.query("SELECT count() FROM whence_divisions").result_rows[0][0] > before
    compare(file, clickhouse)


def test_the_command_goes_on_after_a_kill_and_says_when_totals_differ(file: Path, client: Any, tmp_path: Path) -> None:
    until = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(hours=4)
    save_book(silence(Book(), "coverage", None, until), file.parent / "alerts.json")
    machine = Machine(tmp_path / "home")
    with clickhouse_over_http() as url:
        command = ["ledger", "copy", str(file), "--store", url]
        with subprocess.Popen(
            [*WHENCE, *command], env=machine.environment, stderr=subprocess.PIPE, text=True
        ) as killed:
            assert killed.stderr
            assert killed.stderr.readline().startswith("0 of ")
            os.kill(killed.pid, signal.SIGKILL)
        done = machine.whence(*command)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "Every total in ClickHouse is that of the file."
        clickhouse = ClickHouseStore(client)
        assert clickhouse.duty().silences() == [("coverage", None, until)]
        back = tmp_path / "back" / "ledger.duckdb"
        returned = machine.whence("ledger", "copy", str(back), "--store", url, "--back")
        assert returned.returncode == 0, returned.stderr
        assert returned.stdout.splitlines()[1:-1] == done.stdout.splitlines()[1:-1]
        assert {one.name for one in back.parent.iterdir()} == {"ledger.duckdb", "alerts.json"}
        assert load_book(back.parent / "alerts.json").silences == (("coverage", None, until),)
        assert back.stat().st_mode & 0o077 == 0
        again = machine.whence("ledger", "copy", str(back), "--store", url, "--back")
        assert again.returncode == 1
        assert "exists. Name a file that does not." in again.stderr
        # A closed one: what is open is copied again, and divided again.
        closed = "SELECT session_id FROM whence_usage INNER JOIN whence_copied USING (session_id) WHERE cost_usd > 0"
        name = client.query(closed).result_rows[0][0]
        client.command("DELETE FROM whence_usage WHERE session_id = {name:String}", parameters={"name": name})
        done = machine.whence(*command)
        assert done.returncode == 1
        assert "differs:" in done.stdout
        assert "The totals of 2026-" in done.stderr
        assert "Traceback" not in done.stderr
    refused = machine.whence("ledger", "copy", str(file), "--store", "postgres://x")
    assert refused.returncode == 2
    assert "write clickhouse://" in refused.stderr
