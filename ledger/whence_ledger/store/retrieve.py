"""Retrieve: copy everything in ClickHouse into a new ledger's file, and compare the totals.

The file divides its sessions itself, by the same rule. Each part of the sessions is stored as a whole, so a copy may
end at any moment and begin again: it leaves out the sessions that the file has.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from whence_contract.repository import parse_remote
from whence_contract.units import Microseconds
from whence_ledger.model.identity import item_id
from whence_ledger.model.item import Touch
from whence_ledger.store.batch import take_input
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.database import text
from whence_ledger.store.dialect import statements
from whence_ledger.store.fold import CallRow, CommandRow, RequestRow, StartRow, ToolUse, Usage
from whence_ledger.store.refusal import in_words
from whence_ledger.store.store import Store
from whence_ledger.store.transfer import Tell, Total, compare_totals
from whence_ledger.store.work import Columns, work_tables

SESSIONS = 500
"""Sessions that are copied together: this limits memory."""
HISTORY = {
    # What only Claude Code itself has named has no span.
    "repositories": "SELECT *, if(repository IN (SELECT repository FROM whence_repositories), '0', '') AS last_span "
    "FROM repositories",
    "labels": "SELECT repository, label, reason, evidence, classified_at, scope, left_on FROM whence_labels FINAL",
    "label_changes": "SELECT * FROM whence_label_changes",
    "classifications": "SELECT * FROM whence_classifications",
    "case_changes": "SELECT * FROM whence_case_changes",
    "scopes": "SELECT * FROM scopes",
    "saved_views": "SELECT * FROM saved_views",
    "pull_requests": "SELECT * EXCEPT received_at FROM whence_pull_requests FINAL",
}
"""The tables of the file that are copied as they are, and the query of their rows."""

Rows = Sequence[Sequence[Any]]


class Part(NamedTuple):
    """The rows of some sessions, for the file's tables."""

    usage: list[Usage]
    requests: list[RequestRow]
    calls: list[CallRow]
    commands: list[CommandRow]
    starts: list[StartRow]
    tool_uses: list[ToolUse]
    touches: list[Touch]


def retrieve(store: ClickHouseStore, path: Path, tell: Tell) -> list[Total]:
    """Copy everything in ``store`` into the ledger's file at ``path``, which is new or was begun by an earlier copy.
    Return the totals of each month. Raises ``StoreError``."""
    file = Store(path)
    try:
        with in_words(store.place):
            store.tidy()
            for table, asked in HISTORY.items():
                found = store.client.query(asked)
                file.replace(table, found.column_names, found.result_rows)
            every = {name: Microseconds(first) for name, first in _rows(store.client, "sessions", "")}
            left = file.without_known(every)
            done, waiting = len(every) - len(left), iter(left.items())
            columns: Columns = {}
            tell(done, len(every))
            while some := dict(islice(waiting, SESSIONS)):
                file.take(_part(store.client, list(some), columns), some)
                done += len(some)
                tell(done, len(every))
        with file.reading() as cursor, in_words(store.place):
            return list(compare_totals(cursor, store.client, every))
    finally:
        file.close()


def _part(client: Client, sessions: Sequence[str], columns: Columns) -> Part:
    with work_tables(client) as work:
        client.command(f"CREATE TABLE {work}batch (session_id String) ENGINE = Memory")
        client.insert(f"{work}batch", [[name] for name in sessions], column_names=["session_id"])
        take_input(client, work, columns)
        return Part(
            usage=[Usage._make((*row[:9], _key(row[9]), *row[10:])) for row in _rows(client, "usage", work)],
            requests=[RequestRow._make((*row[:5], _hash(row[5]), *row[6:])) for row in _rows(client, "requests", work)],
            calls=[
                CallRow._make((*row[:4], item_id(row[4]), _hash(row[5]), *row[6:]))
                for row in _rows(client, "calls", work)
            ],
            commands=[CommandRow._make(row) for row in _rows(client, "commands", work)],
            starts=[StartRow._make(row) for row in _rows(client, "starts", work)],
            tool_uses=[ToolUse._make(row) for row in _rows(client, "tool_uses", work)],
            touches=[Touch._make((*row[:20], tuple(row[20]), row[21])) for row in _rows(client, "touches", work)],
        )


def _rows(client: Client, name: str, work: str) -> Iterator[Sequence[Any]]:
    (asked,) = statements(text(f"retrieve/{name}.sql"))
    yield from client.query(asked.replace("{work}", work).rstrip().rstrip(";")).result_rows


def _hash(ident: str | None) -> int | None:
    return item_id(ident) if ident else None


def _key(url: str) -> str:
    told = parse_remote(url)
    return told.key if told else ""
