"""Open the ledger's file: its tables as ``ledger.…``, and the views over them in memory."""

import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import duckdb

from whence_contract.units import Microseconds
from whence_ledger.store.damage import StoreError, check_length, check_wal, explain

MEMORY = "256MB"
"""DuckDB's memory limit for reading; the rest of the server needs about as much again."""

ROWS_AT_ONCE = 200
SPLIT = (
    "split/sessions.sql",
    "split/prompts.sql",
    "split/requests.sql",
    "split/amounts.sql",
    "split/branches.sql",
    "split/extensions.sql",
    "split/coverage.sql",
)
"""The views that divide sessions, in DuckDB and ClickHouse. Each reads the input and the views before it."""

_VIEWS = (
    "duckdb/macros.sql",
    "duckdb/input.sql",
    "duckdb/live.sql",
    "duckdb/views.sql",
    "duckdb/daily.sql",
    "duckdb/within.sql",
)

_SQL = files("whence_ledger") / "sql"


class Interruption:
    """Cancels a question from another thread. ``asked_at``: when it was asked, by ``time.monotonic``; its answer need
    not include data that is stored later."""

    def __init__(self, asked_at: float | None = None) -> None:
        self.asked_at = time.monotonic() if asked_at is None else asked_at
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._wanted = False

    def begin(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Call this before asking a question with ``cursor``. Raises ``duckdb.InterruptException`` if it was
        cancelled."""
        self._cursor = cursor
        if self._wanted:
            raise duckdb.InterruptException("nobody waits for the answer")

    def interrupt(self) -> None:
        """Cancel the running statement, if any; a question that has not started will not start."""
        self._wanted = True
        if self._cursor is not None:
            # The cursor may already be closed.
            with suppress(duckdb.Error):
                self._cursor.interrupt()


class Database:
    """An open ledger. Each thread uses its own cursor."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        """Open the file at this version's schema; create or migrate it, unless ``read_only``. Raises ``StoreError``."""
        if read_only and not path.is_file():
            raise StoreError(f"There is no ledger {path}.")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{path.parent} cannot be used: {error.strerror}. Choose another folder with --data."
            ) from error
        settings: dict[str, str | bool | int | float | list[str]]
        settings = {"memory_limit": MEMORY, "temp_directory": str(path.parent / "tmp")}
        self.path = path
        self._connection = duckdb.connect(":memory:", config=settings)
        check_length(path)
        check_wal(path)
        try:
            if read_only:
                self._connection.execute(f"ATTACH {quoted(path)} AS ledger (READ_ONLY)")
                _refuse_other_schema(self._connection, path)
            else:
                if path.exists():
                    self._try(path)
                self._connection.execute(f"ATTACH {quoted(path)} AS ledger")
                with self._connection.cursor() as cursor:
                    _migrate(cursor, "ledger")
            create_views(self._connection)
            self._connection.execute(text("duckdb/count.sql")).fetchall()
        except duckdb.Error as error:
            self.close()
            raise explain(path, error) from error
        except StoreError:
            self.close()
            raise
        if not read_only:
            self._connection.execute("SET allowed_directories = [$1]", [str(path.parent)])
        self._connection.execute("SET enable_external_access = false")

    def _try(self, path: Path) -> None:
        """Read everything that a start needs before writing: DuckDB could overwrite the rest of a damaged file."""
        self._connection.execute(f"ATTACH {quoted(path)} AS ledger (READ_ONLY)")
        try:
            # An older schema has other tables, or none.
            with suppress(duckdb.CatalogException):
                self._connection.execute(text("duckdb/count.sql")).fetchall()
        finally:
            self._connection.execute("DETACH ledger")

    def close(self) -> None:
        """Close the file; everything committed is in it."""
        # A running question keeps the file open until the process ends.
        with suppress(duckdb.Error):
            self._connection.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a separate connection to the same ledger. The caller closes it."""
        return self._connection.cursor()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor in a transaction that is committed when the block ends, and rolled back on an error."""
        with self._connection.cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
                cursor.commit()
            except BaseException:
                cursor.rollback()
                raise

    def copy_to(self, path: Path) -> None:
        """Write a copy of the ledger to a new file beside its own."""
        # Several copies may be written at once, so each needs its own name.
        name = f"copy_{secrets.token_hex(8)}"
        with self._connection.cursor() as cursor:
            cursor.execute(f"ATTACH {quoted(path)} AS {name}")
            try:
                cursor.execute(f"COPY FROM DATABASE ledger TO {name}")
            finally:
                cursor.execute(f"DETACH {name}")

    def replace_by(self, path: Path) -> None:
        """Replace everything with the content of a file beside the ledger's. Raises ``StoreError``."""
        with self._connection.cursor() as cursor:
            try:
                cursor.execute(f"ATTACH {quoted(path)} AS copy")
            except duckdb.Error as error:
                raise StoreError(f"This is not a backup of a ledger ({error}).") from error
            try:
                _migrate(cursor, "copy")
                cursor.begin()
                cursor.execute(text("duckdb/restore.sql"))
                cursor.commit()
            except duckdb.Error as error:
                with suppress(duckdb.Error):
                    cursor.rollback()
                raise StoreError(f"The backup cannot be used ({error}).") from error
            finally:
                cursor.execute("USE memory")
                cursor.execute("DETACH copy")


