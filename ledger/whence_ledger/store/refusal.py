"""Explain ClickHouse's errors, and what to do about them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from clickhouse_connect.driver.exceptions import ClickHouseError

from whence_ledger.store.damage import StoreError

OLDEST = (25, 8)
"""The oldest version that is accepted."""

_CODES = {
    60: "A table is missing. Restart whence, which creates those that it needs.",
    81: "There is no such database. Create it, or name the one that the Collector writes to.",
    159: "A statement took longer than max_execution_time allows. Raise it for this user.",
    164: "The user is read-only. whence creates tables: give it a user without readonly.",
    192: "There is no such user. Correct the address in --store, or create the user.",
    201: "The user's quota is used up. Raise it.",
    202: "It runs as many statements as it may. Raise max_concurrent_queries.",
    241: "It is out of memory. Give it more, or raise max_memory_usage for this user.",
    242: "A table is read-only: its replica has lost ClickHouse Keeper, or its disk is read-only. See system.replicas.",
    243: "Its disk is full. Free space, or delete old sessions with --keep.",
    252: "A table has too many parts: merges do not keep up. Give it faster disks, or fewer servers that insert.",
    497: "The user lacks rights: GRANT SELECT, INSERT, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, "
    "TRUNCATE ON database.*, and CREATE FUNCTION ON *.*",
    516: "The user or the password is wrong. Correct the address in --store.",
}
"""https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp"""


def explained(place: str, error: Exception) -> StoreError:
    """Return the message for an error from ClickHouse at ``place``, or from the connection to it."""
    codes = re.findall(r"\bcode:? (\d+)", str(error), re.IGNORECASE)
    known = _CODES.get(int(codes[-1])) if codes else "Check that it runs and that the address is right."
    told = re.sub(r" with url: \S+", "", " ".join(str(error).split()))[:300]
    return StoreError(f"ClickHouse at {place} cannot be used. {known or ''}".rstrip() + f" ({told})")


@contextmanager
def in_words(place: str) -> Iterator[None]:
    """Turn errors from ClickHouse at ``place`` into ``StoreError``."""
    try:
        yield
    except ClickHouseError as error:
        raise explained(place, error) from error


def version_at(url: str, user: str, password: str) -> str:
    """Return the version of the ClickHouse at this HTTP address; empty if it does not tell."""
    headers = {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}
    try:
        answer = httpx.get(url, params={"query": "SELECT version()"}, headers=headers, trust_env=False)
    except httpx.HTTPError:
        return ""
    return answer.text.strip() if answer.is_success else ""


def refuse_old(version: str) -> None:
    """Raise ``StoreError`` if this version of ClickHouse is too old. Nothing is known of an empty one."""
    if () < parts_of(version) < OLDEST:
        raise StoreError(f"ClickHouse {version} is too old: whence needs {OLDEST[0]}.{OLDEST[1]} or newer. Upgrade it.")


def parts_of(version: str) -> tuple[int, ...]:
    """Return the first two numbers of a version."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
