"""Questions in ClickHouse's dialect. The files in ``sql`` are in DuckDB's; sqlglot translates them."""

from collections.abc import Mapping, Set
from datetime import datetime
from functools import cache
from typing import Any, get_type_hints

import sqlglot
from sqlglot import exp

from whence_ledger.model.query import Minutes, Query
from whence_ledger.store.database import SPLIT, text
from whence_ledger.store.question import relations, sql_of

SETTINGS: dict[str, Any] = {
    "join_use_nulls": 1,
    "prefer_column_name_to_alias": 1,
    "session_timezone": "UTC",
    "use_query_condition_cache": 0,
}
"""Settings with which ClickHouse follows the SQL standard and forgets conditions.

What it keeps of one question's conditions contains which rows a join needed, and hid sessions from later questions
(ClickHouse 26.9). https://clickhouse.com/docs/operations/settings/settings"""

UNCOMPILED: dict[str, Any] = {
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
}
"""Settings for questions with many small steps: compiling these takes longer than to run them."""

SMALL: dict[str, Any] = UNCOMPILED | {
    "max_threads": 1,
    "query_plan_enable_optimizations": 0,
    "optimize_and_compare_chain": 0,
}
"""Settings for statements over a few thousand rows in memory: planning these takes longer than to run them."""

_TYPES = {
    datetime: "DateTime64(6)",
    tuple[str, ...]: "Array(String)",
    int: "UInt32",
    Minutes: "Int32",
}
"""ClickHouse's types of the fields of a query; all others are strings."""
_PARAMETERS = {name: _TYPES.get(kind, "String") for name, kind in get_type_hints(Query).items()}
_STORED = "whence_stored_"
_OF_STORE = {"as_of": "Int64", "rolls": "Array(UInt64)", "rolled": "Array(Date)", "raw_since": "DateTime64(6)"}
_PARAMETERS |= _OF_STORE | {"tickets": "String"}
_ALERT_PARAMETERS = _OF_STORE | {"now": "DateTime64(6)"}
"""The type of an alert's other parameters: they are thresholds."""


ONCE: dict[str, Any] = {"enable_materialized_cte": 1}
"""The setting that makes ClickHouse compute a CTE once instead of at each use."""
ONCE_SINCE = (26, 9)
"""Earlier versions (26.3 and 26.7 were tried) have it and refuse some questions with it."""


@cache
def translated(question: str, unset: Set[str], once: bool = False, by_minute: bool = False) -> str:
    """Return a question in ClickHouse's dialect. ``unset``: the filters that match everything. ``once``: whether it
    runs with the setting ``ONCE``."""
    tree = sqlglot.parse_one(sql_of(question, unset, by_minute), read="duckdb")
    if once:
        for part in tree.find_all(exp.CTE):
            part.set("materialized", True)
    return _translated(_without_macros(tree, unset))


PARTS: dict[str, tuple[str, ...]] = {
    "insights": ("weighed", "counted", "cached", "found"),
    "pull_requests": ("used", "placed"),
}
"""Questions that use some CTEs many times, and these CTEs in order. ClickHouse analyses a CTE again at each use."""


@cache
def in_parts(question: str, unset: Set[str]) -> tuple[dict[str, str], str]:
    """Return a question of ``PARTS``: the query of each part, and the query that reads the parts from tables. The names
    of the tables begin with ``{work}``."""
    tree = sqlglot.parse_one(sql_of(question, unset), read="duckdb")
    for read in [*tree.find_all(exp.Table)]:
        if read.name in PARTS[question]:
            stored = exp.to_table(f"{_STORED}{read.name}")
            read.replace(exp.alias_(stored, read.alias_or_name, table=True))
    assert isinstance(tree, exp.Query)  # noqa: S101
    known = {part.alias: part.this for part in tree.ctes}
    body = tree.copy()
    for part in body.find_all(exp.With):
        part.pop()

    def complete(query: exp.Expr) -> str:
        """Return a query with the CTEs that it needs."""
        needed, named = {}, {one.name for one in query.find_all(exp.Table)}
        for name, part in reversed(known.items()):
            if name in named:
                needed[name] = part
                named |= {one.name for one in part.find_all(exp.Table)}
        for name, part in reversed(needed.items()):
            query = query.with_(name, part.copy())  # type: ignore[attr-defined]
        return _translated(_without_macros(query, unset)).replace(_STORED, "{work}")

    return {name: complete(known[name].copy()) for name in PARTS[question]}, complete(body)


