"""Who looks at the page, as the request and its cookies tell it."""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import NamedTuple
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.datastructures import State
from starlette.requests import Request

from whence_ledger.access.auth import Role
from whence_ledger.access.proxy import decider_of, is_https, user_of, viewer_of
from whence_ledger.dashboard.amount import locale_of
from whence_ledger.dashboard.setup import Place


class Viewer(NamedTuple):
    """The person at the browser. ``zone``: name of the time zone, or empty. ``signs_in``: whether they signed in with a
    token. ``place``: where they reached the ledger, as far as the request shows. ``dark``: the chosen scheme, ``None``
    for the system's. ``is_admin``: whether they may silence alerts and set cases. ``name``: a user or an address.
    ``decider``: how a case names them."""

    locale: str
    zone: str
    signs_in: bool
    place: Place
    dark: bool | None
    is_admin: bool
    name: str
    decider: str


def viewer_at(request: Request, server: State) -> Viewer:
    """Return who sent a request. ``server``: the server's state."""
    scheme = "https" if is_https(server.proxy, request) else "http"
    url = f"{scheme}://{request.headers.get('host', '')}"
    return Viewer(
        locale_of(request.headers.get("accept-language", "")),
        _zone(request.cookies),
        server.tokens.read is not None and user_of(server.proxy, request) is None,
        Place(url, server.tokens.ingest is not None, server.tokens.admin is not None),
        _is_dark(request.cookies),
        Role.ADMIN in request.scope["whence.roles"],
        viewer_of(server.proxy, request),
        decider_of(server.proxy, request),
    )


def zone_of(name: str) -> tzinfo:
    """Return the time zone of that name; UTC if it is unknown."""
    try:
        return ZoneInfo(name) if name and len(name) < 100 else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _is_dark(cookies: Mapping[str, str]) -> bool | None:
    """Return whether the viewer chose the dark scheme; ``None`` if they chose none."""
    return {"0": False, "1": True}.get(cookies.get("whence_dark", ""))


def _zone(cookies: Mapping[str, str]) -> str:
    """Return the name of the time zone that the browser reported earlier; empty if it did not."""
    return unquote(cookies.get("whence_zone", ""))
