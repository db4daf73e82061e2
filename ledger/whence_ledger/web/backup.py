"""Back up and restore a running ledger, as one streamed DuckDB file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

from whence_ledger.access.auth import Role, requires
from whence_ledger.store.copies import new_copy, remove_copy
from whence_ledger.store.damage import StoreError
from whence_ledger.store.store import Store

router = APIRouter(prefix="/api/v1", dependencies=[Depends(requires(Role.ADMIN))])


class Restored(BaseModel):
    """The number of sessions in the ledger after the restore."""

    sessions: int


@router.get("/backup", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
async def backup(request: Request) -> FileResponse:
    """Return a consistent copy of the ledger as one file. The ledger keeps running."""
    store: Store = request.app.state.store
    path = new_copy(store.folder)
    try:
        await run_in_threadpool(store.backup, path)
    except BaseException:
        remove_copy(path)
        raise
    done = BackgroundTask(remove_copy, path)
    return FileResponse(path, media_type="application/octet-stream", filename="whence.duckdb", background=done)


@router.put("/backup", openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}, "required": True}})
async def restore(request: Request) -> Restored:
    """Replace everything in the ledger with a backup, atomically."""
    store: Store = request.app.state.store
    with _received(store.folder) as path:
        with path.open("wb") as file:
            async for chunk in request.stream():
                await run_in_threadpool(file.write, chunk)
        try:
            return Restored(sessions=await run_in_threadpool(store.restore, path))
        except StoreError as error:
            raise HTTPException(422, str(error)) from error


async def elsewhere() -> None:
    """Say how a ledger in ClickHouse is backed up."""
    raise HTTPException(
        404,
        "This ledger is in ClickHouse, which backs it up itself, with BACKUP DATABASE. 'whence ledger copy --back' "
        "copies it into a file.",
    )


@contextmanager
def _received(folder: Path) -> Iterator[Path]:
    path = new_copy(folder)
    try:
        yield path
    finally:
        remove_copy(path)
