"""Check a ledger's file or a backup without changing it: is all of it readable, and do its figures agree?"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import duckdb

from whence_ledger.store.damage import StoreError, check_length, check_wal, explain, is_in_use
from whence_ledger.store.database import MEMORY, create_views, newest_schema, quoted, text
from whence_ledger.store.division import divide_open, open_sessions

RULES: Final = {
    "shares": "shares of each session sum to one",
    "splits": "splits conserve totals",
    "split_tools": "splits of tools conserve totals",
    "branches": "branches add up to their repository",
    "extensions": "extensions add up to their repository",
    "bases": "costs by basis are parts of the cost",
    "days": "rolled-up days equal their parts",
    "day_costs": "rolled-up costs equal their parts",
    "day_sessions": "rolled-up sessions equal their parts",
    "day_tools": "rolled-up tools equal their parts",
    "day_extensions": "rolled-up extensions equal their parts",
    "ids": "no duplicate ids",
    "references": "references exist",
    "spans": "sessions cover their items",
    "counts": "figures match their items",
    "labels": "labels are in their history",
}
"""The files of ``sql/check`` that return one row for each violation, and the rule that each checks. They see the
current division of open sessions."""


class Finding(NamedTuple):
    """One line of the result. ``amount``: rows of a table, or violations of a rule. ``problem``: empty if there is
    none."""

    subject: str
    amount: int
    problem: str


class UncheckedError(Exception):
    """The file cannot be checked; the message says why and what to do."""


def check(path: Path) -> Iterator[Finding]:
    """Yield the findings about the file at ``path``: its schema, each table, each rule.

    Raises ``UncheckedError`` if it cannot be checked, and ``StoreError`` if it cannot be opened because it is damaged.
    """
    if not path.is_file():
        raise UncheckedError(
            f"There is no file {path}. Name a ledger's file or a backup, or a ledger's folder with --data."
        )
    check_wal(path)
    with TemporaryDirectory() as room, _memory(room) as connection:
        version = _attached(connection, path)
        if version < newest_schema():
            raise UncheckedError(
                f"{path} was written by an older whence (schema {version}). Start 'whence serve' on it, or restore it "
                "into a new ledger, then check that."
            )
        if version > newest_schema():
            raise UncheckedError(f"{path} was written by a newer whence (schema {version}). Upgrade whence.")
        yield Finding("schema", version, "")
        tables = [_read(connection, path, name) for (name,) in connection.execute(text("check/tables.sql")).fetchall()]
        yield from tables
        # Rules cannot be checked if a table cannot be read.
        if not any(table.problem for table in tables):
            _divide_open(connection, path)
            for name, rule in RULES.items():
                yield _follows(connection, path, name, rule)


def require_ledger(path: Path) -> None:
    """Raise ``UncheckedError`` unless the file at ``path`` is a ledger of any version, as far as its head tells."""
    try:
        with path.open("rb"):
            pass
        check_length(path)
        with TemporaryDirectory() as room, _memory(room) as connection:
            connection.execute(f"ATTACH {quoted(path)} AS ledger (READ_ONLY)")
            connection.execute(text("check/version.sql"))
    except OSError as error:
        raise UncheckedError(f"Cannot read {path}: {error.strerror}.") from error
    except (StoreError, duckdb.Error) as error:
        reason = str(error).split("\n", 1)[0].strip()
        raise UncheckedError(f"{path} is not a backup of a ledger ({reason}).") from error


def _memory(room: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"memory_limit": MEMORY, "temp_directory": room})


def _attached(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    try:
        connection.execute(f"ATTACH {quoted(path)} AS ledger (READ_ONLY)")
        return int(connection.execute(text("check/version.sql")).fetchall()[0][0])
    except duckdb.CatalogException as error:
        raise StoreError(f"{path} is a DuckDB file, but not a ledger.") from error
    except duckdb.Error as error:
        if is_in_use(error):
            raise UncheckedError(
                f"{explain(path, error)} To check a running ledger, check a backup: 'whence ledger backup BACKUP', "
                "then 'whence ledger check BACKUP'."
            ) from error
        raise explain(path, error) from error


def _read(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> Finding:
    try:
        # Hashing a row reads every value of it, so this reads every block.
        question = f'SELECT count(*), bit_xor(hash(whole)) FROM ledger."{table}" AS whole'  # noqa: S608
        return Finding(table, connection.execute(question).fetchall()[0][0], "")
    except duckdb.Error as error:
        return Finding(table, 0, str(explain(path, error)))


def _divide_open(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Divide the open sessions in memory, as a server would."""
    try:
        create_views(connection)
        divide_open(connection, open_sessions(connection))
        connection.execute(text("check/divided.sql"))
    except duckdb.Error as error:
        raise explain(path, error) from error


def _follows(connection: duckdb.DuckDBPyConnection, path: Path, name: str, rule: str) -> Finding:
    try:
        wrong = [found for (found,) in connection.execute(text(f"check/{name}.sql")).fetchall()]
    except duckdb.Error as error:
        return Finding(rule, 0, str(explain(path, error)))
    more = f" and {len(wrong) - 3:,} more" if len(wrong) > 3 else ""
    return Finding(rule, len(wrong), "; ".join(wrong[:3]) + more)
