"""Error responses: JSON with a message that a person can act on."""

import logging
from typing import Any

import duckdb
from starlette.requests import Request
from starlette.responses import JSONResponse

from whence_ledger.store.damage import is_damage

DAMAGED = (
    "The ledger's file is damaged. Stop 'whence serve', move the file away, start 'whence serve', and restore the last "
    "backup: whence ledger restore BACKUP"
)
_log = logging.getLogger(__name__)


def http_error(request: Request, error: Any) -> JSONResponse:
    """Return the response to a refused request (``HTTPException``)."""
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def validation_error(request: Request, error: Any) -> JSONResponse:
    """Return the response to invalid parameters (``RequestValidationError``)."""
    problems = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()[:5])
    return JSONResponse({"error": "; ".join(problems)}, 422)


def store_error(request: Request, error: Any) -> JSONResponse:
    """Log that the store cannot be asked (``StoreError``) and return the response."""
    _log.error("%s %s failed: %s", request.method, request.scope["path"], error)
    return JSONResponse({"error": str(error)}, 503)


def unexpected_error(request: Request, error: Exception) -> JSONResponse:
    """Log an internal error with its traceback and return the response."""
    _log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    if isinstance(error, duckdb.Error) and is_damage(error):
        return JSONResponse({"error": DAMAGED}, 500)
    return JSONResponse({"error": "Internal error. See the ledger's log."}, 500)
