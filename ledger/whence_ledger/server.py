"""The server: receiver, API and page in one application on one port."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount, Route

from whence_ledger import api, backup, page, receiver
from whence_ledger.auth import Tokens
from whence_ledger.commit import Committer
from whence_ledger.store import Store

if TYPE_CHECKING:
    # Only who asks for it needs what it takes.
    from whence_ledger.clickhouse import ClickHouseStore

LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]

_log = logging.getLogger(__name__)


def create_server(store: "Store | ClickHouseStore", tokens: Tokens, keep: timedelta | None = None) -> Starlette:
    """The application over ``store``, which it closes at its end and which keeps sessions for so long (``None``: for
    ever). Into a ClickHouse others write: then it receives nothing."""

    @asynccontextmanager
    async def lifespan(server: Starlette) -> AsyncIterator[None]:
        committer = Committer(store, keep) if isinstance(store, Store) else None
        server.state.committer = committer
        yield
        if committer:
            committer.close()
        store.close()

    app = FastAPI(title="whence ledger", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(Exception, _unexpected_error)
    app.include_router(api.router)
    if isinstance(store, Store):
        app.include_router(backup.router)
    app.include_router(page.router)
    # Without tokens the address is the only lock: no page of another site may come through under its own name.
    lock = [Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_NAMES)] if tokens.missing() else []
    receive = receiver.receive if isinstance(store, Store) else receiver.refuse
    server = Starlette(
        # Telemetry comes all the time: it does not go through what only the API needs.
        routes=[Route("/v1/{signal}", receive, methods=["POST"]), Mount("/", app)],
        middleware=lock,
        exception_handlers={HTTPException: _http_error, Exception: _unexpected_error},
        lifespan=lifespan,
    )
    server.state.store, server.state.tokens, server.state.keep = store, tokens, keep
    app.state = server.state
    return server


def _http_error(request: Request, error: Any) -> JSONResponse:
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def _validation_error(request: Request, error: Any) -> JSONResponse:
    problems = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()[:5])
    return JSONResponse({"error": "; ".join(problems)}, 422)


def _unexpected_error(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse({"error": "The ledger failed. Its log says why."}, 500)
