"""Explain ClickHouse's errors, and what to do about them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from clickhouse_connect.driver.exceptions import ClickHouseError

from whence_ledger.store.address import Address
from whence_ledger.store.damage import StoreError

OLDEST = (25, 8)
"""The oldest version that is accepted."""

_CODES = {
    60: "A table is missing. Restart whence, which creates those that it needs.",
    81: "There is no such database. Create it, or name the one that the Collector writes to.",
    159: "A statement took longer than max_execution_time allows. Raise it for this user.",
    164: "The user is read-only. whence creates tables: give it a user without readonly.",
    192: "There is no such user. Correct the address in WHENCE_STORE or --store, or create the user.",
    201: "The user's quota is used up. Raise it.",
    202: "It runs as many statements as it may. Raise max_concurrent_queries.",
    241: "It is out of memory. Give it more, or raise max_memory_usage for this user.",
    242: "A table is read-only: its replica has lost ClickHouse Keeper, or its disk is read-only. See system.replicas.",
    243: "Its disk is full. Free space, or delete old sessions with --keep.",
    252: "A table has too many parts: merges do not keep up. Give it faster disks, or fewer servers that insert.",
    497: "The user lacks rights: GRANT SELECT, INSERT, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, "
    "TRUNCATE ON database.*, and CREATE FUNCTION ON *.*",
    516: "The user or the password is wrong. Correct the address in WHENCE_STORE or --store.",
}
"""https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp"""


_CONNECTION = {
    "WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE": "It speaks no TLS at this port. Write clickhouse:// instead of "
    "clickhouses://, or name its port for TLS, usually 8443.",
    "CERTIFICATE_VERIFY_FAILED": "Its certificate is not trusted, or is for another name. If it is of your own "
    "authority, set SSL_CERT_FILE to the authority's file.",
    "HTTPS port|Connection aborted": "Check that it runs. If it speaks TLS at this port, write clickhouses:// "
    "instead of clickhouse://.",
}
"""Texts in errors of the connection."""


def explained(place: str, error: Exception) -> StoreError:
    """Return the message for an error from ClickHouse at ``place``, or from the connection to it."""
    told = _reason(error)
    if codes := re.findall(r"\bcode:? (\d+)", str(error), re.IGNORECASE):
        known = _CODES.get(int(codes[-1]), "")
    else:
        found = (words for text, words in _CONNECTION.items() if re.search(text, told))
        known = next(found, "Check that it runs and that the address is right.")
    return StoreError(f"ClickHouse at {place} cannot be used. {known}".rstrip() + f" ({told[:300]})")


def _reason(error: Exception) -> str:
    """Return an error's text on one line; of the connection's errors, the reason only."""
    # urllib3's MaxRetryError has a reason.
    cause = getattr(error.__cause__, "reason", None) or error
    return re.sub(r"^HTTPS?Connection(Pool)?\(.*?\): | with url: \S+", "", " ".join(str(cause).split()))


@contextmanager
def in_words(place: str) -> Iterator[None]:
    """Turn errors from ClickHouse at ``place`` into ``StoreError``."""
    try:
        yield
    except ClickHouseError as error:
        raise explained(place, error) from error


def version_at(address: Address) -> str:
    """Return the version of the ClickHouse at this address; empty if it does not tell."""
    url = f"http{'s' if address.is_secure else ''}://{address.place}"
    headers = {"X-ClickHouse-User": address.user, "X-ClickHouse-Key": address.password}
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
