"""The API that sets a case. Cases are read through the reports."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from whence_ledger.access.auth import Role, requires
from whence_ledger.access.proxy import decider_of
from whence_ledger.model.case import MAX_NOTE, Case, NoCaseError, Status
from whence_ledger.model.window import EARLIEST
from whence_ledger.web.schemas import PROBLEMS, Problem


class Decision(BaseModel):
    """A decision about a user's spend on a repository."""

    user: Annotated[str, Field(min_length=1, max_length=2048)]
    repository: Annotated[str, Field(min_length=1, max_length=2048, description="Its key or its display name")]
    status: Status
    note: Annotated[str, Field(max_length=MAX_NOTE)] = ""
    day: Annotated[
        date | None,
        Field(description="Day (UTC) of the case; later spend counts as continued. Default: today"),
    ] = None


router = APIRouter(prefix="/api/v1/cases", responses=PROBLEMS)


@router.put("", status_code=204, dependencies=[Depends(requires(Role.ADMIN))], responses={404: {"model": Problem}})
async def put_case(request: Request, decision: Decision) -> None:
    """Set the case of a user and a repository. Earlier decisions are kept."""
    today = datetime.now(UTC).date()
    day = decision.day or today
    if not EARLIEST.date() <= day <= today:
        raise HTTPException(422, f"`day` must be from {EARLIEST:%Y-%m-%d} to today, {today}.")
    case = Case(
        decision.user.strip(),
        decision.repository.strip(),
        decision.status,
        decision.note.strip(),
        day,
        decider_of(request.app.state.proxy, request),
    )
    try:
        await run_in_threadpool(request.app.state.store.put_case, case)
    except NoCaseError as error:
        raise HTTPException(404, str(error)) from error
