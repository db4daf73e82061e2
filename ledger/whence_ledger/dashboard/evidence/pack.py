"""A pack: the content of the evidence files."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from whence_ledger.dashboard.amount import Amount
from whence_ledger.dashboard.look import Row
from whence_ledger.model.query import Query

Ask = Callable[[str, Query], Awaitable[list[Row]]]
"""Answers a question."""
MAX_ROWS = 1_000
"""The most rows in a table."""


class Figure(NamedTuple):
    """A figure. ``how``: how it is computed."""

    title: str
    amount: Amount
    how: str


class Piece(NamedTuple):
    """A part of the bar. ``width``: in per cent. ``colour``: a CSS background."""

    name: str
    width: float
    colour: str


class Table(NamedTuple):
    """A table. ``note``: what its rows are. ``is_cut``: whether it has only the first ``MAX_ROWS`` rows."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Amount]]
    is_cut: bool = False


class Pack(NamedTuple):
    """The content of both files. ``facts``: period, filters and rules, by title. ``link``: the view in the dashboard.
    ``csv_columns``, ``csv_rows``: the CSV file."""

    kind: str
    about: str
    question: str
    facts: Sequence[tuple[str, str]]
    words: str
    bar: Sequence[Piece]
    figures: Sequence[Figure]
    tables: Sequence[Table]
    link: str
    csv_columns: Sequence[str]
    csv_rows: Sequence[Sequence[Any]]