@cache
def translated_alert(name: str) -> str:
    """Return ``sql/alerts/<name>.sql`` in ClickHouse's dialect."""
    tree = sqlglot.parse_one(text(f"alerts/{name}.sql"), read="duckdb")
    return _translated(_without_macros(tree, frozenset()), _ALERT_PARAMETERS)


@cache
def split_views() -> list[tuple[str, str]]:
    """Return name and query of each view of the split, in order."""
    views = [view for name in SPLIT for view in sqlglot.parse(text(name), read="duckdb")]
    return [
        (view.this.name, _translated(_without_schema(view.expression)))
        for view in views
        if isinstance(view, exp.Create)
    ]


def statements(script: str) -> list[str]:
    """Return the statements of a script without its comments."""
    lines = (line for line in script.splitlines() if not line.startswith("--"))
    return [statement for statement in "\n".join(lines).split(";\n") if statement.strip()]


@cache
def _macros(unset: Set[str]) -> dict[str, tuple[list[str], exp.Expr]]:
    """Return the parameters and the body of each table macro and of each relation in ``chosen.sql``."""
    macros: dict[str, tuple[list[str], exp.Expr]] = {
        name: ([], sqlglot.parse_one(body, read="duckdb")) for name, body in relations(unset).items()
    }
    for macro in sqlglot.parse(text("clickhouse/within.sql"), read="duckdb"):
        assert isinstance(macro, exp.Create)  # noqa: S101
        names = [parameter.name for parameter in macro.this.expressions]
        macros[macro.this.this.name] = (names, macro.expression)
    return macros


def _without_macros(tree: exp.Expr, unset: Set[str]) -> exp.Expr:
    """Return ``tree`` with each macro call replaced by the macro's body; a macro without parameters looks like a
    table."""
    own = {part.alias for part in tree.find_all(exp.CTE)}

    def body(node: exp.Expr) -> exp.Expr:
        call = node.this if isinstance(node, exp.Table) else None
        if call is None or call.name not in _macros(unset) or call.name in own:
            return node
        names, select = _macros(unset)[call.name]
        given = dict(zip(names, call.expressions if isinstance(call, exp.Anonymous) else [], strict=True))
        filled = select.copy().transform(
            lambda part: (
                given[part.name].copy()
                if isinstance(part, exp.Column) and not part.table and part.name in given
                else part
            )
        )
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(call.name))
        return exp.Subquery(this=_without_macros(filled, unset), alias=alias)

    return tree.transform(body)


def _without_schema(tree: exp.Expr) -> exp.Expr:
    """Return ``tree`` without the schema ``input``: ClickHouse has the views of ``sql/clickhouse/input.sql`` in the
    ledger's own database."""

    def bare(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and node.db == "input":
            node.set("db", None)
        return node

    return tree.transform(bare)


def _translated(tree: exp.Expr, types: Mapping[str, str] = _PARAMETERS) -> str:
    def typed(node: exp.Expr) -> exp.Expr:
        """Return a parameter with its type, which ClickHouse requires."""
        return (
            exp.Placeholder(this=node.name, kind=exp.Var(this=types.get(node.name, "Float64")))
            if isinstance(node, exp.Placeholder)
            else node
        )

    return tree.transform(_node).transform(typed).sql(dialect="clickhouse", comments=False)


def _node(node: exp.Expr) -> exp.Expr:
    """Return the node, corrected where sqlglot does not translate it, or translates it wrongly."""
    if isinstance(node, exp.Select):
        # ClickHouse names a column of a join by its qualified name unless it has an alias.
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
    if isinstance(node, exp.DateBin):
        # time_bucket(width, moment)
        return exp.Anonymous(
            this="toStartOfInterval", expressions=[one.transform(_node) for one in (node.expression, node.this)]
        )
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
