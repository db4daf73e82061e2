"""Pagination of API responses."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import Query, Request

MAX_ROWS = 10_000
"""The most rows in one response."""
_MAX_LIMIT = 100_000
"""Largest limit that a client may send; older versions send it."""

Row = dict[str, Any]
Limit = Annotated[int, Query(ge=1, le=_MAX_LIMIT, description=f"Maximum number of rows; capped at {MAX_ROWS:,}")]
Skip = Annotated[int, Query(ge=0, lt=2**31, description="Number of rows to skip; see the Link header")]


class Page(NamedTuple):
    """``limit``: rows on this page. ``skip``: rows before it."""

    limit: int
    skip: int

    def rows(self, found: list[Row]) -> list[Row]:
        """Return this page's rows. ``found``: the page's rows and one more, if there is one."""
        return found[: self.limit]

    def link(self, request: Request, found: list[Row]) -> dict[str, str]:
        """Return the Link header of the next page, if there is one (RFC 8288). The link is relative, because a proxy
        may serve the ledger under another address."""
        if len(found) <= self.limit:
            return {}
        given = [(name, value) for name, value in request.query_params.multi_items() if name != "skip"]
        return {"Link": f'<?{urlencode([*given, ("skip", str(self.skip + self.limit))])}>; rel="next"'}


def pages(usual: int = MAX_ROWS) -> Callable[..., Page]:
    """Return a FastAPI dependency that reads ``limit`` and ``skip``. ``usual``: the default limit."""

    def page(limit: Limit = usual, skip: Skip = 0) -> Page:
        return Page(min(limit, MAX_ROWS), skip)

    return page


def pages_by_rows(rows: Limit = MAX_ROWS, skip: Skip = 0) -> Page:
    """Read ``rows`` and ``skip``, for reports where ``limit`` has another meaning."""
    return Page(min(rows, MAX_ROWS), skip)
