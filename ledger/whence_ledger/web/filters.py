"""Read the filters of every report from the query string."""

from typing import Annotated

import fastapi
from fastapi import Depends, Request
from pydantic import StringConstraints
from starlette.exceptions import HTTPException

from whence_contract.period import PeriodError, parse_time
from whence_ledger.model.quarter import floor
from whence_ledger.model.query import FIRST, LAST, Query, Split, clamp, period_before

Text = Annotated[str, StringConstraints(max_length=2048)]
Values = Annotated[list[Text] | None, fastapi.Query(max_length=1000)]


def filters(  # noqa: PLR0917 the web framework passes them by name
    request: Request,
    from_time: Annotated[
        str | None,
        fastapi.Query(
            alias="from",
            description="Start of the range, ISO 8601. `from` and `to` are rounded down to a quarter of an hour",
        ),
    ] = None,
    to_time: Annotated[str | None, fastapi.Query(alias="to", description="End of the range, not included")] = None,
    user: Values = None,
    model: Values = None,
    repository: Annotated[
        list[Text] | None, fastapi.Query(max_length=1000, description="`Unknown`: usage without a repository")
    ] = None,
    label: Values = None,
    team: Values = None,
    split: Annotated[
        Split,
        fastapi.Query(
            description="How a session is divided: each request by its own tool calls, each prompt by its touches, "
            "or the entire session by its touches"
        ),
    ] = "request",
) -> Query:
    """Return the filters of every report as a query."""
    try:
        begin = floor(parse_time(from_time)) if from_time else FIRST
        end = floor(parse_time(to_time)) if to_time else LAST
    except (PeriodError, OverflowError) as error:
        raise HTTPException(422, str(error)) from error
    if from_time and to_time and begin > end:
        raise HTTPException(422, f"`from` ({begin.isoformat()}) is later than `to` ({end.isoformat()}).")
    begin, end = clamp(begin), clamp(end)
    return Query(
        begin=begin,
        end=end,
        previous_begin=period_before(begin, end, request.app.state.keep),
        users=tuple(user or ()),
        models=tuple(model or ()),
        repositories=tuple(repository or ()),
        labels=tuple(label or ()),
        teams=tuple(team or ()),
        split=split,
    )


Filters = Annotated[Query, Depends(filters)]
