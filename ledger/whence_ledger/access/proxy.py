"""The proxy in front of the ledger: what it says of a request, where it is one that is trusted."""

from typing import NamedTuple

from starlette.requests import HTTPConnection


class Proxy(NamedTuple):
    """``addresses``: of the proxies that are believed. ``user_header``: the header in which they name whom they signed
    in, and without which they let nobody through; ``None`` where they sign nobody in."""

    addresses: tuple[str, ...] = ("127.0.0.1", "::1")
    user_header: str | None = None


def user_of(proxy: Proxy, connection: HTTPConnection) -> str | None:
    """Whom the proxy has signed in; ``None`` for nobody, and for a header that somebody else wrote."""
    if proxy.user_header is None or not _is_trusted(proxy, connection):
        return None
    # A second one would have come through the proxy from outside.
    given = connection.headers.getlist(proxy.user_header)
    return given[0].strip() or None if len(given) == 1 else None


def is_https(proxy: Proxy, connection: HTTPConnection) -> bool:
    """True where the browser speaks HTTPS, to us or to the proxy."""
    told = connection.headers.get("x-forwarded-proto", "") if _is_trusted(proxy, connection) else ""
    return (told or connection.url.scheme) in {"https", "wss"}


def address_of(proxy: Proxy, connection: HTTPConnection) -> str | None:
    """The address of the client; ``None`` for a proxy that does not name it, because then all clients share one."""
    if not _is_trusted(proxy, connection):
        return connection.client.host if connection.client else None
    # What comes before the last comma was written by the client.
    return connection.headers.get("x-forwarded-for", "").rpartition(",")[2].strip() or None


def viewer_of(proxy: Proxy, connection: HTTPConnection) -> str:
    """Whose questions these are, so that everybody gets a fair part of the answers: a user or an address."""
    return user_of(proxy, connection) or address_of(proxy, connection) or ""


def _is_trusted(proxy: Proxy, connection: HTTPConnection) -> bool:
    return connection.client is not None and connection.client.host in proxy.addresses
