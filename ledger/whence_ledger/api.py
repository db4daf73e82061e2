"""The API under ``/api/v1``: the reports as JSON, and what the classifier asks and tells."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from whence_ledger.auth import Role, requires
from whence_ledger.period import PeriodError, parse_time
from whence_ledger.store import Store, Verdict

Row = dict[str, Any]
Values = Annotated[list[str] | None, Query()]


class Labelled(BaseModel):
    """One repository's label."""

    repository: str = Field(min_length=1, max_length=2048, description="Key of the repository: host/owner/name")
    label: Literal["Managed", "Unmanaged"]
    reason: str = Field(min_length=1, max_length=200)
    evidence: str | None = Field(None, max_length=2048)


class Classification(BaseModel):
    """The result of one complete run of the classifier."""

    organizations: list[str] = Field(max_length=1000)
    labels: list[Labelled] = Field(max_length=200_000)


def filters(  # noqa: PLR0917 the web framework passes them by name
    from_time: Annotated[str | None, Query(alias="from", description="First moment, ISO 8601")] = None,
    to_time: Annotated[str | None, Query(alias="to", description="First moment after, ISO 8601")] = None,
    user: Values = None,
    model: Values = None,
    repository: Values = None,
    label: Values = None,
    team: Values = None,
) -> dict[str, Any]:
    """The filters of every report, as the parameters of its question."""
    try:
        return {
            "from": parse_time(from_time) if from_time else None,
            "to": parse_time(to_time) if to_time else None,
            "users": user,
            "models": model,
            "repositories": repository,
            "labels": label,
            "teams": team,
        }
    except PeriodError as error:
        raise HTTPException(422, str(error)) from error


Filters = Annotated[dict[str, Any], Depends(filters)]

router = APIRouter(prefix="/api/v1")
reading = APIRouter(dependencies=[Depends(requires(Role.READ))])
administering = APIRouter(dependencies=[Depends(requires(Role.ADMIN))])


@reading.get("/overview")
async def overview(request: Request, chosen: Filters) -> Row:
    """Models, sessions, tokens, cost and users."""
    return (await answer(request, "overview", chosen))[0]


@reading.get("/repositories")
async def repositories(request: Request, chosen: Filters) -> list[Row]:
    """What each repository cost, most expensive first; ``repository`` is null for what has none."""
    return await answer(request, "repositories", chosen)


@reading.get("/sessions")
async def sessions(request: Request, chosen: Filters) -> list[Row]:
    """Sessions with their label, newest first."""
    return await answer(request, "sessions", chosen)


@reading.get("/observations")
async def observations(request: Request) -> list[Row]:
    """Every repository that the hook has reported."""
    return await answer(request, "observations")


@administering.put("/labels")
async def labels(request: Request, classification: Classification) -> Row:
    """Store the labels of a complete classification."""
    store: Store = request.app.state.store
    verdicts = {item.repository: Verdict(**item.model_dump()) for item in classification.labels}
    await run_in_threadpool(store.put_labels, list(verdicts.values()), classification.organizations)
    return {"labels": len(verdicts)}


router.include_router(reading)
router.include_router(administering)


async def answer(request: Request, question: str, parameters: dict[str, Any] | None = None) -> list[Row]:
    """The rows that answer a question, as JSON can hold them."""
    store: Store = request.app.state.store
    rows = await run_in_threadpool(store.ask, question, parameters)
    return [{name: _json(value) for name, value in row.items()} for row in rows]


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return value
