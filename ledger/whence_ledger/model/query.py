"""The parameters of a question: the filters and all others."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NewType

from whence_ledger.model.quarter import QUARTER, floor
from whence_ledger.model.window import EARLIEST, latest

FIRST, LAST = EARLIEST, datetime(2200, 1, 1)
"""The default start and end of a query. No question reads past ``latest()``."""

EVERY = 2**32 - 1
"""The limit that returns all rows."""

Minutes = NewType("Minutes", int)
Split = Literal["request", "prompt", "session"]
"""A rule that divides sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The parameters of a question; each field is the parameter ``$name`` in SQL.

    The filters are a half-open period (UTC, naive) and names; an empty filter matches everything. A repository is
    named by its key, by its display name, or by ``Unknown`` for usage without one. ``previous_begin``: the start of the
    period to compare with, which ends at ``begin``. ``split``: the rule that divides sessions.

    ``limit`` and ``skip``: the page of rows. In questions whose ``limit`` is the number of subjects, ``rows`` is the
    length of the page. ``bucket``: a unit of ``date_trunc``. ``grain``: length of a bucket in minutes if it is shorter
    than a quarter of an hour, else 15. ``offset``: minutes from UTC. ``by``: the column that a series is grouped by, or
    the kind of extension. ``session``: the session that a question is about. ``missing``: ``only`` leaves out
    rows from which nothing is missing.
    """

    begin: datetime = FIRST
    end: datetime = LAST
    previous_begin: datetime = FIRST
    users: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    split: Split = "request"
    limit: int = EVERY
    rows: int = EVERY
    skip: int = 0
    bucket: str = "day"
    grain: Minutes = Minutes(15)
    offset: Minutes = Minutes(0)
    by: str = "model"
    session: str = ""
    missing: str = ""

    @property
    def unset(self) -> frozenset[str]:
        """Return the names of the filters that match everything."""
        return frozenset(one.name for one in fields(self) if getattr(self, one.name) == ())

    @property
    def selection(self) -> tuple[Any, ...]:
        """Return what chooses the data: period, filters and rule. Queries with the same selection read the same."""
        period = (self.begin, self.end, self.previous_begin)
        return (*period, self.users, self.models, self.repositories, self.labels, self.teams, self.split)

    @property
    def reads_days(self) -> bool:
        """Return whether rolled-up days can be read: not with shorter buckets, or with days of another time zone."""
        return self.bucket not in {"minute", "hour"} and not self.offset % (24 * 60)

    @property
    def is_by_minute(self) -> bool:
        """Return whether the buckets are finer than the quarters of an hour in which amounts are stored."""
        return self.bucket == "minute" and self.grain < 15

    def parameters(self) -> dict[str, Any]:
        """Return the parameters for a database, by name. E-mail addresses are stored in lower case and match in any;
        other user names match exactly. The period ends no later than the ledger's data can."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        lists = {name: list(value) for name, value in given.items() if isinstance(value, tuple)}
        folded = [name.lower() for name in self.users if "@" in name]
        begin, end = (min(clamp(moment), latest()) for moment in (self.begin, self.end))
        users = list(dict.fromkeys([*self.users, *folded]))
        return given | lists | {"begin": begin, "end": end, "users": users}


EVERYTHING = Query()


def clamp(time: datetime) -> datetime:
    """Return the moment from ``FIRST`` to ``LAST`` that is nearest to ``time``."""
    return min(max(time, FIRST), LAST)


_GRAINS = {"1m": Minutes(1), "5m": Minutes(5), "15m": Minutes(15)}


def by_bucket(query: Query, bucket: str) -> Query:
    """Return the query by a bucket: ``1m``, ``5m``, ``15m``, ``hour``, ``day``, ``week`` or ``month``."""
    # The times that a series reads are already the starts of buckets of that grain.
    return replace(query, bucket="minute" if bucket in _GRAINS else bucket, grain=_GRAINS.get(bucket, Minutes(15)))


def period_before(begin: datetime, end: datetime, keep: timedelta | None) -> datetime:
    """Return the start of the previous period of equal length; ``begin`` itself if the period has no beginning, or the
    ledger no longer has all of the previous one. A period that is not over, or has no end, is compared with one as long
    as what is over of it. ``keep``: how long sessions are kept; ``None``: forever."""
    if begin <= FIRST:
        return begin
    now = datetime.now(UTC).replace(tzinfo=None)
    over = min(end, max(begin, floor(now) + QUARTER))
    before = max(FIRST, begin - (over - begin))
    return begin if keep and before < now - keep else before
