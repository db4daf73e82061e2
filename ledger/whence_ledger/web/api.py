"""The API under ``/api/v1``: the reports as JSON, and what the classifier asks and tells."""

import asyncio
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from whence_contract.period import PeriodError, parse_time
from whence_ledger.access.auth import Role, requires
from whence_ledger.access.proxy import viewer_of
from whence_ledger.model.filter import FIRST, LAST, clamp, period_before, unit_of
from whence_ledger.model.insight import explain
from whence_ledger.model.quarter import floor
from whence_ledger.model.verdict import Scope, Verdict
from whence_ledger.store.store import Store
from whence_ledger.store.turns import BusyError, Turns
from whence_ledger.web import schemas as rows
from whence_ledger.web.page import Page, pages, pages_by_rows

Row = dict[str, Any]

_BEYOND_JSON = 2**63
Text = Annotated[str, StringConstraints(max_length=2048)]
Values = Annotated[list[Text] | None, Query(max_length=1000)]

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": rows.Problem, "description": "The token is missing or another"},
    422: {"model": rows.Problem, "description": "A parameter cannot be understood"},
}


class Answer(Response):
    """Rows as JSON: moments are UTC's, decimal numbers numbers."""

    media_type = "application/json"

    def render(self, content: list[Row] | Row | bytes) -> bytes:
        """Return the body; one that is encoded already stays as it is."""
        return content if isinstance(content, bytes) else _encode(content)


def _encode(content: list[Row] | Row) -> bytes:
    return orjson.dumps(content, default=_number, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)


def _number(value: object) -> float | int:
    if not isinstance(value, Decimal):
        raise TypeError
    whole = int(value)
    return whole if whole == value and abs(whole) < _BEYOND_JSON else float(value)


class Labelled(BaseModel):
    """One repository's label."""

    repository: str = Field(min_length=1, max_length=2048, description="Key of the repository: host/owner/name")
    label: Literal["Managed", "Unmanaged", "Unknown"]
    reason: str = Field(min_length=1, max_length=200)
    evidence: str | None = Field(None, max_length=2048)
    scope: str = Field("", max_length=300, description="Scope of the organization that the label follows from")
    left_on: date | None = Field(None, description="Day (UTC) from which the organization does not have it any more")


class Judged(BaseModel):
    """What a run may judge: an organization, or a host that its overrides name (without organization)."""

    scope: str = Field(min_length=1, max_length=300, description="Key: host/organization_id, or the host")
    host: str = Field(max_length=253)
    organization: str = Field("", max_length=200)
    organization_id: int = Field(0, ge=0, lt=_BEYOND_JSON, description="GitHub's id, which a rename keeps")


class Classification(BaseModel):
    """The result of one complete run of the classifier.

    `scopes`: what the run may judge. A label that follows from a scope of another run is kept, unless the reason of the
    new one is `in-organization`, `renamed-in-organization` or `override`; an `override` of another run is kept always.
    Without scopes every label is replaced.
    """

    organizations: list[Text] = Field(max_length=1000)
    labels: list[Labelled] = Field(max_length=200_000)
    scopes: list[Judged] = Field(default=[], max_length=10_000)


class Stored(BaseModel):
    """How many labels were stored."""

    labels: int


class Forgotten(BaseModel):
    """The scope that was removed."""

    scope: str


def filters(  # noqa: PLR0917 the web framework passes them by name
    request: Request,
    from_time: Annotated[
        str | None,
        Query(alias="from", description="First moment, ISO 8601. It is moved down to a quarter of an hour, as `to` is"),
    ] = None,
    to_time: Annotated[str | None, Query(alias="to", description="First moment after, ISO 8601")] = None,
    user: Values = None,
    model: Values = None,
    repository: Annotated[list[Text] | None, Query(max_length=1000, description="`Unknown` is none")] = None,
    label: Values = None,
    team: Values = None,
    split: Annotated[
        Literal["session", "prompt"],
        Query(description="How a session is divided: by its touches, or each prompt by that prompt's touches"),
    ] = "session",
) -> dict[str, Any]:
    """The filters of every report, as the parameters of its question."""
    try:
        begin = floor(parse_time(from_time)) if from_time else FIRST
        end = floor(parse_time(to_time)) if to_time else LAST
    except (PeriodError, OverflowError) as error:
        raise HTTPException(422, str(error)) from error
    if from_time and to_time and begin > end:
        raise HTTPException(422, f"`from` ({begin.isoformat()}) is later than `to` ({end.isoformat()}).")
    begin, end = clamp(begin), clamp(end)
    return {
        "from": begin,
        "to": end,
        "previous_from": period_before(begin, end, request.app.state.keep),
        "users": user or [],
        "models": model or [],
        "repositories": repository or [],
        "labels": label or [],
        "teams": team or [],
        "split": split,
    }


