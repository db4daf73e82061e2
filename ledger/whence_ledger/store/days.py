"""Days: sum the sessions of complete days in ClickHouse, and choose the days whose sums a question reads.

What is rolled up of a day counts until a session is divided that has data on it. Then questions read the day's
sessions, until the day is rolled up again. A roll counts once it is listed, and of a day's rolls the newest counts. So
any number of servers may roll up the same day, and any of them may stop at any moment.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from whence_contract.units import Microseconds
from whence_ledger.model.query import FIRST, LAST, Query
from whence_ledger.store.batch import run, statements_of
from whence_ledger.store.work import work_tables

SLACK = timedelta(minutes=15)
"""How long a day must be left alone before it is rolled up. It must be longer than what can pass between two statements
of a division, the one that marks its days and the one that lists it: each ends within five minutes or fails."""
AT_ONCE = 3
"""How many days are rolled up at a time: this limits memory."""
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1)
NOW = "SELECT toUnixTimestamp64Micro(now64(6))"

Parameters = dict[str, Any]
Changes = Sequence[Sequence[Any]]


class Day(NamedTuple):
    """A day with data (UTC). ``roll``: the mark of its sums; 0: questions read its sessions. ``divided``: when sessions
    were last divided on it."""

    start: datetime
    roll: int
    divided: Microseconds = Microseconds(0)


def roll_days(client: Client, slack: timedelta = SLACK, most: int | None = None) -> int:
    """Roll up the complete days that were left alone for ``slack``, the newest first, at most ``most`` of them. Return
    how many."""
    rolled = 0
    while count := _roll_some(client, slack, AT_ONCE if most is None else min(AT_ONCE, most - rolled)):
        rolled += count
    (asked,) = statements_of("replaced", {})
    if rolled and client.query(asked).result_rows[0][0]:
        run(client, "unroll")
    return rolled


def _roll_some(client: Client, slack: timedelta, most: int) -> int:
    with work_tables(client) as work:
        at = int(client.query(NOW).result_rows[0][0])
        upto = at - slack // _MICROSECOND
        values = {"work": work, "mark": secrets.token_hex(16), "days": str(most), "at": str(at), "upto": str(upto)}
        run(client, "due", values)
        count = int(client.query(f"SELECT count() FROM {work}days").result_rows[0][0])  # noqa: S608 our own name
        if count:
            run(client, "roll", values)
    return count


def days_of(client: Client, as_of: int) -> tuple[Day, ...]:
    """Return the days with data of divisions until ``as_of``."""
    (asked,) = statements_of("days", {"as_of": str(as_of)})
    rows = client.query(asked).result_rows
    return tuple(Day(_EPOCH + timedelta(seconds=start), roll, divided) for start, roll, divided in rows)


def changes_until(client: Client, as_of: int) -> Changes:
    """Return what tells whether ``days_of`` would return something else than before."""
    (asked,) = statements_of("changes", {"as_of": str(as_of)})
    return client.query(asked).result_rows


def is_due(days: tuple[Day, ...], as_of: int, slack: timedelta = SLACK) -> bool:
    """Return whether there are days to roll up."""
    now = _EPOCH + as_of * _MICROSECOND
    left_alone = as_of - slack // _MICROSECOND
    return any(not day.roll and day.start + _DAY <= now and day.divided <= left_alone for day in days)


def every_session() -> Parameters:
    """Return the parameters of ``within.sql`` with which a question reads no sums."""
    return {"rolls": [], "rolled": [], "raw_since": FIRST}


def chosen_days(days: tuple[Day, ...], query: Query) -> Parameters:
    """Return the parameters of ``within.sql``: the sums of the days that lie within a period of the query. A query that
    cannot read days has none."""
    if not query.reads_days:
        return every_session()
    given = query.parameters()
    before, begin, end = given["previous_begin"], given["begin"], given["end"]
    first = min(before, begin)
    rolled, raw_since = [], LAST
    for day in days:
        stop = day.start + _DAY
        if stop <= first or day.start >= end:
            continue
        if day.roll and (stop <= begin if day.start < begin else stop <= end) and day.start >= first:
            rolled.append(day)
        else:
            raw_since = min(raw_since, max(day.start, FIRST))
    return {
        "rolls": [day.roll for day in rolled],
        "rolled": [day.start.date() for day in rolled],
        "raw_since": raw_since,
    }
