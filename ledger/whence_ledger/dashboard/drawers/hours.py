"""When a developer works: tokens by part of the week and by weekday and hour, in the developer's own time zone."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from babel.dates import format_date, get_day_names
from nicegui import ui

from whence_ledger.dashboard import chart, plot
from whence_ledger.dashboard.amount import count, share
from whence_ledger.dashboard.card import card, nothing
from whence_ledger.dashboard.chart import bucket_names
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.picture import Picture
from whence_ledger.dashboard.view import WITHIN_DAYS
from whence_ledger.dashboard.zone import there
from whence_ledger.model.quarter import QUARTER
from whence_ledger.model.window import latest
from whence_ledger.model.working_hours import WorkingHours

WORKING, EVENINGS, WEEKENDS = "Working hours", "Evenings and nights", "Weekends"

Parts = dict[str, list[float]]


def hours(look: Look, rows: Sequence[Row]) -> None:
    """Draw the cards. ``rows``: of a quarter of an hour or less, so that they fit the time zones of the world."""
    note = f"working hours: {working_words(look.working, look.locale)}"
    with card("Tokens over time", "drawer-tokens-over-time", "wide", note):
        _over_time(look, rows)
    with card("Weekdays and hours", "drawer-heat", "wide", "tokens"):
        _heat(look, rows)


def _over_time(look: Look, rows: Sequence[Row]) -> None:
    """Draw each bucket's or day's tokens by part of the week."""
    if not any(one["tokens"] for one in rows):
        nothing("No data in this range.")
        return
    zone = axis_zone(rows, look.zone)
    if look.period.bucket in WITHIN_DAYS:
        buckets = look.period.buckets
        names = bucket_names(buckets, look.period.bucket, zone, look.locale)
        values = by_bucket(buckets, rows, look.zone, look.working)
        bounds = [*buckets, look.period.end]
    else:
        ends = [there(one, zone).date() for one in _bounds(look)]
        days, values = by_day(rows, look.zone, look.working, ends)
        names = [format_date(day, "EEE d MMM", locale=look.locale) for day in days]
        bounds = [_midnight(day, zone) for day in [*days, days[-1] + timedelta(days=1)]]
    plot.draw(look, names, bounds, values, plot.of_measures(values), dollars=False, size="low")
    ui.label(zone_words(rows, look.zone, look.locale)).classes("evidence")


def _heat(look: Look, rows: Sequence[Row]) -> None:
    """Draw the tokens of each hour of the week."""
    cells = by_cell(rows, look.zone)
    most = max(max(row) for row in cells)
    if not most:
        nothing("No data in this range.")
        return
    days = [get_day_names("abbreviated", locale=look.locale)[day] for day in range(7)]
    options = chart.heat([f"{hour}:00" for hour in range(24)], days, cells, look.locale)
    day, hour = next((day, hour) for day in range(7) for hour in range(24) if cells[day][hour] == most)
    name = get_day_names("wide", locale=look.locale)[day]
    total = sum(map(sum, cells))
    outside = sum(float(one["tokens"]) for one in rows if not look.working.is_within(local(one, look.zone)))
    busiest = f"Most on {name} from {hour}:00 to {hour + 1}:00"
    part = f"{share(outside / total, look.locale).shown} outside working hours"
    words = f"Tokens by weekday and hour. {busiest}, {count(most, look.locale).shown}; {part}"
    Picture(options, words).classes("chart heat")
    ui.label(f"{busiest}; {part}. {zone_words(rows, look.zone, look.locale)}").classes("evidence")


def by_bucket(buckets: Sequence[datetime], rows: Sequence[Row], viewer: tzinfo, working: WorkingHours) -> Parts:
    """Return the tokens of each bucket by part of the week. ``viewer``: the time zone of sessions that tell none."""
    parts = {name: [0.0] * len(buckets) for name in (WORKING, EVENINGS, WEEKENDS)}
    for one in rows:
        place = bisect_right(buckets, one["bucket"].replace(tzinfo=None)) - 1
        parts[_part(local(one, viewer), working)][place] += float(one["tokens"])
    return parts


def by_day(
    rows: Sequence[Row], viewer: tzinfo, working: WorkingHours, bounds: Sequence[date] = ()
) -> tuple[list[date], Parts]:
    """Return the days, and each day's tokens by part of the week. ``bounds``: days that are there even without tokens.
    ``viewer``: the time zone of sessions that tell none."""
    moments = [local(one, viewer) for one in rows]
    every = [*(moment.date() for moment in moments), *bounds]
    first, last = min(every), max(every)
    days = [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]
    parts = {name: [0.0] * len(days) for name in (WORKING, EVENINGS, WEEKENDS)}
    for moment, one in zip(moments, rows, strict=True):
        parts[_part(moment, working)][moment.date().toordinal() - first.toordinal()] += float(one["tokens"])
    return days, parts


def by_cell(rows: Sequence[Row], viewer: tzinfo) -> list[list[float]]:
    """Return the tokens of each weekday (from Monday) and hour. ``viewer``: the time zone of sessions that tell
    none."""
    cells = [[0.0] * 24 for _ in range(7)]
    for one in rows:
        moment = local(one, viewer)
        cells[moment.weekday()][moment.hour] += float(one["tokens"])
    return cells


def local(row: Row, viewer: tzinfo) -> datetime:
    """Return when a row was in the developer's time zone, or in the viewer's if its sessions do not tell."""
    return there(row["bucket"], viewer if row["utc_offset"] is None else _zone(row["utc_offset"]))


def axis_zone(rows: Sequence[Row], viewer: tzinfo) -> tzinfo:
    """Return the time zone in which a chart names moments: the developer's last one, or the viewer's if none is
    known."""
    told = [one["utc_offset"] for one in rows if one["utc_offset"] is not None]
    return _zone(told[-1]) if told else viewer


def zone_words(rows: Sequence[Row], viewer: tzinfo, locale: str) -> str:
    """Return in which time zones the hours are."""
    unknown = sum(float(one["tokens"]) for one in rows if one["utc_offset"] is None)
    told = {one["utc_offset"] for one in rows if one["utc_offset"] is not None}
    yours = f"your time zone, {viewer}"
    if not told:
        return f"In {yours}: no session here tells the developer's."
    own = f"In the developer's time zone, {', '.join(str(_zone(offset)) for offset in sorted(told))}"
    if not unknown:
        return f"{own}."
    part = share(unknown / sum(float(one["tokens"]) for one in rows), locale).shown
    return f"{own}; {part} of the tokens in {yours}, because their sessions do not tell the developer's."


def working_words(working: WorkingHours, locale: str) -> str:
    """Return the working hours in words."""
    names = get_day_names("abbreviated", locale=locale)
    days = [names[day] for day in working.days]
    return f"{days[0]}–{days[-1]}, {working.begin}:00–{working.end}:00"


def _zone(offset: int) -> tzinfo:
    return timezone(timedelta(minutes=offset))


def _bounds(look: Look) -> list[datetime]:
    """Return the start and the end of a view's range; empty if it has too many days to show those without tokens."""
    last = min(look.period.end, latest()) - QUARTER
    return [] if look.period.bucket == "week" or last < look.period.begin else [look.period.begin, last]


def _midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a day begins in the time zone (UTC, naive)."""
    return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)


def _part(moment: datetime, working: WorkingHours) -> str:
    if not working.is_day(moment):
        return WEEKENDS
    return WORKING if working.is_within(moment) else EVENINGS
