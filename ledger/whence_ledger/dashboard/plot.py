"""Draw query rows as charts over the view's time range."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from nicegui import events

from whence_ledger.dashboard import chart
from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.colour import LABELS, MEASURES, OTHERS, Mark, marks
from whence_ledger.dashboard.legend import chart_legend
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.picture import Picture
from whence_ledger.dashboard.view import within

NAMES = 7
"""Names that a chart over time shows individually, beside "All others"."""
UNKNOWN = "Unknown"
"""Shown for a missing name."""
OTHERS_NAME = "All others"
_NO_FILTER: dict[str, tuple[str, ...]] = dict.fromkeys(("model", "user", "team"), (UNKNOWN, OTHERS_NAME))
_NO_FILTER |= dict.fromkeys(("repository", "label"), (OTHERS_NAME,))
"""Names of a chart that its filter has no value for."""
DRAG = "Drag to choose a time"

Values = Mapping[str, Sequence[float]]


def over_time(look: Look, series: Sequence[Row], measures: dict[str, str], dollars: bool, size: str = "") -> None:
    """Draw measures in each bucket. ``measures``: row fields by title."""
    there = {one["bucket"]: one for one in series}
    buckets = look.period.buckets
    values = {
        title: [float(there[bucket][name]) if bucket in there else 0.0 for bucket in buckets]
        for title, name in measures.items()
    }
    _bars(look, values, of_measures(values), dollars=dollars, size=size)


def by_name(
    look: Look,
    series: Sequence[Row],
    colours: Mapping[str, str],
    measure: str,
    dollars: bool,
    *,
    size: str = "",
    filters: str = "model",
) -> None:
    """Draw one measure of each name in each bucket. "All others" comes last; names without any amount are left out.
    ``filters``: the filter that the names are values of; a click on one sets it. Empty for names that are of none."""
    buckets = look.period.buckets
    place = {bucket: number for number, bucket in enumerate(buckets)}
    totals: dict[str, list[float]] = {}
    for one in sorted(series, key=lambda one: one["in_others"]):
        name = OTHERS_NAME if one["in_others"] else one["name"] or UNKNOWN
        totals.setdefault(name, [0.0] * len(buckets))[place[one["bucket"]]] += float(one[measure])
    values = {name: values for name, values in totals.items() if any(values)}
    fixed = {UNKNOWN: LABELS["Unknown"], OTHERS_NAME: OTHERS}
    shown = marks(list(values), colours, fixed)
    # The bars are stacked as the legend lists them, whichever name was the first in the range.
    values = {name: values[name] for name in sorted(shown, key=lambda name: name == OTHERS_NAME)}
    _bars(look, values, shown, dollars=dollars, size=size, filters=filters)


def of_measures(titles: Iterable[str]) -> dict[str, Mark]:
    """Return how a chart draws measures of these titles, at most ``len(MEASURES)``."""
    return {title: Mark(colour) for title, colour in zip(titles, MEASURES, strict=False)}


def _bars(
    look: Look, values: Values, shown: Mapping[str, Mark], *, dollars: bool, size: str, filters: str = ""
) -> None:
    if not any(any(one) for one in values.values()):
        nothing("No data in this range.")
        return
    names = chart.bucket_names(look.period.buckets, look.period.bucket, look.zone, look.locale)
    draw(
        look, names, [*look.period.buckets, look.period.end], values, shown, dollars=dollars, size=size, filters=filters
    )


def draw(
    look: Look,
    names: Sequence[str],
    bounds: Sequence[datetime],
    values: Values,
    shown: Mapping[str, Mark],
    *,
    dollars: bool,
    size: str = "",
    filters: str = "",
) -> None:
    """Draw stacked bars, with a description for screen readers. A drag over bars makes their time the view's range.
    ``bounds``: each bar's begin and the last one's end (UTC, naive). ``size``: ``low`` or empty. ``filters``: as for
    ``by_name``."""

    def filter_by(name: str) -> None:
        if filters and name in values and name not in _NO_FILTER[filters]:
            look.filter(filters, name)

    if filters:
        chart_legend(shown, filter_by, _NO_FILTER[filters])
    hint = f"Click a bar to show only its {filters}\n{DRAG}" if filters else DRAG
    options = chart.bars(names, values, shown, dollars, look.locale, hint=hint, filters=bool(filters))
    words = f"{', '.join(values)}: {names[0]} – {names[-1]}"
    picture = Picture(options, words, lambda series, _: filter_by(series)).classes(f"chart drags {size}")

    def chosen(event: events.GenericEventArguments) -> None:
        first, last = (int(event.args["detail"][end]) for end in ("first", "last"))
        if 0 <= first <= last < len(bounds) - 1:
            look.go(within(look.view, look.period, bounds[first], bounds[last + 1]))

    # page.js sends it.
    picture.on("range", chosen, ["detail"])
