"""Find who spends most outside the organization, without users whose cases there are all settled."""

from collections import Counter, defaultdict
from typing import NamedTuple

from whence_ledger.dashboard.look import Look, Row
from whence_ledger.model.case import Status
from whence_ledger.model.query import EVERY

OUTSIDE = ("Unmanaged",)


class Spenders(NamedTuple):
    """``rows``: of the report spenders, with ``cases`` in words if any user has one. ``settled``: users who are left
    out."""

    rows: list[Row]
    settled: list[str]


def is_continued(case: Row) -> bool:
    """Return whether money was spent in the range after the day of a settled case."""
    return bool(case["is_settled"] and case["cost_usd_since"] > 0)


def words_of(case: Row | None) -> str:
    """Return a case in words: its status, and whether the spend continues."""
    if case is None:
        return "new"
    status = str(case["status"]).replace("-", " ")
    return f"{status}, still spending" if is_continued(case) else status


def is_done(case: Row | None) -> bool:
    """Return whether nothing is left to do about a case. Legitimate spend may continue."""
    return bool(case and case["is_settled"] and (case["status"] == Status.LEGITIMATE or not is_continued(case)))


async def unsettled(look: Look, limit: int) -> Spenders:
    """Return the ``limit`` largest spenders with unsettled spend outside the organization."""
    cases = {(one["user"], one["repository"]): one for one in await look.ask("cases")}
    known = {user for user, _ in cases}
    rows = await look.ask("spenders", labels=OUTSIDE, limit=limit + len(known))
    known &= {row["user"] for row in rows}
    if not known:
        return Spenders(rows[:limit], [])
    pairs = await look.ask("user_repositories", labels=OUTSIDE, users=tuple(sorted(known)), limit=EVERY)
    found: defaultdict[str, list[Row | None]] = defaultdict(list)
    for pair in pairs:
        found[pair["user"]].append(cases.get((pair["user"], pair["repository"])))
    settled = [row["user"] for row in rows if row["user"] in known and all(map(is_done, found[row["user"]]))]
    left = [row | {"cases": _count(found[row["user"]])} for row in rows if row["user"] not in settled]
    return Spenders(left[:limit], settled)


def _count(cases: list[Row | None]) -> str | None:
    """Return how many repositories have a case of each status, in words; ``None`` if none has one."""
    counts = Counter(words_of(case) for case in cases)
    return "; ".join(f"{number} {words}" for words, number in sorted(counts.items())) if any(cases) else None
