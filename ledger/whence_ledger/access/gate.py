"""The gate: checks every request before its body is read.

It checks in this order: cross-site requests, the role that the path needs, and the size of the body. It relies on
``scope["path"]`` only, which a client cannot spoof.
"""

from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from whence_ledger.access.allowance import Allowance
from whence_ledger.access.auth import Role, given_token, refusal, roles_of
from whence_ledger.access.browser_session import COOKIE, Session, Sessions
from whence_ledger.access.problem import http_error
from whence_ledger.access.proxy import address_of, user_of
from whence_ledger.access.security_headers import SafeHeaders

SIGN_IN, SIGN_OUT, BACKUP = "/sign-in", "/sign-out", "/api/v1/backup"
_MEBIBYTE = 1024 * 1024
MAX_BODY_BYTES = 16 * _MEBIBYTE
"""Limit of a telemetry request, before and after decompression."""
_LIMITS = {BACKUP: 64 * 1024 * _MEBIBYTE, SIGN_IN: 8192, SIGN_OUT: 0}
_LIMITS |= {"/api/v1/labels": 64 * _MEBIBYTE, "/api/v1/pull-requests": 16 * _MEBIBYTE}


class Gate:
    """ASGI middleware. Sets ``scope["whence.roles"]`` and ``scope["whence.session"]``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._attempts = Allowance(20, 0.2)
        self._views = Allowance(5_000, 100)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        path, limit = scope["path"], limit_of(scope["path"])
        try:
            self._check(connection, path, scope.get("method", "GET"))
            # The receiver checks sizes itself, and answers in OTLP.
            if not path.startswith("/v1/"):
                _check_length(connection.headers, limit)
        except HTTPException as error:
            await _refuse(error, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await _Socket(self._app, scope["app"].state.sessions, scope["whence.session"])(scope, receive, send)
        elif path.startswith("/v1/"):
            await self._app(scope, receive, send)
        else:
            await self._app(scope, _counted(receive, limit), send)

    def _check(self, connection: HTTPConnection, path: str, method: str) -> None:
        """Determine the sender's roles; raise ``HTTPException`` if the request is refused."""
        if is_foreign(connection, path, method):
            raise HTTPException(403, "Cross-site requests are not allowed.")
        state, session = connection.app.state, None
        if state.tokens.is_open:
            roles = frozenset(Role)
        else:
            roles = roles_of(state.tokens, given_token(connection.headers.get("authorization", "")))
        if not is_program(path):
            self._check_allowance(connection, path, method)
            session = state.sessions.read(connection.cookies.get(COOKIE, ""))
            if session:
                roles |= {Role.READ, session.role}
            elif user_of(state.proxy, connection):
                roles |= {Role.READ}
        needed = role_for(path, method)
        if needed and needed not in roles:
            raise refusal(state.tokens, needed)
        connection.scope["whence.roles"], connection.scope["whence.session"] = roles, session

    def _check_allowance(self, connection: HTTPConnection, path: str, method: str) -> None:
        address = address_of(connection.app.state.proxy, connection)
        allowance = self._attempts if (path, method) == (SIGN_IN, "POST") else self._views
        if address and not allowance.take(address):
            raise HTTPException(429, "Too many requests from this address. Retry in 5 seconds.", {"Retry-After": "5"})


def is_program(path: str) -> bool:
    """Return true for the API, where each request carries a token; false for pages, which people sign in to."""
    return path.startswith(("/v1/", "/api/"))


def role_for(path: str, method: str) -> Role | None:
    """Return the role that a request needs; ``None`` for signing in and out."""
    if path in {SIGN_IN, SIGN_OUT}:
        return None
    if path.startswith("/v1/"):
        return Role.INGEST
    changes = method not in {"GET", "HEAD", "OPTIONS"}
    return Role.ADMIN if path == BACKUP or (changes and path.startswith("/api/")) else Role.READ


def limit_of(path: str) -> int:
    """Return the largest allowed body, in bytes as sent."""
    return MAX_BODY_BYTES if path.startswith("/v1/") else _LIMITS.get(path, _MEBIBYTE)


def is_foreign(connection: HTTPConnection, path: str, method: str) -> bool:
    """Return whether another site's page sent the request, unless it is a link to one of our pages.

    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
    """
    headers = connection.headers
    if site := headers.get("sec-fetch-site"):
        is_link = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
        is_followed = is_link and method == "GET" and not is_program(path)
        return site not in {"same-origin", "none"} and not is_followed
    # Browsers omit Sec-Fetch-Site over plain HTTP to other machines.
    if (origin := headers.get("origin")) is None:
        return False
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return True
    return host not in {headers.get("host"), headers.get("x-forwarded-host")}


def _check_length(headers: Headers, limit: int) -> None:
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 18 or int(length) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {limit} bytes.")


def _counted(receive: Receive, limit: int) -> Receive:
    """Wrap ``receive`` to raise a 413 once the body exceeds the limit, whatever its headers say."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise _too_large(limit)
        return message

    return counted


class _Socket:
    """Closes a WebSocket when the session that opened it ends."""

    def __init__(self, app: ASGIApp, sessions: Sessions, session: Session | None) -> None:
        self._app, self._sessions, self._session = app, sessions, session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward messages while the session lasts."""
        is_closed = False

        def is_over() -> bool:
            return self._session is not None and not self._sessions.is_active(self._session)

        async def received() -> Message:
            message = await receive()
            if not is_over() or message["type"] == "websocket.disconnect":
                return message
            await close()
            return {"type": "websocket.disconnect", "code": 1008}

        async def sent(message: Message) -> None:
            if is_over():
                await close()
            elif not is_closed:
                await send(message)

        async def close() -> None:
            nonlocal is_closed
            if not is_closed:
                is_closed = True
                await send({"type": "websocket.close", "code": 1008})

        await self._app(scope, received, sent)


async def _refuse(error: HTTPException, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    path = scope["path"]
    response: Response = http_error(Request(scope), error)
    if error.status_code == 401 and not is_program(path):
        # A browser would ask for a password for each file of the page.
        del response.headers["www-authenticate"]
        if scope["method"] in {"GET", "HEAD"} and not path.startswith("/_nicegui"):
            place = path + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
            response = RedirectResponse("/sign-in?next=" + quote(place), 303)
    await SafeHeaders(response)(scope, receive, send)
