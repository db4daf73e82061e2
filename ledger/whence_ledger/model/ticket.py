"""Ticket keys in the names of branches."""

import duckdb

TICKETS = r"[A-Z]+-\d+"
"""A key as most trackers write it, such as ``ABC-12``."""


class TicketError(Exception):
    """An invalid pattern; the message says what is wrong with it."""


def check_pattern(pattern: str) -> str:
    """Return the pattern if it is valid RE2 (https://github.com/google/re2/wiki/Syntax), which both databases use.
    Raises ``TicketError``."""
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute("SELECT regexp_extract('', $pattern)", {"pattern": pattern}).fetchall()
    except duckdb.Error as error:
        raise TicketError(f"{pattern} is not a regular expression: {error}") from error
    return pattern
