"""Sign in with the read or the admin token, and sign out."""

from urllib.parse import parse_qs

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from whence_ledger.access.auth import Role, roles_of
from whence_ledger.access.browser_session import COOKIE, SECONDS, Session, Sessions
from whence_ledger.access.proxy import is_https

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
    """Show the sign-in form."""
    return _form(request, False)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Check the token, start a session, and redirect to the requested page."""
    body = b"".join([chunk async for chunk in request.stream()])
    token = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0].strip()
    roles = roles_of(request.app.state.tokens, token)
    if Role.READ not in roles:
        return _form(request, True)
    sessions: Sessions = request.app.state.sessions
    value = await run_in_threadpool(sessions.begin, Role.ADMIN if Role.ADMIN in roles else Role.READ)
    answer = RedirectResponse(_place(request), 303)
    secure = is_https(request.app.state.proxy, request)
    answer.set_cookie(COOKIE, value, SECONDS, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session, on the server and in the browser."""
    sessions: Sessions = request.app.state.sessions
    session: Session | None = request.scope["whence.session"]
    if session:
        await run_in_threadpool(sessions.end, session)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _form(request: Request, wrong: bool) -> Response:
    html = _templates.get_template("sign_in.html").render(wrong=wrong, next=_place(request))
    return HTMLResponse(html, 401 if wrong else 200, headers=_HEADERS)


def _place(request: Request) -> str:
    """Return the path to go to after signing in; never another server, whatever the link says."""
    wanted = request.query_params.get("next", "/")
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else "/"
