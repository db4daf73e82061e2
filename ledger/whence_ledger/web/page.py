"""Pages: how many rows one answer of the API holds, and where the next ones are."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import Query, Request

MAX_ROWS = 10_000
"""What one answer holds at most."""
_MAX_LIMIT = 100_000
"""What a client may ask for; versions before this one asked for so many."""

Row = dict[str, Any]
Limit = Annotated[int, Query(ge=1, le=_MAX_LIMIT, description=f"How many rows at most; {MAX_ROWS:,} is the most")]
Skip = Annotated[int, Query(ge=0, lt=2**31, description="How many rows to leave out; the Link header says it")]


class Page(NamedTuple):
    """``limit``: how many rows. ``skip``: how many rows are before them."""

    limit: int
    skip: int

    def rows(self, found: list[Row]) -> list[Row]:
        """Return the rows of this page, of those that were found with one more."""
        return found[: self.limit]

    def link(self, request: Request, found: list[Row]) -> dict[str, str]:
        """Return the header that names the next page, if there is one (RFC 8288). It is relative: a proxy may serve
        the ledger under another address."""
        if len(found) <= self.limit:
            return {}
        given = [(name, value) for name, value in request.query_params.multi_items() if name != "skip"]
        return {"Link": f'<?{urlencode([*given, ("skip", str(self.skip + self.limit))])}>; rel="next"'}


def pages(usual: int = MAX_ROWS) -> Callable[..., Page]:
    """Return the dependency that reads ``limit`` and ``skip``. ``usual``: the limit where none is given."""

    def page(limit: Limit = usual, skip: Skip = 0) -> Page:
        return Page(min(limit, MAX_ROWS), skip)

    return page


def pages_by_rows(rows: Limit = MAX_ROWS, skip: Skip = 0) -> Page:
    """Read ``rows`` and ``skip``, where ``limit`` means something else."""
    return Page(min(rows, MAX_ROWS), skip)
