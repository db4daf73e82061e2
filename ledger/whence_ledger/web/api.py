"""The API under ``/api/v1``: the classifier's requests."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from whence_ledger.access.auth import Role, requires
from whence_ledger.model.pull_request import PullRequest
from whence_ledger.model.verdict import Scope, Verdict
from whence_ledger.store.store import Store
from whence_ledger.web import schemas as rows
from whence_ledger.web.filters import Text

_BEYOND_JSON = 2**63


class Labelled(BaseModel):
    """One repository's label."""

    repository: str = Field(min_length=1, max_length=2048, description="Key of the repository: host/owner/name")
    label: Literal["Managed", "Unmanaged", "Unknown"]
    reason: str = Field(min_length=1, max_length=200)
    evidence: str | None = Field(None, max_length=2048)
    scope: str = Field("", max_length=300, description="Scope of the organization that the label is based on")
    left_on: date | None = Field(None, description="Day (UTC) on which it had left the organization")


class Judged(BaseModel):
    """What a run may label: an organization, or a host named in its overrides (without an organization)."""

    scope: str = Field(min_length=1, max_length=300, description="Key: host/organization_id, or the host")
    host: str = Field(max_length=253)
    organization: str = Field("", max_length=200)
    organization_id: int = Field(
        0, ge=0, lt=_BEYOND_JSON, description="GitHub's id, which does not change when the organization is renamed"
    )


class Classification(BaseModel):
    """The result of one complete run of the classifier.

    `scopes`: what the run may label. A label based on a scope of another run is kept, unless the new label's reason is
    `in-organization`, `renamed-in-organization` or `override`; another run's `override` is always kept. Without scopes,
    every label is replaced.
    """

    organizations: list[Text] = Field(max_length=1000)
    labels: list[Labelled] = Field(max_length=200_000)
    scopes: list[Judged] = Field(default=[], max_length=10_000)


def _moment(value: datetime) -> datetime:
    """Return a moment as UTC without a zone. Raises ``ValueError`` outside of what both databases can hold."""
    if not 1970 <= value.year < 2200:
        raise ValueError("a year from 1970 to 2199")
    return value.astimezone(UTC).replace(tzinfo=None)


Moment = Annotated[AwareDatetime, AfterValidator(_moment)]


class Listed(BaseModel):
    """One pull request from a branch of its own repository, not of a fork."""

    repository: str = Field(min_length=1, max_length=2048, description="Key of the repository: host/owner/name")
    number: int = Field(ge=1, lt=_BEYOND_JSON)
    title: str = Field("", max_length=1024, description="Empty where titles are not to be stored")
    state: Literal["open", "merged", "closed"]
    author: str = Field("", max_length=255, description="Login")
    head: str = Field(min_length=1, max_length=1024, description="Name of its branch")
    created_at: Moment
    updated_at: Moment
    closed_at: Moment | None = None
    merged_at: Moment | None = None
    commits: tuple[Annotated[str, StringConstraints(pattern="^[0-9a-f]{40,64}$")], ...] = Field(
        (), max_length=1000, description="Ids of its commits, as far as they are known"
    )


class PullRequests(BaseModel):
    """Pull requests that are new, or have changed."""

    pull_requests: list[Listed] = Field(max_length=1000)


class StoredPullRequests(BaseModel):
    """How many pull requests were stored."""

    pull_requests: int


class Stored(BaseModel):
    """How many labels were stored."""

    labels: int


class Forgotten(BaseModel):
    """The scope that was removed."""

    scope: str


router = APIRouter(prefix="/api/v1", responses=rows.PROBLEMS, dependencies=[Depends(requires(Role.ADMIN))])


@router.put("/labels", response_model=Stored)
async def labels(request: Request, classification: Classification) -> Stored:
    """Store the labels of a complete classification."""
    store: Store = request.app.state.store
    verdicts = {item.repository: Verdict(**item.model_dump()) for item in classification.labels}
    judged = {item.scope: Scope(**item.model_dump()) for item in classification.scopes}
    put = (list(verdicts.values()), classification.organizations, list(judged.values()))
    return Stored(labels=await run_in_threadpool(store.put_labels, *put))


@router.put("/pull-requests", response_model=StoredPullRequests)
async def put_pull_requests(request: Request, listed: PullRequests) -> StoredPullRequests:
    """Store pull requests, or replace those of the same repository and number."""
    store: Store = request.app.state.store
    each = {(item.repository, item.number): PullRequest(**item.model_dump()) for item in listed.pull_requests}
    return StoredPullRequests(pull_requests=await run_in_threadpool(store.put_pull_requests, list(each.values())))


@router.delete("/labels/scopes", response_model=Forgotten)
async def forget_scope(request: Request, scope: Annotated[str, Query(min_length=1, max_length=300)]) -> Forgotten:
    """Remove a scope that no run covers any more, so that other runs may label its repositories."""
    store: Store = request.app.state.store
    if not await run_in_threadpool(store.forget_scope, scope):
        raise HTTPException(404, f"There is no scope {scope}.")
    return Forgotten(scope=scope)
