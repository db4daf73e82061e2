"""Report and remove the test sessions of ``whence doctor --send-test``; the ingest token suffices."""

import re

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from whence_contract import attribute as a
from whence_contract.repository import local_repository
from whence_ledger.store.store import Store

_TRIAL = re.compile(re.escape(a.TRIAL_SESSION) + "[0-9a-f]{1,32}")


async def withdraw(request: Request) -> JSONResponse:
    """Answer ``DELETE /v1/sessions/{session}``: remove a test session and return its cost by repository. Other sessions
    are refused with 403."""
    session = request.path_params["session"]
    if not _TRIAL.fullmatch(session):
        raise HTTPException(403, "Only test sessions of 'whence doctor --send-test' can be removed.")
    store: Store = request.app.state.store
    found = await run_in_threadpool(store.withdraw, session, local_repository(a.TRIAL_REPOSITORY).key)
    if not found:
        raise HTTPException(404, "No such session has arrived.")
    return JSONResponse({row["repository"]: float(row["cost_usd"]) for row in found})
