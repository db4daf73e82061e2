"""The reports: one table of the routes that answer a question."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from whence_ledger.access.auth import Role, requires
from whence_ledger.model.insight import explain
from whence_ledger.model.query import Minutes, by_bucket
from whence_ledger.web import schemas as rows
from whence_ledger.web.answer import Answer, answer, paged
from whence_ledger.web.filters import Filters
from whence_ledger.web.page import MAX_ROWS, Page, Row, pages, pages_by_rows

router = APIRouter(prefix="/api/v1", responses=rows.PROBLEMS, dependencies=[Depends(requires(Role.READ))])


class Report(NamedTuple):
    """A route that answers a question. ``model``: schema of its only row or, with ``listed``, of each row. ``usual``:
    the default page size; ``None`` for a response without pages. ``filtered``: whether it takes the filters.
    ``parameters``: fields of the query that it sets. ``shown``: converts a row of the question to a row of the
    response."""

    path: str
    description: str
    question: str
    model: type[BaseModel]
    listed: bool = True
    usual: int | None = MAX_ROWS
    filtered: bool = True
    parameters: Mapping[str, Any] = {}
    shown: Callable[[Row], Row] = dict


def _figures(path: str, description: str, model: type[BaseModel]) -> Report:
    """Return a report with one row, which answers the question of the same name."""
    return Report(path, description, path.strip("/"), model, listed=False, usual=None)


REPORTS = (
    _figures("/overview", "Models, sessions, tokens, cost and users.", rows.Overview),
    _figures("/cost", "Cost compared with the previous period, tokens and cache hit rate.", rows.Cost),
    Report("/models", "What each model cost, most expensive first.", "models", rows.Model),
    _figures("/usage", "Sessions, commits, pull requests, lines, edits and active time.", rows.Usage),
    Report(
        "/tools",
        "How often each tool was used, most used first. The filter model does not apply: tool uses name no model.",
        "tools",
        rows.Tool,
    ),
    Report("/users", "Each user's cost and output, most expensive first.", "users", rows.User),
    Report(
        "/users/repositories",
        "What the users with the highest cost spent on each repository, largest amount first.",
        "user_repositories",
        rows.UserRepository,
    ),
    Report(
        "/repositories",
        "What each repository cost, most expensive first; ``repository`` is null for usage without one.",
        "repositories",
        rows.RepositoryRow,
    ),
    Report(
        "/branches",
        "What each branch cost, most expensive first. ``branch`` is null for work on no branch or on an unknown one; "
        "the branches of a repository add up to it.",
        "branches",
        rows.BranchRow,
    ),
    Report(
        "/commits",
        "What the work up to each commit cost, most expensive first; ``commit`` is null for work that was not "
        "committed. The commits of a branch add up to it.",
        "commits",
        rows.CommitRow,
    ),
    Report(
        "/pull-requests",
        "What each pull request cost that the classifier has listed, most expensive first; ``number`` is null for work "
        "of none. With it, the pull requests of a repository add up to it.",
        "pull_requests",
        rows.PullRequestRow,
    ),
    Report(
        "/tickets",
        "What each ticket named by branches cost, most expensive first; ``ticket`` is null for branches that name "
        "none.",
        "tickets",
        rows.Ticket,
    ),
    Report(
        "/extensions/{by}",
        "What was spent on each skill, subagent, plugin, MCP server or slash command that Claude Code names, most "
        "expensive first. The rows add up to the cost under the filters.",
        "extensions",
        rows.Extension,
    ),
    Report(
        "/bases",
        "How much of the cost is attributed by request, by prompt, by session, by start directory, and not at all.",
        "bases",
        rows.BasisRow,
        usual=None,
    ),
    Report(
        "/coverage",
        "For each day, user and machine: how its cost is attributed, and what is missing where it is not by requests.",
        "coverage",
        rows.CoverageRow,
    ),
    Report(
        "/labels",
        "What was spent on the organization's repositories, on other repositories, and on unknown ones.",
        "labels",
        rows.LabelRow,
        usual=None,
    ),
    Report(
        "/unmanaged",
        "Who spent on repositories that the organization does not own, highest cost first.",
        "spenders",
        rows.Spender,
        usual=1000,
        parameters={"labels": ("Unmanaged",)},
    ),
    Report(
        "/spenders",
        "Who spent on what the filters select, and its share of each user's total spend.",
        "spenders",
        rows.Spender,
        usual=10,
    ),
    Report("/sessions", "Sessions with their label, newest first.", "sessions", rows.Session, usual=1000),
    Report(
        "/sessions/repositories",
        "How one session is divided among repositories and models, largest share first.",
        "session_repositories",
        rows.SessionRepository,
    ),
    Report(
        "/sessions/prompts",
        "The prompts of one session in order of time, with their share of its cost. The text of prompts is not stored.",
        "session_prompts",
        rows.SessionPrompt,
    ),
    Report(
        "/sessions/tools",
        "How often each tool was used in one session, most used first.",
        "session_tools",
        rows.SessionTool,
    ),
    Report("/series", "Usage over time.", "series", rows.Bucket),
    Report(
        "/groups/{by}",
        "What each user, team, repository, label, model or owner of repositories cost, most expensive first. They add "
        "up to all usage under the filters.",
        "groups",
        rows.Group,
    ),
    Report(
        "/series/{by}",
        "Usage over time of the users, teams, repositories, labels, models or owners of repositories with the highest "
        "cost, and of all others together.",
        "series_by",
        rows.BucketOf,
    ),
    Report(
        "/insights",
        "Possible savings, largest first: estimates from the same figures.",
        "insights",
        rows.Insight,
        usual=20,
        shown=explain,
    ),
    Report(
        "/flows",
        "Prompts that read in a Managed repository and edited an Unmanaged one, most first. They show that both were "
        "worked on in one prompt, not that anything was copied. Filters: time, user, team and repository.",
        "flows",
        rows.Flow,
        usual=1000,
    ),
    Report(
        "/cases",
        "What people decided about users' spend on repositories, newest first, and what was spent after the day of "
        "each case, under the filters. The filters user and repository select cases.",
        "cases",
        rows.Case,
        usual=1000,
    ),
    Report(
        "/cases/changes",
        "Every decision about users' spend on repositories, newest first. Of the filters, only user and repository "
        "count.",
        "case_changes",
        rows.CaseChange,
        usual=1000,
    ),
    Report(
        "/views",
        "The views of the dashboard that people saved, by name.",
        "saved_views",
        rows.SavedViewRow,
        usual=1000,
        filtered=False,
    ),
    Report(
        "/observations",
        "Every repository that the hook has reported.",
        "observations",
        rows.Observation,
        filtered=False,
    ),
    Report(
        "/labels/changes",
        "Which labels changed, when and why, newest first. Filters: time and repository.",
        "label_changes",
        rows.LabelChange,
        usual=1000,
    ),
    Report(
        "/labels/scopes",
        "What each run of the classifier labels: organizations with their ids, and hosts, with its last run's time.",
        "scopes",
        rows.Scope,
        filtered=False,
    ),
    Report(
        "/owners",
        "How many people worked in the repositories of each owner, most first.",
        "owners",
        rows.Owner,
        usual=1000,
    ),
)
"""Every report. Those in ``_OTHERS`` have their own functions below, because they take more parameters."""

Bucket = Annotated[Literal["1m", "5m", "15m", "hour", "day", "week", "month"], Query()]
By = Literal["user", "team", "repository", "label", "model", "owner"]
Offset = Annotated[int, Query(ge=-840, le=840, description="Offset of the buckets from UTC, in minutes")]


async def series(
    request: Request,
    chosen: Filters,
    page: Annotated[Page, Depends(pages())],
    bucket: Bucket = "day",
    offset: Offset = 0,
) -> Answer:
    """Return usage over time."""
    return await paged(request, "series", page, replace(by_bucket(chosen, bucket), offset=Minutes(offset)))


async def series_by(  # noqa: PLR0917
    request: Request,
    chosen: Filters,
    by: By,
    page: Annotated[Page, Depends(pages_by_rows)],
    bucket: Bucket = "day",
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many of the largest are listed separately")] = 10,
) -> Answer:
    """Return the usage over time of each of the largest."""
    query = replace(by_bucket(chosen, bucket), offset=Minutes(offset), limit=limit, by=by)
    return await paged(request, "series_by", page, query, limit="rows")


async def groups(request: Request, chosen: Filters, by: By, page: Annotated[Page, Depends(pages())]) -> Answer:
    """Return what each of them cost."""
    return await paged(request, "groups", page, replace(chosen, by=by))


async def extensions(
    request: Request,
    chosen: Filters,
    by: Literal["skill", "subagent", "plugin", "mcp-server", "slash-command"],
    page: Annotated[Page, Depends(pages())],
) -> Answer:
    """Return what was spent on each extension of a kind."""
    return await paged(request, "extensions", page, replace(chosen, by=by))


async def user_repositories(
    request: Request,
    chosen: Filters,
    page: Annotated[Page, Depends(pages_by_rows)],
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS, description="Number of users")] = 10,
) -> Answer:
    """Return what each of the largest users spent on each repository."""
    return await paged(request, "user_repositories", page, replace(chosen, limit=limit), limit="rows")


def _of_session(question: str) -> Callable[..., Awaitable[Answer]]:
    """Return the function that answers a question about one session."""

    async def one(
        request: Request,
        chosen: Filters,
        page: Annotated[Page, Depends(pages())],
        session: Annotated[str, Query(min_length=1, max_length=2048, description="Claude Code's session id")],
    ) -> Answer:
        return await paged(request, question, page, replace(chosen, session=session))

    return one


_NAMES = {
    "/extensions/{by}": "extensions",
    "/labels": "label_totals",
    "/labels/changes": "label_changes",
    "/labels/scopes": "scopes",
    "/pull-requests": "pull_requests",
    "/series/{by}": "series_by",
    "/groups/{by}": "groups",
}
_OTHERS: Mapping[str, Callable[..., Awaitable[Answer]]] = {
    "/extensions/{by}": extensions,
    "/series": series,
    "/series/{by}": series_by,
    "/groups/{by}": groups,
    "/users/repositories": user_repositories,
    "/sessions/repositories": _of_session("session_repositories"),
    "/sessions/prompts": _of_session("session_prompts"),
    "/sessions/tools": _of_session("session_tools"),
}


def _endpoint(report: Report) -> Callable[..., Awaitable[Answer]]:
    """Return the function that answers a report."""
    page_of = Depends(pages(report.usual or MAX_ROWS))

    async def whole(request: Request, chosen: Filters) -> Answer:
        found = await answer(request, report.question, replace(chosen, **report.parameters))
        return Answer(found if report.listed else found[0])

    async def filtered(request: Request, chosen: Filters, page: Annotated[Page, page_of]) -> Answer:
        return await paged(request, report.question, page, replace(chosen, **report.parameters), report.shown)

    async def unfiltered(request: Request, page: Annotated[Page, page_of]) -> Answer:
        return await paged(request, report.question, page, shown=report.shown)

    return whole if report.usual is None else filtered if report.filtered else unfiltered


def _register(report: Report) -> None:
    router.add_api_route(
        report.path,
        _OTHERS.get(report.path) or _endpoint(report),
        response_model=list[report.model] if report.listed else report.model,  # type: ignore[name-defined]
        description=report.description,
        # OpenAPI operation names are derived from it.
        name=_NAMES.get(report.path) or report.path.strip("/").replace("/", "_"),
    )


for _report in REPORTS:
    _register(_report)