Filters = Annotated[dict[str, Any], Depends(filters)]
Paged = Annotated[Page, Depends(pages())]
PagedByThousand = Annotated[Page, Depends(pages(1000))]

router = APIRouter(prefix="/api/v1", responses=_PROBLEMS)
reading = APIRouter(dependencies=[Depends(requires(Role.READ))])
administering = APIRouter(dependencies=[Depends(requires(Role.ADMIN))])


@reading.get("/overview", response_model=rows.Overview)
async def overview(request: Request, chosen: Filters) -> Answer:
    """Models, sessions, tokens, cost and users."""
    return Answer((await answer(request, "overview", chosen))[0])


@reading.get("/cost", response_model=rows.Cost)
async def cost(request: Request, chosen: Filters) -> Answer:
    """Cost against the period before, tokens and cache hit rate."""
    return Answer((await answer(request, "cost", chosen))[0])


@reading.get("/models", response_model=list[rows.Model])
async def models(request: Request, chosen: Filters, page: Paged) -> Answer:
    """What each model cost, most expensive first."""
    return await _paged(request, "models", page, chosen)


@reading.get("/usage", response_model=rows.Usage)
async def usage(request: Request, chosen: Filters) -> Answer:
    """Sessions, commits, pull requests, lines, edits and active time."""
    return Answer((await answer(request, "usage", chosen))[0])


@reading.get("/tools", response_model=list[rows.Tool])
async def tools(request: Request, chosen: Filters, page: Paged) -> Answer:
    """How often each tool was used, most used first. No model can be told of these."""
    return await _paged(request, "tools", page, chosen)


@reading.get("/users", response_model=list[rows.User])
async def users(request: Request, chosen: Filters, page: Paged) -> Answer:
    """What each user cost and what came of it, most expensive first."""
    return await _paged(request, "users", page, chosen)


@reading.get("/repositories", response_model=list[rows.RepositoryRow])
async def repositories(request: Request, chosen: Filters, page: Paged) -> Answer:
    """What each repository cost, most expensive first; ``repository`` is null for what has none."""
    return await _paged(request, "repositories", page, chosen)


@reading.get("/labels", response_model=list[rows.LabelRow])
async def label_totals(request: Request, chosen: Filters) -> Answer:
    """What was spent on repositories of the organization, on others, and on none that is known."""
    return Answer(await answer(request, "labels", chosen))


@reading.get("/unmanaged", response_model=list[rows.Spender])
async def unmanaged(request: Request, chosen: Filters, page: PagedByThousand) -> Answer:
    """Who spent on repositories that the organization does not own, most first."""
    return await _paged(request, "spenders", page, chosen | {"labels": ["Unmanaged"]})


@reading.get("/spenders", response_model=list[rows.Spender])
async def spenders(request: Request, chosen: Filters, page: Annotated[Page, Depends(pages(10))]) -> Answer:
    """Who spent on what the filters choose, and how much of all that they spent it is."""
    return await _paged(request, "spenders", page, chosen)


@reading.get("/sessions", response_model=list[rows.Session])
async def sessions(request: Request, chosen: Filters, page: PagedByThousand) -> Answer:
    """Sessions with their label, newest first."""
    return await _paged(request, "sessions", page, chosen)


Bucket = Annotated[Literal["15m", "hour", "day", "week", "month"], Query()]
Offset = Annotated[int, Query(ge=-840, le=840, description="Of the hours and days from UTC, in minutes")]


@reading.get("/series", response_model=list[rows.Bucket])
async def series(request: Request, chosen: Filters, page: Paged, bucket: Bucket = "day", offset: Offset = 0) -> Answer:
    """What was used over time."""
    return await _paged(request, "series", page, chosen | {"bucket": unit_of(bucket), "offset": offset})


