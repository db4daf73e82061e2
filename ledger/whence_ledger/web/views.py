"""The API that saves and deletes views of the dashboard. They are read through the reports."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from whence_ledger.access.auth import Role, requires
from whence_ledger.access.proxy import decider_of
from whence_ledger.dashboard.view import saved, view_at
from whence_ledger.model.saved_view import MAX_NAME, MAX_VIEW, SavedView, ViewError, name_of
from whence_ledger.web.schemas import PROBLEMS, Problem


class Saving(BaseModel):
    """A name for a view."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    view: Annotated[str, Field(max_length=MAX_VIEW, description="Query string of the dashboard's address")]


router = APIRouter(prefix="/api/v1/views", responses=PROBLEMS)
_ADMIN = [Depends(requires(Role.ADMIN))]


@router.put("", status_code=204, dependencies=_ADMIN)
async def put_view(request: Request, saving: Saving) -> None:
    """Save a view, or replace the one of that name. Drawer and marked row are left out."""
    try:
        one = SavedView(name_of(saving.name), saved(view_at(saving.view)), decider_of(request.app.state.proxy, request))
        await run_in_threadpool(request.app.state.store.put_view, one)
    except ViewError as error:
        raise HTTPException(422, str(error)) from error


@router.delete("", status_code=204, dependencies=_ADMIN, responses={404: {"model": Problem}})
async def delete_view(request: Request, name: str) -> None:
    """Delete a saved view."""
    if not await run_in_threadpool(request.app.state.store.forget_view, name.strip()):
        raise HTTPException(404, f"There is no saved view {name.strip()!r}.")
