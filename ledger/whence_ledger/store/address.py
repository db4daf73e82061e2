"""The address of a ClickHouse: ``clickhouse://user:password@host:port/database``."""

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_PORTS = {"clickhouse": 8123, "clickhouses": 8443}
FORM = (
    "write clickhouse://user:password@host:port/database, or clickhouses://… for TLS. In the user and the password, "
    "write %2F instead of /, %3F instead of ?, %23 instead of #, %5B instead of [ and %25 instead of %."
)


class AddressError(ValueError):
    """A text is no such address. The message contains nothing of it: it may be a part of the password."""


class Address(NamedTuple):
    """``is_secure``: with TLS."""

    host: str
    port: int
    user: str
    password: str
    database: str
    is_secure: bool

    @property
    def place(self) -> str:
        """Return host and port, for messages and URLs."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(url: str) -> Address:
    """Return the parts of the address. Raises ``AddressError``."""
    try:
        parts = urlsplit(url.strip())
        default, port = _PORTS[parts.scheme], parts.port
    except (ValueError, KeyError):
        raise AddressError(FORM) from None
    database = parts.path.strip("/")
    if parts.query or parts.fragment or "/" in database or not parts.netloc or port == 0:
        raise AddressError(FORM)
    return Address(
        parts.hostname or "localhost",
        port or default,
        unquote(parts.username or "default"),
        unquote(parts.password or ""),
        database or "default",
        parts.scheme == "clickhouses",
    )
