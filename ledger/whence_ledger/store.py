"""The store: one DuckDB file. What it holds is read through the views of ``sql/views.sql`` and nothing else."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from whence_ledger.otlp import Rows

_SQL = files("whence_ledger") / "sql"


class StoreError(Exception):
    """The store cannot be opened; the message says why and what to do."""


class Verdict(NamedTuple):
    """What the classifier says of one repository. ``repository``: its key."""

    repository: str
    label: str
    reason: str
    evidence: str | None = None


class Store:
    """An open ledger. Any thread may ask; one at a time writes."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it. Raises ``StoreError``."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._database = duckdb.connect(path, config={"enable_external_access": False})
        except duckdb.IOException as error:
            raise StoreError(f"{path} cannot be opened. Is another 'whence serve' using it? ({error})") from error
        self._writing = threading.Lock()
        self._migrate()
        self._database.execute(_text("views.sql"))

    def close(self) -> None:
        """Close the file; everything committed is in it."""
        self._database.close()

    def insert(self, rows: Rows) -> None:
        """Store what is not there yet, all or nothing."""
        with self._transaction() as cursor:
            for name, items in rows._asdict().items():
                if items:
                    cursor.execute(_text(f"write/{name}.sql"), _columns(items))

    def put_labels(self, verdicts: Sequence[Verdict], organizations: Sequence[str]) -> None:
        """Store the result of one complete classification."""
        now = datetime.now(UTC).replace(tzinfo=None)
        with self._transaction() as cursor:
            run = {"classified_at": now, "organizations": list(organizations)}
            cursor.execute(_text("write/classification.sql"), run)
            if verdicts:
                cursor.execute(_text("write/labels.sql"), _columns(verdicts) | {"classified_at": now})

    def ask(self, question: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Answer ``sql/questions/<question>.sql``: one dictionary a row."""
        with self._database.cursor() as cursor:
            cursor.execute(_text(f"questions/{question}.sql"), dict(parameters or {}))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._writing, self._database.cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
                cursor.commit()
            except BaseException:
                cursor.rollback()
                raise

    def _migrate(self) -> None:
        """Bring the tables to this version's schema, one file a version, each in its own transaction."""
        with self._database.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)")
            done = {version for (version,) in cursor.execute("SELECT version FROM schema_version").fetchall()}
        versions = {int(file.name.removesuffix(".sql")): file for file in (_SQL / "schema").iterdir()}
        if done - versions.keys():
            raise StoreError(f"The ledger was written by a newer whence (schema {max(done)}). Upgrade whence.")
        for version in sorted(versions.keys() - done):
            with self._transaction() as cursor:
                cursor.execute(versions[version].read_text(encoding="utf-8"))
                cursor.execute("INSERT INTO schema_version VALUES (?)", [version])


def _columns(rows: Sequence[Any]) -> dict[str, Any]:
    """Named tuples as one list a field, which is how DuckDB takes many rows quickly."""
    return {name: list(values) for name, values in zip(rows[0]._fields, zip(*rows, strict=True), strict=True)}


def _text(name: str) -> str:
    return _SQL.joinpath(name).read_text(encoding="utf-8")
