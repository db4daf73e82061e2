"""The server: receiver, API and page in one application on one port."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from whence_ledger import api, backup, page, receiver
from whence_ledger.auth import Tokens
from whence_ledger.commit import Committer
from whence_ledger.store import Store

LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]

_log = logging.getLogger(__name__)


def create_server(data: Path, tokens: Tokens, keep: timedelta | None = None) -> FastAPI:
    """The application over the ledger in the folder ``data``, which keeps sessions for so long (``None``: for ever).
    Raises ``StoreError``."""
    store = Store(data / "ledger.duckdb")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.committer = Committer(store, keep)
        yield
        app.state.committer.close()
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
    app.include_router(receiver.router)
    app.include_router(api.router)
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
