"""The store past one machine: the same questions, asked of a ClickHouse into which the Collector writes.

The files in ``sql`` are in DuckDB's dialect; sqlglot translates them. What differs between the engines is in
``sql/clickhouse``.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import sqlglot
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from sqlglot import exp

from whence_ledger.model.filter import filled
from whence_ledger.model.verdict import Scope, Verdict, without_held
from whence_ledger.store.damage import StoreError
from whence_ledger.store.database import SPLIT, Interruption, text
from whence_ledger.store.question import sql_of

SETTINGS: dict[str, Any] = {
    "join_use_nulls": 1,
    "prefer_column_name_to_alias": 1,
    "session_timezone": "UTC",
}
"""What makes ClickHouse answer as the SQL standard has it. https://clickhouse.com/docs/operations/settings/settings"""

HOLD_SECONDS = 30.0
"""How long a division of the sessions serves: it reads every row there is."""

_TYPES = {
    "from": "DateTime64(6)",
    "to": "DateTime64(6)",
    "previous_from": "DateTime64(6)",
    "users": "Array(String)",
    "models": "Array(String)",
    "repositories": "Array(String)",
    "labels": "Array(String)",
    "teams": "Array(String)",
    "split": "String",
    "limit": "UInt32",
    "rows": "UInt32",
    "skip": "UInt32",
    "bucket": "String",
    "by": "String",
    "offset": "Int32",
    "session": "String",
}


class ClickHouseStore:
    """The views over a database of the Collector's exporter. Any thread may ask: each question is a request."""

    def __init__(self, client: Client) -> None:
        """Create the views; the exporter's tables must be there."""
        self._client = client
        for name in ("functions", "tables", "input"):
            for statement in _statements(text(f"clickhouse/{name}.sql")):
                client.command(statement, settings=SETTINGS)
        self._drop_views()
        self._dividing = threading.Lock()
        self._divide()
        for statement in _statements(text("clickhouse/views.sql")):
            client.command(statement, settings=SETTINGS)

    def _drop_views(self) -> None:
        """Drop the views that earlier versions of whence had where there are tables now."""
        found = self._client.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
        )
        for name in {name for (name,) in found.result_rows} & {name for name, _ in _division()}:
            self._client.command(f"DROP VIEW {name}")

    def _divide(self) -> None:
        """Divide all sessions: each view of the split as a table, made of those before it. Planned as one question, so
        many views over views take ClickHouse longer than their rows."""
        for name, select in _division():
            table = f"CREATE OR REPLACE TABLE {name} ENGINE = MergeTree ORDER BY tuple() AS {select}"
            self._client.command(table, settings=SETTINGS)
        self._divided_at = time.monotonic()

    def _divide_again(self) -> None:
        """Divide all sessions again if that was a while ago. Who asks meanwhile is answered from the last division."""
        if time.monotonic() - self._divided_at > HOLD_SECONDS and self._dividing.acquire(blocking=False):
            try:
                self._divide()
            finally:
                self._dividing.release()

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def put_labels(
        self, verdicts: Sequence[Verdict], organizations: Sequence[str], scopes: Sequence[Scope] = ()
    ) -> int:
        """Store the result of one complete run, as ``Store.put_labels`` does, and return how many labels it set."""
        now = datetime.now(UTC)
        known = self._client.query("SELECT repository, label, reason, scope FROM whence_labels FINAL").result_rows
        if scopes:
            foreign = {row["scope"] for row in self.ask("scopes")} - {one.scope for one in scopes}
            held = {repository: reason for repository, _, reason, scope in known if scope in foreign}
            verdicts = without_held(verdicts, held)
            kept = [(*one, now, 1) for one in scopes]
            self._client.insert("whence_scopes", kept, column_names=(*Scope._fields, "classified_at", "is_kept"))
        rows = [(*verdict._replace(evidence=verdict.evidence or ""), now) for verdict in verdicts]
        before = {repository: (label, reason) for repository, label, reason, _ in known}
        changes = [
            (now, one.repository, before.get(one.repository, (None,))[0], one.label, one.reason, one.evidence or "")
            for one in verdicts
            if before.get(one.repository) != (one.label, one.reason)
        ]
        if changes:
            names = ("changed_at", "repository", "from_label", "to_label", "reason", "evidence")
            self._client.insert("whence_label_changes", changes, column_names=names)
        if rows:
            self._client.insert("whence_labels", rows, column_names=(*Verdict._fields, "classified_at"))
        columns = ("classified_at", "organizations")
        self._client.insert("whence_classifications", [(now, list(organizations))], column_names=columns)
        return len(rows)

    def forget_scope(self, scope: str) -> bool:
        """Remove a scope, so that other runs may judge what it held; False where there is none."""
        found = [row for row in self.ask("scopes") if row["scope"] == scope]
        gone = [(*(row[name] for name in Scope._fields), datetime.now(UTC), 0) for row in found]
        if gone:
            self._client.insert("whence_scopes", gone, column_names=(*Scope._fields, "classified_at", "is_kept"))
        return bool(gone)

    def ask(
        self, question: str, parameters: Mapping[str, Any] | None = None, interruption: Interruption | None = None
    ) -> list[dict[str, Any]]:
        """Answer ``sql/questions/<question>.sql``, with ``NO_FILTER`` but for ``parameters``: one dictionary a row.
        ClickHouse finishes a question that nobody waits for: ``interruption`` is ignored."""
        self._divide_again()
        answer = self._client.query(translated(question), parameters=filled(parameters), settings=SETTINGS)
        return [dict(zip(answer.column_names, row, strict=True)) for row in answer.result_rows]


