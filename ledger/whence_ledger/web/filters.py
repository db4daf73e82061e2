"""The filters of every report, from the query string to the parameters of its question."""

from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from pydantic import StringConstraints
from starlette.exceptions import HTTPException

from whence_contract.period import PeriodError, parse_time
from whence_ledger.model.filter import FIRST, LAST, clamp, period_before
from whence_ledger.model.quarter import floor

Text = Annotated[str, StringConstraints(max_length=2048)]
Values = Annotated[list[Text] | None, Query(max_length=1000)]


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
        Literal["request", "prompt", "session"],
        Query(
            description="How a session is divided: each request by its own tool calls, each prompt by its touches, "
            "or the whole session by its touches"
        ),
    ] = "request",
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
