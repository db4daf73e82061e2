"""Selection: what several questions read is filtered once, into temporary tables.

Most of the time of a question about one user or repository goes into planning how to find it in all tables.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import duckdb

from whence_ledger.model.query import Query
from whence_ledger.store.database import answers
from whence_ledger.store.question import Made, preceded, read_by, relations, sql_of
from whence_ledger.store.rollup import choose_days

MOST_ROWS = 50_000
"""A larger selection is read where it is: a table of it would cost more than it saves."""
_EVERYTHING = {"unfiltered", "measured_minutes"}

_COLUMNS: dict[str, list[str]] = {}

_Key = tuple[str, bool]
"""A relation, and whether it is read by days that are rolled up."""


class Selection:
    """The temporary tables of a cursor, for questions with the same filters and period."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, asked: Sequence[tuple[str, Query]]) -> None:
        """Find what several of the questions read."""
        self._cursor = cursor
        self._uses = Counter(_key(relation, query) for question, query in asked for relation in _read(question, query))
        self._tables: dict[_Key, str | None] = {}
        read = {relations(query.unset)[one] for question, query in asked for one in _read(question, query)}
        sql = [sql_of(question, query.unset, query.is_by_minute) for question, query in asked]
        self._words = set(re.findall(r"\w+", " ".join([*read, *sql])))

    def of(self, question: str, query: Query) -> Made:
        """Return the tables that a question reads instead of relations. Make those that are missing."""
        choose_days(self._cursor, query)
        made: list[tuple[str, str]] = []
        for relation in _read(question, query):
            key = _key(relation, query)
            if self._uses[key] > 1 and relation not in _EVERYTHING:
                if key not in self._tables:
                    self._tables[key] = self._make(relation, query, tuple(made))
                if table := self._tables[key]:
                    made.append((relation, table))
        return tuple(made)

    def _make(self, relation: str, query: Query, made: Made) -> str | None:
        """Make the table of a relation. Return its name, or ``None`` if it would be too large."""
        name = f"selection_{len(self._tables)}"
        # Reading a column of rows that lie far apart takes longer than finding them.
        columns = ", ".join(one for one in self._columns(relation, query) if one in self._words)
        rows = f"SELECT {columns} FROM {relation} LIMIT {MOST_ROWS + 1}"  # noqa: S608 our own names
        made_of = preceded(rows, query.unset, made)
        (row,) = answers(self._cursor, f"CREATE TEMP TABLE {name} AS\n{made_of}", query.parameters())
        if row["Count"] <= MOST_ROWS:
            return name
        self._cursor.execute(f"DROP TABLE {name}")
        return None

    def _columns(self, relation: str, query: Query) -> list[str]:
        if relation not in _COLUMNS:
            sql = preceded(f"SELECT * FROM {relation} LIMIT 0", query.unset)  # noqa: S608 our own names
            named = {name: value for name, value in query.parameters().items() if f"${name}" in sql}
            self._cursor.execute(sql, named)
            _COLUMNS[relation] = [column[0] for column in self._cursor.description or ()]
        return _COLUMNS[relation]


def _read(question: str, query: Query) -> Iterator[str]:
    yield from read_by(sql_of(question, query.unset, query.is_by_minute), query.unset)


def _key(relation: str, query: Query) -> _Key:
    return relation, "_within(" in relations(query.unset)[relation] and query.reads_days
