"""Charts of what rows say, over the time that is looked at."""

from collections.abc import Mapping, Sequence

from nicegui import ui

from whence_ledger.dashboard import chart
from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.look import Look, Row

NAMES = len(chart.COLOURS) - 1
"""How many names a chart over time tells apart, beside all others."""
UNKNOWN = "Unknown"
"""What has no name is called."""

Values = Mapping[str, Sequence[float]]


def over_time(look: Look, series: Sequence[Row], measures: dict[str, str], dollars: bool, size: str = "") -> None:
    """A chart of measures, by title: what there was in each bucket; nothing where nothing was."""
    there = {one["bucket"]: one for one in series}
    buckets = look.period.buckets
    values = {
        title: [float(there[bucket][name]) if bucket in there else 0.0 for bucket in buckets]
        for title, name in measures.items()
    }
    _bars(look, values, dollars, size)


def by_name(look: Look, series: Sequence[Row], measure: str, dollars: bool, size: str = "") -> None:
    """A chart of one measure: what each name had in each bucket; the others last, and none that had nothing."""
    buckets = look.period.buckets
    place = {bucket: number for number, bucket in enumerate(buckets)}
    totals: dict[str, list[float]] = {}
    for one in sorted(series, key=lambda one: one["in_others"]):
        name = "All others" if one["in_others"] else one["name"] or UNKNOWN
        totals.setdefault(name, [0.0] * len(buckets))[place[one["bucket"]]] += float(one[measure])
    _bars(look, {name: values for name, values in totals.items() if any(values)}, dollars, size)


def _bars(look: Look, values: Values, dollars: bool, size: str) -> None:
    if not any(any(one) for one in values.values()):
        nothing("Nothing in this range.")
        return
    names = chart.bucket_names(look.period.buckets, look.period.bucket, look.zone, look.locale)
    draw(names, values, dollars, look.locale, size)


def draw(names: Sequence[str], values: Values, dollars: bool, locale: str, size: str = "") -> None:
    """Stacked bars, and the same told to who does not see them. ``size``: ``low``, or nothing."""
    picture = ui.echart(chart.bars(names, values, dollars, locale)).classes(f"chart {size}")
    picture.props("role=img")
    picture.props["aria-label"] = f"{', '.join(values)}: {names[0]} – {names[-1]}"
