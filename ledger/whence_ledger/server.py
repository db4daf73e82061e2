"""The server: receiver, API and page in one application on one port."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from whence_ledger import api, backup, page, receiver
from whence_ledger.auth import Tokens
from whence_ledger.commit import Committer
from whence_ledger.store import Store

if TYPE_CHECKING:
    # Only who asks for it needs what it takes.
    from whence_ledger.clickhouse import ClickHouseStore

LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]

_log = logging.getLogger(__name__)


def create_server(store: "Store | ClickHouseStore", tokens: Tokens, keep: timedelta | None = None) -> FastAPI:
    """The application over ``store``, which it closes at its end and which keeps sessions for so long (``None``: for
    ever). Into a ClickHouse others write: then it receives nothing."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        committer = Committer(store, keep) if isinstance(store, Store) else None
        app.state.committer = committer
        yield
        if committer:
            committer.close()
        store.close()

    app = FastAPI(
        title="whence ledger", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json"
    )
    app.state.store = store
    app.state.tokens = tokens
    app.state.keep = keep
    if tokens.missing():
        # Without tokens the address is the only lock: no page of another site may come through under its own name.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_NAMES)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(Exception, _unexpected_error)
    app.include_router(receiver.router if isinstance(store, Store) else receiver.elsewhere)
    app.include_router(api.router)
    if isinstance(store, Store):
        app.include_router(backup.router)
    app.include_router(page.router)
    return app


def _http_error(request: Request, error: Any) -> JSONResponse:
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def _validation_error(request: Request, error: Any) -> JSONResponse:
    problems = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()[:5])
    return JSONResponse({"error": "; ".join(problems)}, 422)


def _unexpected_error(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse({"error": "The ledger failed. Its log says why."}, 500)
