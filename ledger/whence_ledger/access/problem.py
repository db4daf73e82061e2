"""What went wrong, as JSON with a message that a person can act on."""

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
    """The answer to a request that is refused (``HTTPException``)."""
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def validation_error(request: Request, error: Any) -> JSONResponse:
    """The answer to parameters that cannot be understood (``RequestValidationError``)."""
    problems = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()[:5])
    return JSONResponse({"error": "; ".join(problems)}, 422)


def unexpected_error(request: Request, error: Exception) -> JSONResponse:
    """The answer where the fault is ours, logged with its traceback."""
    _log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    if isinstance(error, duckdb.Error) and is_damage(error):
        return JSONResponse({"error": DAMAGED}, 500)
    return JSONResponse({"error": "The ledger failed. Its log says why."}, 500)
