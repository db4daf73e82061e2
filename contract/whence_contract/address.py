"""Rules for addresses: which are local, and what may be sent to others.

Every part follows them: requests to this machine bypass proxies, and a token leaves this machine only encrypted, unless
the user allows plain HTTP.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

PLAIN_HTTP = "WHENCE_PLAIN_HTTP"
"""Set this variable to 1 to allow tokens over plain HTTP."""


class PlainHTTPError(Exception):
    """A token would be sent unencrypted; the message says where and what to do."""


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the address or name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def goes_direct(url: str) -> bool:
    """Return whether requests must bypass proxies: the URL is on this machine."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def exposes_token(url: str) -> bool:
    """Return whether a token would be sent unencrypted: over plain HTTP to another machine."""
    return not url.lower().startswith("https://") and not goes_direct(url)


def allows_plain_http(environment: Mapping[str, str]) -> bool:
    """Return whether the environment allows tokens over plain HTTP."""
    return environment.get(PLAIN_HTTP) == "1"


def authorization(url: str, token: str | None, plain_http: bool) -> dict[str, str]:
    """Return the header with ``token``, or no header without one. Raises ``PlainHTTPError`` unless ``plain_http``."""
    if not token:
        return {}
    if exposes_token(url) and not plain_http:
        raise PlainHTTPError(
            f"The token would be sent unencrypted to {url}: nothing was sent. Use an https:// address, or set "
            f"{PLAIN_HTTP}=1 to allow plain HTTP."
        )
    return {"Authorization": f"Bearer {token}"}
