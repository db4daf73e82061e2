"""Compare a figure with the previous period, and draw its course as a small line."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from nicegui import ui

from whence_ledger.dashboard.amount import MANIFOLD, Amount, Number, count, lines, share
from whence_ledger.dashboard.card import figure
from whence_ledger.dashboard.look import Look, Row

_WIDTH, _HEIGHT = 96, 24
Course = str | Callable[[Row], Number]
"""A bucket's value: a field, which is zero in a bucket without usage, or what a function makes of the bucket's row."""


class Trend(NamedTuple):
    """How a figure changes. ``before``: in the previous period; ``None`` if the ledger does not have all of it.
    ``is_rate``: a share of one, whose difference is in percentage points. ``course``: its value in each bucket."""

    now: Number
    before: Number
    course: Sequence[Number] = ()
    is_rate: bool = False


async def ask_before(look: Look, *questions: str, **chosen: Any) -> Row:
    """Return the rows of questions about the previous period as one; empty if the ledger does not have all of that
    period. ``chosen`` replaces fields of the query."""
    query = look.query
    if query.previous_begin >= query.begin or not (await look.ask("before"))[0]["is_whole"]:
        return {}
    period = {"begin": query.previous_begin, "end": query.begin}
    answers = await asyncio.gather(*(look.ask(question, **chosen | period) for question in questions))
    return {name: value for (row,) in answers for name, value in row.items()}


def course(look: Look, series: Sequence[Row], of: Course, without: Number = None) -> list[Number]:
    """Return a value for each of the view's buckets. ``series``: the rows of that question. ``without``: the value of a
    function in a bucket without usage."""
    if isinstance(of, str):
        there = {one["bucket"]: one[of] for one in series}
        return [there.get(bucket, 0) for bucket in look.period.buckets]
    values = {one["bucket"]: of(one) for one in series}
    return [values.get(bucket, without) for bucket in look.period.buckets]


def ratio(part: str, whole: str) -> Course:
    """Return what divides one field of a bucket by another."""
    return lambda row: float(row[part]) / float(row[whole]) if row[whole] else None


def words(trend: Trend, locale: str) -> str:
    """Say how the figure compares with the previous period; nothing if there is nothing to compare."""
    if trend.now is None or trend.before is None:
        return ""
    now, before = float(trend.now), float(trend.before)
    if now == before:
        return "as before"
    if not before:
        return "none before"
    if trend.is_rate:
        shown = f"{count(round(abs(now - before) * 100, 1), locale).shown} points"
    elif now >= MANIFOLD * before > 0:
        return f"▲ {count(round(now / before), locale).shown} times what it was before"
    else:
        shown = share(abs(now - before) / before, locale).shown
    return f"▲ {shown} more than before" if now > before else f"▼ {shown} less than before"


def compared(
    title: str, show: Callable[[Number, str], Amount], trend: Trend, locale: str, *, name: str, note: str = ""
) -> None:
    """Draw a figure with its comparison as text and its course. ``show``: formats it. ``name``: the element's id."""
    with figure(title, show(trend.now, locale), name, note):
        draw_trend(trend, show(trend.before, locale), locale)


def compared_lines(row: Row, before: Row, series: Sequence[Number], locale: str, *, name: str) -> None:
    """Draw lines added and removed, compared by their sum. ``series``: the sum in each bucket."""
    with figure("Lines", lines((row["lines_added"], row["lines_removed"]), locale), name):
        changed = lines_of(before) if before else None
        draw_trend(Trend(lines_of(row), changed, series), count(changed, locale), locale)


def lines_of(row: Row) -> Number:
    """Return lines added and removed together."""
    added_and_removed: Number = row["lines_added"] + row["lines_removed"]
    return added_and_removed


def draw_trend(trend: Trend, before: Amount, locale: str) -> None:
    """Draw the comparison and the course into a figure. ``before``: the earlier amount, for the tooltip."""
    if told := words(trend, locale):
        ui.label(told).classes("figure-delta").props["title"] = f"{before.exact} in the equal period before"
    sparkline(trend.course)


def sparkline(values: Sequence[Number]) -> None:
    """Draw the course of a figure. Missing values are left out; the comparison beside it says the same in words."""
    known = [(place, float(value)) for place, value in enumerate(values) if value is not None]
    if len(known) < 2 or not any(value for _, value in known):
        return
    low, high = min(0.0, *(value for _, value in known)), max(value for _, value in known)
    points = " ".join(
        f"{place / (len(values) - 1) * _WIDTH:.1f},{(_HEIGHT - 2) * (1 - (value - low) / (high - low)) + 1:.1f}"
        for place, value in known
    )
    # Numbers only: nothing in it comes from outside.
    ui.html(
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<polyline points="{points}" /></svg>',
        sanitize=False,
    ).classes("spark")
