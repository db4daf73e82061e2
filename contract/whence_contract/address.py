"""Addresses: which of them only this machine can reach, and what may be sent to the others.

One rule for every part: a request to this machine goes direct, whatever proxy the environment names, and a token leaves
this machine only encrypted, unless the user allows plain http.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

PLAIN_HTTP = "WHENCE_PLAIN_HTTP"
"""The variable that allows tokens over plain http, set to 1."""


class PlainHTTPError(Exception):
    """A token would be sent unencrypted; the message says where and what to do."""


def is_loopback(host: str) -> bool:
    """True for an address or name that only this machine can reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def goes_direct(url: str) -> bool:
    """True where no proxy may see the request: at an address of this machine."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def exposes_token(url: str) -> bool:
    """True where anyone on the way can read what is sent: over plain http to another machine."""
    return not url.lower().startswith("https://") and not goes_direct(url)


def allows_plain_http(environment: Mapping[str, str]) -> bool:
    """True where the environment allows tokens over plain http."""
    return environment.get(PLAIN_HTTP) == "1"


def authorization(url: str, token: str | None, plain_http: bool) -> dict[str, str]:
    """The header that carries ``token``; none without one. Raises ``PlainHTTPError``, unless ``plain_http``."""
    if not token:
        return {}
    if exposes_token(url) and not plain_http:
        raise PlainHTTPError(
            f"Anyone on the way to {url} could read the token: nothing was sent. Use an https:// address. "
            f"To send the token over plain http all the same, set {PLAIN_HTTP}=1."
        )
    return {"Authorization": f"Bearer {token}"}
