"""Signing in: the read token once, then a signed cookie that ends by itself."""

import hashlib
import hmac
import time
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from whence_ledger.auth import Role, Tokens, given_token, is_allowed
from whence_ledger.proxy import is_https, user_of

COOKIE = "whence_session"
SECONDS = 12 * 60 * 60
MAX_FORM_BYTES = 8192
# Paths that answer for themselves, and files that tell nothing.
_OPEN = ("/api/", "/sign-in", "/sign-out", "/_nicegui/")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}

router = APIRouter(include_in_schema=False)
_templates = Environment(loader=PackageLoader("whence_ledger"), autoescape=True)


@router.get("/sign-in")
async def ask(request: Request) -> Response:
    """The form that asks for the token."""
    return _form(request, False)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Take the token; go to where somebody wanted to."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(413, "This is no token.")
    token = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0].strip()
    tokens: Tokens = request.app.state.tokens
    if not is_allowed(tokens, Role.READ, token):
        return _form(request, True)
    answer = RedirectResponse(_place(request), 303)
    ends = int(time.time()) + SECONDS
    secure = is_https(request.app.state.proxy, request)
    value = f"{ends}.{_signature(tokens, ends)}"
    answer.set_cookie(COOKIE, value, SECONDS, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/sign-out")
async def sign_out() -> Response:
    """Forget who signed in."""
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


class Guard:
    """Lets through to the pages whoever signed in here or at the proxy, or has the token in a header as programs do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or send it to sign in."""
        if scope["type"] not in {"http", "websocket"} or self._may(HTTPConnection(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            place = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
            await RedirectResponse("/sign-in?next=" + quote(place), 303)(scope, receive, send)

    def _may(self, connection: HTTPConnection) -> bool:
        tokens: Tokens = connection.app.state.tokens
        if tokens.read is None or connection.url.path.startswith(_OPEN):
            return True
        if is_allowed(tokens, Role.READ, given_token(connection.headers.get("authorization", ""))):
            return True
        if user_of(connection.app.state.proxy, connection):
            return True
        ends, _, signature = connection.cookies.get(COOKIE, "").partition(".")
        if not ends.isascii() or not ends.isdigit() or not time.time() < int(ends[:15]) <= time.time() + SECONDS:
            return False
        return hmac.compare_digest(signature.encode(), _signature(tokens, int(ends)).encode())


def _form(request: Request, wrong: bool) -> Response:
    html = _templates.get_template("sign_in.html").render(wrong=wrong, next=_place(request))
    return HTMLResponse(html, 401 if wrong else 200, headers=_HEADERS)


def _place(request: Request) -> str:
    """Where to go then: a place of this server, whatever the link says."""
    wanted = request.query_params.get("next", "/")
    parts = urlsplit(wanted)
    is_ours = (
        wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc and wanted.isprintable()
    )
    return wanted if is_ours else "/"


def _signature(tokens: Tokens, ends: int) -> str:
    # Another read token ends every session.
    key = f"whence session {tokens.read}".encode()
    return hmac.new(key, str(ends).encode(), hashlib.sha256).hexdigest()
