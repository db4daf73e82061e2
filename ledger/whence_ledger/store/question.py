"""Build the SQL of a question, in DuckDB's dialect, with the filtered relations that it reads."""

import re
from collections.abc import Set
from functools import cache

from whence_ledger.model.insight import RULES
from whence_ledger.store.database import text

# A line that begins with AND, and the indented lines below it up to its closing parenthesis.
_CONDITION = re.compile(r"^( *)AND .*\n(?:\1 +.*\n)*(?:\1\)\n)?", re.MULTILINE)
_RELATION = re.compile(r"^(?:WITH )?(\w+) AS \(\n(.*?)^\)", re.MULTILINE | re.DOTALL)
_FILTERS = re.compile(r"\{filters(?: except ([\w, ]+))?\}")
_READ = re.compile(r"\b(?:FROM|JOIN) (\w+)")

Made = tuple[tuple[str, str], ...]
"""Relations, and the tables that have their rows."""


@cache
def sql_of(name: str, unset: Set[str] = frozenset(), by_minute: bool = False) -> str:
    """Return ``sql/questions/<name>.sql`` without the conditions of the ``unset`` filters. In ``insights.sql``,
    ``{rules}`` is replaced by all of ``sql/insights``. ``by_minute``: whether a series has buckets shorter than the
    quarters of an hour in which amounts are stored."""
    sql = text(f"questions/{name}.sql")
    sql = sql.replace("{rules}", "\n    UNION ALL\n    ".join(map(_rule, RULES))) if "{rules}" in sql else sql
    if by_minute and "$bucket" in sql:
        sql = re.sub(r"\bFROM chosen(?:_sessions|_attributed)?\b", "FROM chosen_by_minute", sql)
    return without(sql, unset)


@cache
def relations(unset: Set[str]) -> dict[str, str]:
    """Return the relations of ``sql/chosen.sql`` by name, with the conditions of all filters but the ``unset`` ones."""
    conditions = {name: condition for name, condition in _filters().items() if name not in unset}

    def filled(place: re.Match[str]) -> str:
        excepted = (place[1] or "").split(", ")
        return "\n        AND ".join(conditions[name] for name in conditions if name not in excepted)

    return {name: _FILTERS.sub(filled, body) for name, body in _RELATION.findall(text("chosen.sql"))}


@cache
def statement(name: str, unset: Set[str], by_minute: bool = False, made: Made = ()) -> str:
    """Return a question preceded by the relations that it reads. ``made``: tables that have the rows of a relation."""
    return preceded(sql_of(name, unset, by_minute), unset, made)


@cache
def read_by(sql: str, unset: Set[str], made: Made = ()) -> tuple[str, ...]:
    """Return the relations that ``sql`` reads, directly or through others, each after those that it reads."""
    known, tables = relations(unset), dict(made)
    named = set(_READ.findall(sql))
    # A relation reads only earlier ones.
    for relation in reversed(known):
        if relation in named and relation not in tables:
            named.update(_READ.findall(known[relation]))
    return tuple(relation for relation in known if relation in named)


def preceded(sql: str, unset: Set[str], made: Made = ()) -> str:
    """Return ``sql`` preceded by the relations that it reads."""
    known = relations(unset) | {relation: f"SELECT * FROM {table}\n" for relation, table in made}  # noqa: S608
    if not (read := read_by(sql, unset, made)):
        return sql
    # Reading a few columns of a relation twice is cheaper than materializing all of them.
    parts = ",\n".join(f"{relation} AS NOT MATERIALIZED (\n{known[relation]})" for relation in read)
    start = re.search(r"^(?:WITH|SELECT)\b", sql, re.MULTILINE)
    assert start  # noqa: S101
    rest = sql[start.start() :]
    return f"WITH {parts},\n{rest[5:]}" if rest.startswith("WITH ") else f"WITH {parts}\n{rest}"


def without(sql: str, unset: Set[str]) -> str:
    """Return ``sql`` without the conditions that begin a line with AND and name a parameter of ``unset``."""
    names = re.compile(rf"\$({'|'.join(unset)})\b") if unset else None
    return _CONDITION.sub(lambda one: "" if names and names.search(one[0]) else one[0], sql)


@cache
def _filters() -> dict[str, str]:
    """Return the conditions of ``sql/filters.sql`` by the parameter that each names."""
    lines = [line.removeprefix("AND ") for line in text("filters.sql").splitlines() if not line.startswith("--")]
    return {re.findall(r"\$(\w+)", line)[0]: line for line in lines}


def _rule(name: str) -> str:
    """Return the SQL of a rule, with its name as a column. Its thresholds are our own numbers, not user input."""
    numbers = RULES[name].thresholds
    sql = text(f"insights/{name}.sql").rstrip().removesuffix(";")
    sql = re.sub(r"\$(\w+)", lambda threshold: str(numbers[threshold[1]]), sql)
    return f"SELECT '{name}' AS rule, * FROM (\n{sql}\n    )"  # noqa: S608