def create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the views and macros in memory, over the tables of ``ledger``."""
    for name in _VIEWS:
        connection.execute(text(name))


def _migrate(cursor: duckdb.DuckDBPyConnection, catalog: str) -> None:
    """Migrate the tables to this version's schema: one file per version, each in its own transaction."""
    versions = _schemas()
    cursor.execute(f"USE {catalog}")
    cursor.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)")
    done = {version for (version,) in cursor.execute("SELECT version FROM schema_version").fetchall()}
    if done - versions.keys():
        raise StoreError(f"The ledger was written by a newer whence (schema {max(done)}). Upgrade whence.")
    for version in sorted(versions.keys() - done):
        cursor.begin()
        cursor.execute(versions[version].read_text(encoding="utf-8"))
        cursor.execute("INSERT INTO schema_version VALUES (?)", [version])
        cursor.commit()


def _refuse_other_schema(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    try:
        version = connection.execute(text("check/version.sql")).fetchall()[0][0]
    except duckdb.CatalogException as error:
        raise StoreError(f"{path} is a DuckDB file, but not a ledger.") from error
    if version != newest_schema():
        raise StoreError(
            f"{path} has schema {version}, but this whence reads schema {newest_schema()}. "
            "Start 'whence serve' of this version on it once: it migrates an older ledger."
        )


def _schemas() -> dict[int, Traversable]:
    return {int(file.name.removesuffix(".sql")): file for file in (_SQL / "schema").iterdir()}


def newest_schema() -> int:
    """Return the schema version that this whence writes."""
    return max(_schemas())


def quoted(path: Path) -> str:
    """Return the path as an SQL string literal."""
    return "'" + str(path).replace("'", "''") + "'"


@cache
def text(name: str) -> str:
    """Return the SQL of a file."""
    return _SQL.joinpath(name).read_text(encoding="utf-8")


def divide(cursor: duckdb.DuckDBPyConnection, sessions: Mapping[str, Microseconds]) -> None:
    """Divide these sessions, each given with the first moment that matters. The views of the split become temporary
    tables of ``cursor``, because planning so many nested views as one statement takes DuckDB longer than computing the
    rows."""
    cursor.execute("SET VARIABLE since = make_timestamp($since)", {"since": min(sessions.values(), default=0)})
    cursor.execute("SET VARIABLE sessions = CAST($sessions AS VARCHAR[])", {"sessions": list(sessions)})
    for name in SPLIT:
        cursor.execute(text(name).replace("CREATE OR REPLACE VIEW", "CREATE OR REPLACE TEMP TABLE"))


def columns(rows: Sequence[Any]) -> dict[str, Any]:
    """Return named tuples as one list per field: DuckDB inserts many rows quickly that way."""
    return {name: list(values) for name, values in zip(rows[0]._fields, zip(*rows, strict=True), strict=True)}


def answers(cursor: duckdb.DuckDBPyConnection, question: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run ``question`` with the ``parameters`` that it names; return one dictionary per row."""
    named = set(re.findall(r"\$(\w+)", question))
    cursor.execute(question, {name: value for name, value in parameters.items() if name in named})
    names = [column[0] for column in cursor.description or ()]
    rows: list[dict[str, Any]] = []
    # A call blocks all other Python threads while it creates its rows, so fetch few rows at a time.
    while some := cursor.fetchmany(ROWS_AT_ONCE):
        rows += (dict(zip(names, row, strict=True)) for row in some)
    return rows
