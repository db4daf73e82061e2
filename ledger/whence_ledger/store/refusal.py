"""Explain ClickHouse's errors, and what to do about them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.exceptions import ClickHouseError

from whence_ledger.store.damage import StoreError

OLDEST = (25, 8)
"""The oldest version that is accepted."""

_CODES = {
    60: "A table is missing. Restart whence, which creates those that it needs.",
    81: "There is no such database. Create it, or name the one that the Collector writes to.",
    164: "The user is read-only. whence creates tables: give it a user without readonly.",
    192: "There is no such user.",
    241: "It is out of memory.",
    243: "Its disk is full.",
    497: "The user lacks rights: GRANT SELECT, INSERT, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, "
    "TRUNCATE ON database.*, and CREATE FUNCTION ON *.*",
    516: "The user or the password is wrong.",
}
"""https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp"""


def explained(place: str, error: Exception) -> StoreError:
    """Return the message for an error from ClickHouse at ``place``, or from the connection to it."""
    codes = re.findall(r"\bcode:? (\d+)", str(error), re.IGNORECASE)
    known = _CODES.get(int(codes[-1])) if codes else "Check that it runs and that the address is right."
    told = " ".join(str(error).split())[:300]
    return StoreError(f"ClickHouse at {place} cannot be used. {known or ''}".rstrip() + f" ({told})")


@contextmanager
def in_words(place: str) -> Iterator[None]:
    """Turn errors from ClickHouse at ``place`` into ``StoreError``."""
    try:
        yield
    except ClickHouseError as error:
        raise explained(place, error) from error


def refuse_old(version: str) -> None:
    """Raise ``StoreError`` if this version of ClickHouse is too old."""
    parts = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if parts < OLDEST:
        raise StoreError(f"ClickHouse {version} is too old: whence needs {OLDEST[0]}.{OLDEST[1]} or newer. Upgrade it.")
