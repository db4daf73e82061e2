"""Serve the files of an evidence pack to clients with the read role, by sign-in or by token."""

from base64 import b64encode
from hashlib import sha256
from typing import Literal

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from whence_ledger.access.proxy import is_https
from whence_ledger.dashboard.evidence.files import files_of
from whence_ledger.dashboard.evidence.gather import gather
from whence_ledger.dashboard.view import SPENDING, read_view
from whence_ledger.model.query import Query
from whence_ledger.web.answer import answer
from whence_ledger.web.page import Row

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

router = APIRouter(include_in_schema=False)


@router.get("/evidence")
async def evidence(request: Request, format: Literal["html", "csv"] = "html") -> Response:  # noqa: A002
    """Return one file of an evidence pack. The query string names the drawer as the dashboard's address does."""
    state = request.app.state
    view = read_view(request.query_params.multi_items())
    if not view.drawer or view.drawer[0] not in SPENDING:
        kinds = ", ".join(SPENDING)
        raise HTTPException(422, f"`drawer` must be one of {kinds}, a colon, and its subject.")

    async def ask(question: str, query: Query) -> list[Row]:
        return await answer(request, question, query)

    scheme = "https" if is_https(state.proxy, request) else "http"
    pack = await gather(ask, view, state.keep, f"{scheme}://{request.headers.get('host', '')}")
    if pack is None:
        raise HTTPException(404, "There is no such session in the ledger.")
    page, table = files_of(pack)
    file = page if format == "html" else table
    digest = b64encode(sha256(file.content).digest()).decode()
    headers = {
        "Content-Disposition": f'{"inline" if file is page else "attachment"}; filename="{file.name}"',
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        # https://www.rfc-editor.org/rfc/rfc9530
        "Repr-Digest": f"sha-256=:{digest}:",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)
