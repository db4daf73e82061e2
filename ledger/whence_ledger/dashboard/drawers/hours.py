"""Tokens by part of the week: working hours, evenings and nights, weekends."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from babel.dates import format_date

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.chart import bucket_names
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.view import WITHIN_DAYS
from whence_ledger.dashboard.zone import there
from whence_ledger.model.quarter import QUARTER
from whence_ledger.model.window import latest

WORK = range(8, 18)
WORKING, EVENINGS, WEEKENDS = "Working hours", "Evenings and nights", "Weekends"

Parts = dict[str, list[float]]


def tokens_over_time(look: Look, rows: Sequence[Row]) -> None:
    """Draw the tokens of each bucket or day by part of the week. ``rows``: one per hour, or per bucket of the view if
    that is shorter."""
    if not any(one["tokens"] for one in rows):
        nothing("No data in this range.")
        return
    if look.period.bucket in WITHIN_DAYS:
        buckets = look.period.buckets
        names = bucket_names(buckets, look.period.bucket, look.zone, look.locale)
        values = by_bucket(buckets, rows, look.zone)
        bounds = [*buckets, look.period.end]
    else:
        days, values = by_day(rows, look.zone, _bounds(look))
        names = [format_date(day, "EEE d MMM", locale=look.locale) for day in days]
        bounds = [_midnight(day, look.zone) for day in [*days, days[-1] + timedelta(days=1)]]
    plot.draw(look, names, bounds, values, plot.of_measures(values), dollars=False, size="low")


def by_bucket(buckets: Sequence[datetime], rows: Sequence[Row], zone: tzinfo) -> Parts:
    """Return the tokens of each bucket by the part of the week in which it begins, in the time zone."""
    place = {bucket: number for number, bucket in enumerate(buckets)}
    parts = {name: [0.0] * len(buckets) for name in (WORKING, EVENINGS, WEEKENDS)}
    for one in rows:
        parts[_part(there(one["bucket"], zone))][place[one["bucket"]]] += float(one["tokens"])
    return parts


def by_day(hours: Sequence[Row], zone: tzinfo, bounds: Sequence[datetime] = ()) -> tuple[list[date], Parts]:
    """Return the days in the time zone, and each day's tokens by part of the week. ``bounds``: moments whose days are
    included even without tokens."""
    moments = [there(one["bucket"], zone) for one in hours]
    every = [*moments, *(there(one, zone) for one in bounds)]
    first, last = min(every).date(), max(every).date()
    days = [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]
    parts = {name: [0.0] * len(days) for name in (WORKING, EVENINGS, WEEKENDS)}
    for moment, one in zip(moments, hours, strict=True):
        parts[_part(moment)][moment.date().toordinal() - first.toordinal()] += float(one["tokens"])
    return days, parts


def _bounds(look: Look) -> list[datetime]:
    """Return the start and the end of a view's range; empty if it has too many days to show those without tokens."""
    last = min(look.period.end, latest()) - QUARTER
    return [] if look.period.bucket == "week" or last < look.period.begin else [look.period.begin, last]


def _midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a day begins in the time zone (UTC, naive)."""
    return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)


def _part(moment: datetime) -> str:
    if moment.weekday() >= 5:
        return WEEKENDS
    return WORKING if moment.hour in WORK else EVENINGS
