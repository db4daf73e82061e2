"""Answer questions with their rows as JSON, all at once or a page at a time."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

import orjson
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from whence_ledger.access.proxy import viewer_of
from whence_ledger.model.query import EVERYTHING, Query
from whence_ledger.store.turns import BusyError, Turns
from whence_ledger.web.page import Page, Row

_BEYOND_JSON = 2**63


class Answer(Response):
    """Rows as JSON. Times are in UTC, decimals are JSON numbers."""

    media_type = "application/json"

    def render(self, content: list[Row] | Row | bytes) -> bytes:
        """Return the body; encode it unless it is already bytes."""
        return content if isinstance(content, bytes) else _encode(content)


def _encode(content: list[Row] | Row) -> bytes:
    return orjson.dumps(content, default=_number, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)


def _number(value: object) -> float | int:
    if not isinstance(value, Decimal):
        raise TypeError
    whole = int(value)
    return whole if whole == value and abs(whole) < _BEYOND_JSON else float(value)


async def answer(request: Request, question: str, query: Query = EVERYTHING) -> list[Row]:
    """Return the rows that answer a question. The question is cancelled when the client closes the connection."""
    turns: Turns = request.app.state.turns
    asking = asyncio.create_task(turns.ask(viewer_of(request.app.state.proxy, request), question, query))
    leaving = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            raise HTTPException(499, "The client did not wait for the answer.")
        return asking.result()
    except BusyError as error:
        raise HTTPException(503, str(error), {"Retry-After": "5"}) from error
    finally:
        asking.cancel()
        leaving.cancel()


async def paged(
    request: Request,
    question: str,
    page: Page,
    query: Query = EVERYTHING,
    shown: Callable[[Row], Row] = lambda row: row,
    *,
    limit: Literal["limit", "rows"] = "limit",
) -> Answer:
    """Return one page of the rows that answer a question. ``shown``: converts a row of the question to a row of the
    response. ``limit``: the query's field for the number of rows."""
    # Ask for one row more, to see whether there is another page.
    paging: dict[str, Any] = {limit: page.limit + 1, "skip": page.skip}
    found = await answer(request, question, replace(query, **paging))
    headers = page.link(request, found)
    # Encoding thousands of rows takes a while and would block the receiver.
    body = await run_in_threadpool(_encode, [shown(row) for row in page.rows(found)])
    return Answer(body, headers=headers)


async def _disconnected(request: Request) -> None:
    """Return when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