@reading.get("/series/{by}", response_model=list[rows.BucketOf])
async def series_by(  # noqa: PLR0917
    request: Request,
    chosen: Filters,
    by: Literal["user", "repository", "model"],
    page: Annotated[Page, Depends(pages_by_rows)],
    bucket: Bucket = "day",
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many of the largest are told apart")] = 10,
) -> Answer:
    """What each of the users, repositories or models with the highest cost used over time, and all others together."""
    more = {"bucket": unit_of(bucket), "offset": offset, "limit": limit, "by": by}
    return await _paged(request, "series_by", page, chosen | more, limit="rows")


@reading.get("/insights", response_model=list[rows.Insight])
async def insights(request: Request, chosen: Filters, page: Annotated[Page, Depends(pages(20))]) -> Answer:
    """Where money might be saved, most of it first: estimates from the same figures."""
    return await _paged(request, "insights", page, chosen, explain)


@reading.get("/observations", response_model=list[rows.Observation])
async def observations(request: Request, page: Paged) -> Answer:
    """Every repository that the hook has reported."""
    return await _paged(request, "observations", page)


@reading.get("/labels/changes", response_model=list[rows.LabelChange])
async def label_changes(request: Request, chosen: Filters, page: PagedByThousand) -> Answer:
    """Which labels changed, when and why, the newest first. Of the filters, time and repository count."""
    return await _paged(request, "label_changes", page, chosen)


@reading.get("/labels/scopes", response_model=list[rows.Scope])
async def scopes(request: Request, page: Paged) -> Answer:
    """What each run of the classifier judges: organizations with their ids, and hosts, with the last run's time."""
    return await _paged(request, "scopes", page)


@reading.get("/owners", response_model=list[rows.Owner])
async def owners(request: Request, chosen: Filters, page: PagedByThousand) -> Answer:
    """How many people worked in the repositories of each owner, most first."""
    return await _paged(request, "owners", page, chosen)


@administering.put("/labels", response_model=Stored)
async def labels(request: Request, classification: Classification) -> Stored:
    """Store the labels of a complete classification."""
    store: Store = request.app.state.store
    verdicts = {item.repository: Verdict(**item.model_dump()) for item in classification.labels}
    judged = {item.scope: Scope(**item.model_dump()) for item in classification.scopes}
    put = (list(verdicts.values()), classification.organizations, list(judged.values()))
    return Stored(labels=await run_in_threadpool(store.put_labels, *put))


@administering.delete("/labels/scopes", response_model=Forgotten)
async def forget_scope(request: Request, scope: Annotated[str, Query(min_length=1, max_length=300)]) -> Forgotten:
    """Remove a scope that no run covers any more; other runs may judge what it held then."""
    store: Store = request.app.state.store
    if not await run_in_threadpool(store.forget_scope, scope):
        raise HTTPException(404, f"There is no scope {scope}.")
    return Forgotten(scope=scope)


router.include_router(reading)
router.include_router(administering)


async def answer(request: Request, question: str, parameters: dict[str, Any] | None = None) -> list[Row]:
    """The rows that answer a question. It is given up when the client closes the connection."""
    turns: Turns = request.app.state.turns
    asking = asyncio.create_task(turns.ask(viewer_of(request.app.state.proxy, request), question, parameters))
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


async def _paged(
    request: Request,
    question: str,
    page: Page,
    parameters: dict[str, Any] | None = None,
    shown: Callable[[Row], Row] = lambda row: row,
    *,
    limit: str = "limit",
) -> Answer:
    """Answer one page of the rows that answer a question. ``shown``: makes a row of the answer from one that is found.
    ``limit``: the question's parameter for the number of rows."""
    # One row more shows whether there is another page.
    found = await answer(request, question, (parameters or {}) | {limit: page.limit + 1, "skip": page.skip})
    headers = page.link(request, found)
    # Thousands of rows take a while, in which telemetry would wait.
    body = await run_in_threadpool(_encode, [shown(row) for row in page.rows(found)])
    return Answer(body, headers=headers)


async def _disconnected(request: Request) -> None:
    """Return when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