def connect(url: str) -> ClickHouseStore:
    """The store at ``clickhouse://user:password@host:port/database``, with TLS at ``clickhouses://…``.
    Raises ``StoreError``."""
    parts = urlsplit(url)
    secure = parts.scheme == "clickhouses"
    try:
        client = clickhouse_connect.get_client(
            host=parts.hostname or "localhost",
            port=parts.port or (8443 if secure else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=parts.path.strip("/") or "default",
            secure=secure,
            # Questions come from many threads at once.
            autogenerate_session_id=False,
        )
        return ClickHouseStore(client)
    except (ClickHouseError, ValueError) as error:
        raise StoreError(f"ClickHouse at {parts.hostname}:{parts.port or ''} cannot be used ({error}).") from error


@cache
def translated(question: str) -> str:
    """A question in ClickHouse's dialect."""
    tree = sqlglot.parse_one(sql_of(question), read="duckdb")
    return _translated(_without_macros(tree))


@cache
def _division() -> list[tuple[str, str]]:
    """Name and query of each view of the split, in order."""
    views = [view for name in SPLIT for view in sqlglot.parse(text(name), read="duckdb")]
    return [(view.this.name, _translated(view.expression)) for view in views if isinstance(view, exp.Create)]


def _statements(script: str) -> list[str]:
    lines = (line for line in script.splitlines() if not line.startswith("--"))
    return [statement for statement in "\n".join(lines).split(";\n") if statement.strip()]


@cache
def _macros() -> dict[str, tuple[list[str], exp.Expr]]:
    """Parameters and body of each table macro."""
    macros = {}
    for macro in sqlglot.parse(text("clickhouse/chosen.sql"), read="duckdb"):
        assert isinstance(macro, exp.Create)  # noqa: S101
        names = [parameter.name for parameter in macro.this.expressions]
        macros[macro.this.this.name] = (names, macro.expression)
    return macros


def _without_macros(tree: exp.Expr) -> exp.Expr:
    """``tree`` with the body of each macro in place of its call."""

    def body(node: exp.Expr) -> exp.Expr:
        call = node.this if isinstance(node, exp.Table) else None
        if not isinstance(call, exp.Anonymous) or call.name not in _macros():
            return node
        names, select = _macros()[call.name]
        given = dict(zip(names, call.expressions, strict=True))
        filled = select.copy().transform(
            lambda part: (
                given[part.name].copy()
                if isinstance(part, exp.Column) and not part.table and part.name in given
                else part
            )
        )
        return exp.Subquery(this=_without_macros(filled), alias=node.args.get("alias"))

    return tree.transform(body)


def _translated(tree: exp.Expr) -> str:
    return tree.transform(_node).transform(_typed).sql(dialect="clickhouse", comments=False)


def _typed(node: exp.Expr) -> exp.Expr:
    """A parameter with its type, which ClickHouse wants to know."""
    return (
        exp.Placeholder(this=node.name, kind=exp.Var(this=_TYPES[node.name]))
        if isinstance(node, exp.Placeholder)
        else node
    )


def _node(node: exp.Expr) -> exp.Expr:
    """What sqlglot leaves or gets wrong."""
    if isinstance(node, exp.Select):
        # ClickHouse calls a column of a join by its whole name where nobody gives it one.
        node.set(
            "expressions",
            [
                exp.alias_(column, column.name)
                if isinstance(column, exp.Column) and column.table and not column.is_star
                else column
                for column in node.expressions
            ],
        )
    if isinstance(node, exp.Length):
        return exp.Anonymous(this="length", expressions=[node.this])
    if isinstance(node, exp.IntDiv):
        return exp.Anonymous(this="intDiv", expressions=[node.this, node.expression])
    if isinstance(node, exp.Anonymous) and node.name == "to_minutes":
        return exp.Anonymous(this="toIntervalMinute", expressions=node.expressions)
    if isinstance(node, exp.GroupConcat) and isinstance(node.this, exp.Order):
        # string_agg(value, separator ORDER BY amount DESC, value)
        ordered = [
            exp.Neg(this=key.this.copy()) if key.args.get("desc") else key.this.copy() for key in node.this.expressions
        ]
        rows = exp.Anonymous(this="groupArray", expressions=[exp.Tuple(expressions=[*ordered, node.this.this.copy()])])
        rows = exp.Anonymous(this="arraySort", expressions=[rows])
        last = exp.Anonymous(this="tupleElement", expressions=[exp.column("row"), exp.Literal.number(len(ordered) + 1)])
        values = exp.Anonymous(
            this="arrayMap", expressions=[exp.Lambda(this=last, expressions=[exp.to_identifier("row")]), rows]
        )
        return exp.Anonymous(this="arrayStringConcat", expressions=[values, node.args["separator"].copy()])
    return node
