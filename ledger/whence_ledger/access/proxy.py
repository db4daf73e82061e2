"""Read the headers of a trusted reverse proxy: the signed-in user, the scheme and the client's address."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from starlette.requests import HTTPConnection

LOOPBACK = ("127.0.0.1", "::1")


class ProxyError(ValueError):
    """A text is neither an address nor a network; the message says so."""


class Proxy(NamedTuple):
    """``networks``: of the trusted proxies. ``user_header``: the header that names the signed-in user, which they set
    on every request; ``None`` if they do not authenticate."""

    networks: tuple[IPv4Network | IPv6Network, ...] = tuple(map(ip_network, LOOPBACK))
    user_header: str | None = None


def parse_networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks of addresses (``10.0.0.7``) and networks (``10.0.0.0/24``). Raises ``ProxyError``."""
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        raise ProxyError(f"{error}. Write an address or a network, such as 10.0.0.7 or 10.0.0.0/24.") from error


def user_of(proxy: Proxy, connection: HTTPConnection) -> str | None:
    """Return the user that the proxy signed in; ``None`` if there is none or the header is not from a trusted proxy."""
    if proxy.user_header is None or not _is_trusted(proxy, connection):
        return None
    # A second header would have come through the proxy from outside.
    given = connection.headers.getlist(proxy.user_header)
    return given[0].strip() or None if len(given) == 1 else None


def is_https(proxy: Proxy, connection: HTTPConnection) -> bool:
    """Return whether the browser uses HTTPS, to us or to the proxy."""
    forwarded = connection.headers.get("x-forwarded-proto", "") if _is_trusted(proxy, connection) else ""
    return (forwarded or connection.url.scheme) in {"https", "wss"}


def address_of(proxy: Proxy, connection: HTTPConnection) -> str | None:
    """Return the client's address; ``None`` behind a proxy that does not send it, where all clients look the same."""
    if not _is_trusted(proxy, connection):
        return connection.client.host if connection.client else None
    # The client can write anything before the last comma.
    return connection.headers.get("x-forwarded-for", "").rpartition(",")[2].strip() or None


def viewer_of(proxy: Proxy, connection: HTTPConnection) -> str:
    """Return the user or address that queries are scheduled by, so that each viewer gets a fair share."""
    return user_of(proxy, connection) or address_of(proxy, connection) or ""


def decider_of(proxy: Proxy, connection: HTTPConnection) -> str:
    """Return who decides, as far as a request tells: the user whom the proxy signed in, else the client's address."""
    address = address_of(proxy, connection)
    return user_of(proxy, connection) or (f"admin at {address}" if address else "admin")


def _is_trusted(proxy: Proxy, connection: HTTPConnection) -> bool:
    return connection.client is not None and _is_in(proxy.networks, connection.client.host)


@lru_cache(1024)
def _is_in(networks: tuple[IPv4Network | IPv6Network, ...], host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)
