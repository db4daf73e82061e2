"""The store for more than one machine: the same questions on a ClickHouse that the Collector or servers write to.

Sessions are divided in batches (``batch.py``), and questions read the stored division. The SQL that differs from
DuckDB's is in ``sql/clickhouse``.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError

from whence_contract.units import Microseconds
from whence_ledger.model.case import Case
from whence_ledger.model.exported import METRIC_ATTRIBUTES, Exported
from whence_ledger.model.pull_request import PullRequest
from whence_ledger.model.query import EVERYTHING, Query
from whence_ledger.model.saved_view import SavedView
from whence_ledger.model.ticket import TICKETS
from whence_ledger.model.verdict import Scope, Verdict
from whence_ledger.store import records
from whence_ledger.store.address import Address
from whence_ledger.store.arrivals import Arrivals
from whence_ledger.store.batch import SESSIONS, divide_batch, kept_query, query_of, run
from whence_ledger.store.cases import case_row
from whence_ledger.store.damage import StoreError
from whence_ledger.store.database import Interruption
from whence_ledger.store.days import (
    AT_ONCE,
    NOW,
    SLACK,
    Changes,
    Day,
    changes_until,
    chosen_days,
    days_of,
    every_session,
    is_due,
    roll_days,
)
from whence_ledger.store.dialect import (
    ONCE,
    ONCE_SINCE,
    PARTS,
    SETTINGS,
    UNCOMPILED,
    in_parts,
    split_views,
    translated,
    translated_alert,
)
from whence_ledger.store.division import QUIET
from whence_ledger.store.duty import Duty
from whence_ledger.store.refusal import explained, in_words, parts_of, refuse_old, version_at
from whence_ledger.store.saved_views import view_row
from whence_ledger.store.sources import SOURCES, insert_rows, take_sources
from whence_ledger.store.work import Columns, create, drop_left, fill, work_tables

SCHEMA = 7
_FORMER = ("metrics", "logs", "spans", "repositories", "told")
_HAS_TRAITS = (
    "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'whence_usage' AND name = 'traits'"
)
_STALE = timedelta(hours=12)
"""From this age on, what was rolled up may have been deleted."""


class _Sight(NamedTuple):
    """What questions see: the divisions until ``as_of``. ``at``: when that was found out. ``changes``: what
    ``days`` was found from."""

    as_of: Microseconds
    days: tuple[Day, ...]
    at: datetime
    changes: Changes


class ClickHouseStore:
    """A database with our own tables, and those of the Collector's exporter if it writes there. Any thread may ask
    questions: each is a separate request. Any number of stores may use the same database. ``place``: its host
    and port, for messages. ``brought_up``: questions see all that had arrived by then."""

    def __init__(self, client: Client, place: str = "its address") -> None:
        """Create tables and views, and divide the sessions that have arrived."""
        self._client, self.place = client, place
        self.tickets = TICKETS
        refuse_old(client.server_version or "")
        for setting, value in SETTINGS.items():
            client.set_client_setting(setting, value)
        for name in ("functions", "tables", "input"):
            run(self._client, name)
        self._migrate()
        run(self._client, "views")
        drop_left(client)
        self._once = parts_of(client.server_version or "") >= ONCE_SINCE
        self._sight = _Sight(Microseconds(0), (), datetime.now(UTC), ())
        self.brought_up: datetime | None = None
        self._sources = set(SOURCES)
        self._arrivals = Arrivals(self._client)
        self._columns: Columns = {}
        self._refuses = False
        self.tidy()

    def _migrate(self) -> None:
        """Migrate the tables of an earlier version, and store everything that arrives from now on."""
        known = max(
            (version for (version,) in self._client.query("SELECT version FROM whence_schema").result_rows), default=0
        )
        if known > SCHEMA:
            raise StoreError(f"The tables are those of a newer whence (schema {known}). Upgrade whence.")
        if known < SCHEMA:
            # Earlier versions divided all sessions into tables of these names, and counted what the exporter inserted.
            for name in (*(name for name, _ in split_views()), *(f"whence_arriving_{name}" for name in _FORMER)):
                self._client.command(f"DROP TABLE IF EXISTS {name}")
        queries = {view: query_of(view) for view in ("usage", "spans")}
        # A materialized view does not see inserts through a view.
        queries["named"] = query_of("named").replace("FROM usage\n", f"FROM (\n{queries['usage']}\n)\n")
        attributes = ", ".join(f"'{name}'" for name in sorted(METRIC_ATTRIBUTES))
        run(self._client, "kept", queries | {"metric_attributes": attributes})
        if known < SCHEMA:
            if self._client.query(_HAS_TRAITS).result_rows:
                run(self._client, "traits")
            run(self._client, "touch")
            # The views of an earlier version keep fewer attributes. This replaces their queries without a gap.
            for view in ("whence_keeping_traces", "whence_keeping_logs"):
                self._client.command(f"ALTER TABLE {view} MODIFY QUERY {kept_query(view)}")
            self._client.insert("whence_schema", [(SCHEMA,)], column_names=("version",))

    def insert(self, rows: Exported) -> None:
        """Store the rows that a server has received. Rows that are already stored count once. Raises ``StoreError``."""
        try:
            with in_words(self.place):
                insert_rows(self._client, rows)
        except StoreError:
            self._refuses = True
            raise
        self._refuses = False

    def _check_inserts(self) -> None:
        """Raise ``StoreError`` if ClickHouse still refuses what has been sent: figures are then as old as before."""
        with in_words(self.place):
            self._client.insert("whence_schema", [(SCHEMA,)], column_names=("version",))
        self._refuses = False

    def tidy(self, quiet: timedelta = QUIET, rest: timedelta = timedelta(0)) -> None:
        """Divide the sessions with new data, close those that have been quiet for ``quiet``, and roll up some completed
        days. Raises ``StoreError``. ``rest``: leave the sessions for later that any server has divided in this time."""
        with in_words(self.place):
            self._tidy(quiet, rest)

    def _tidy(self, quiet: timedelta, rest: timedelta) -> None:
        if self._refuses:
            self._check_inserts()
        self._sources -= take_sources(self._client, self._sources)
        begun = datetime.now(UTC)
        with self._arrivals.next(quiet) as looked:
            while looked and divide_batch(self._client, quiet, self._columns, looked, rest=rest) == SESSIONS:
                self.look()
        self.look()
        self.brought_up = begun - rest
        # A long history is rolled up bit by bit, so that sessions are divided meanwhile.
        if is_due(self._sight.days, self._sight.as_of) and roll_days(self._client, most=AT_ONCE):
            self.look()

    def roll(self, slack: timedelta = SLACK) -> None:
        """Roll up the completed days that were left alone for ``slack``."""
        if roll_days(self._client, slack):
            self.look()

    def look(self) -> None:
        """Let questions see every division until now."""
        as_of = Microseconds(self._client.query(NOW).result_rows[0][0])
        changes, before = changes_until(self._client, as_of), self._sight
        days = before.days if changes == before.changes else days_of(self._client, as_of)
        self._sight = _Sight(as_of, days, datetime.now(UTC), changes)

    def forget(self, before: datetime) -> None:
        """Delete the closed sessions that ended before the day (UTC) of ``before``, with all their rows. Raises
        ``StoreError``."""
        day = before.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        with in_words(self.place), work_tables(self._client) as work:
            run(self._client, "forget", {"work": work, "before": str(round(day.timestamp() * 1_000_000))})

    @property
    def days(self) -> tuple[Day, ...]:
        """Return the days with data that questions see."""
        return self._sight.days

    @property
    def client(self) -> Client:
        """Return the connection."""
        return self._client

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def put_labels(
        self, verdicts: Sequence[Verdict], organizations: Sequence[str], scopes: Sequence[Scope] = ()
    ) -> int:
        """Store the result of one complete run, as ``Store.put_labels`` does, and return how many labels it set.
        Raises ``StoreError``."""
        with in_words(self.place):
            return records.put_labels(self._client, self.ask, verdicts, organizations, scopes)

    def put_pull_requests(self, pull_requests: Sequence[PullRequest]) -> int:
        """Store pull requests, or replace them, and return how many. Raises ``StoreError``."""
        with in_words(self.place):
            return records.put_pull_requests(self._client, pull_requests)

    def forget_scope(self, scope: str) -> bool:
        """Remove a scope, so that other runs may label its repositories. Return false if there is none."""
        with in_words(self.place):
            return records.forget_scope(self._client, self.ask, scope)

    def put_case(self, case: Case) -> None:
        """Store a decision, as ``Store.put_case`` does. Raises ``NoCaseError`` and ``StoreError``."""
        with in_words(self.place):
            records.put_case(self._client, case_row(self.ask, case))

    def put_view(self, view: SavedView) -> None:
        """Save a view, as ``Store.put_view`` does. Raises ``ViewError`` and ``StoreError``."""
        with in_words(self.place):
            records.put_view(self._client, view_row(self.ask, view))

    def forget_view(self, name: str) -> bool:
        """Delete a saved view. Return false if there is none of that name. Raises ``StoreError``."""
        with in_words(self.place):
            return records.forget_view(self._client, self.ask, name)

    def ask(
        self, question: str, query: Query = EVERYTHING, interruption: Interruption | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows of ``sql/questions/<question>.sql`` as dictionaries. Raises ``StoreError``.
        ``interruption`` is ignored: ClickHouse finishes a question even if nobody waits for it."""
        sight = self._sight
        is_fresh = datetime.now(UTC) - sight.at < _STALE
        days = chosen_days(sight.days, query) if is_fresh else every_session()
        asked = query.parameters() | days | {"as_of": sight.as_of, "tickets": self.tickets}
        with in_words(self.place):
            if question in PARTS:
                # Who may not create tables gets the same answer later.
                with suppress(ClickHouseError):
                    return self._ask_in_parts(question, query, asked)
            if self._once:
                try:
                    return self._rows(translated(question, query.unset, True, query.is_by_minute), asked, ONCE)
                except OperationalError:
                    # The connection failed: nothing is known of the version.
                    raise
                except DatabaseError:
                    # Not every version can do it, see ONCE_SINCE.
                    rows = self._rows(translated(question, query.unset, False, query.is_by_minute), asked)
                self._once = False
                return rows
            return self._rows(translated(question, query.unset, False, query.is_by_minute), asked)

    def _ask_in_parts(self, question: str, query: Query, asked: dict[str, Any]) -> list[dict[str, Any]]:
        parts, whole = in_parts(question, query.unset)
        with work_tables(self._client) as work:
            for name, part in parts.items():
                select, table = part.replace("{work}", work), f"{work}{name}"
                create(self._client, table, select, self._columns, (question, name), parameters=asked)
                fill(self._client, table, select, UNCOMPILED, parameters=asked)
            return self._rows(whole.replace("{work}", work), asked, UNCOMPILED)

    def _rows(
        self, statement: str, asked: dict[str, Any], settings: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        answer = self._client.query(statement, parameters=asked, settings=dict(settings or {}))
        return [dict(zip(answer.column_names, row, strict=True)) for row in answer.result_rows]

    def ask_alert(self, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of ``sql/alerts/<name>.sql``, as ``Store.ask_alert`` does. Raises ``StoreError``."""
        asked = dict(parameters) | every_session() | {"as_of": self._sight.as_of}
        with in_words(self.place):
            return self._rows(translated_alert(name), asked)

    def duty(self) -> Duty:
        """Return this server's ``Duty``: the state of the alerts, which one server evaluates for all."""
        return Duty(self._client, self.place)


def connect(address: Address) -> ClickHouseStore:
    """Return the store at ``address``. Raises ``StoreError``."""
    # It also prints what it raises.
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    try:
        client = clickhouse_connect.get_client(
            host=address.host,
            port=address.port,
            username=address.user,
            password=address.password,
            database=address.database,
            secure=address.is_secure,
            # Many threads use it at the same time.
            autogenerate_session_id=False,
        )
        return ClickHouseStore(client, address.place)
    except ClickHouseError as error:
        # It asks an old version for what that does not have.
        refuse_old(version_at(address))
        raise explained(address.place, error) from error
