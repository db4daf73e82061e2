"""Build ECharts options. https://echarts.apache.org/en/option.html

Names are untrusted input: tooltips are built from text nodes (``page.js``), never from markup. ``style.css`` sets the
colour and font of text: charts are drawn as SVG, so that they follow the page's light or dark scheme.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from math import pi
from typing import Any

from babel.dates import format_date

from whence_ledger.dashboard.colour import Mark
from whence_ledger.dashboard.view import WITHIN_DAYS

_LINE = "rgba(128,132,140,0.22)"
_HEAT = "31,138,140"
_STRIPES = {"color": "rgba(255,255,255,0.8)", "dashArrayX": [1, 0], "dashArrayY": [2, 4]}
# The same patterns as ``Mark.css``.
_DECALS: tuple[dict[str, Any], ...] = (
    {},
    _STRIPES | {"rotation": 0.25 * pi},
    _STRIPES | {"rotation": -0.25 * pi},
    _STRIPES | {"rotation": 0},
    {"color": "rgba(255,255,255,0.8)", "symbol": "circle", "dashArrayX": [[3, 3], [0, 3, 3, 0]], "dashArrayY": [3, 0]},
)

Options = dict[str, Any]


def bars(
    buckets: Sequence[str],
    series: Mapping[str, Sequence[float]],
    marks: Mapping[str, Mark],
    dollars: bool,
    locale: str,
    *,
    hint: str = "",
    filters: bool = False,
) -> Options:
    """Return stacked bars over time. ``marks``: how to draw each name. ``hint``: what the mouse does, for tooltips.
    ``filters``: a click on a bar filters; the legend is outside the chart."""
    has_legend = len(series) > 1 and not filters
    return {
        **_common(),
        "grid": {"left": 8, "right": 24, "top": 32 if has_legend else 12, "bottom": 4, "containLabel": True},
        "legend": {**_legend(), "show": has_legend, "top": 0, "left": 0},
        "tooltip": _tooltip("axis", dollars, locale, hint),
        "xAxis": {
            "type": "category",
            "data": list(buckets),
            "axisLabel": {"hideOverlap": True, "margin": 12},
            "axisLine": {"lineStyle": {"color": _LINE}},
            "axisTick": {"show": False},
        },
        "yAxis": {
            "type": "value",
            # Counts and tokens have no fractions.
            **({} if dollars else {"minInterval": 1}),
            "axisLabel": {":formatter": _number(dollars, locale, short=True)},
            "splitLine": {"lineStyle": {"color": _LINE}},
        },
        "series": [
            {
                "name": name,
                "type": "bar",
                "stack": "all",
                "data": list(values),
                "barMaxWidth": 28,
                "cursor": "pointer" if filters else "default",
                "itemStyle": _style(marks[name]),
            }
            for name, values in series.items()
        ],
    }


def pie(names: Sequence[str], sizes: Sequence[float], marks: Sequence[Mark], locale: str) -> Options:
    """Return a ring chart of dollar amounts."""
    data = [
        {"name": name, "value": size, "itemStyle": _style(mark)}
        for name, size, mark in zip(names, sizes, marks, strict=True)
    ]
    return {
        **_common(),
        "tooltip": _tooltip("item", True, locale),
        "series": [
            {
                "type": "pie",
                "radius": ["58%", "88%"],
                "center": ["50%", "50%"],
                "label": {"show": False},
                "itemStyle": {"borderColor": "rgba(128,132,140,0.35)", "borderWidth": 1},
                "cursor": "pointer",
                "data": data,
            }
        ],
    }


def flow(links: Mapping[tuple[str, str], float], colours: Mapping[str, str], locale: str) -> Options:
    """Return a Sankey diagram of counts. ``links``: from name to name. ``colours``: of the names."""
    return {
        **_common(),
        "tooltip": _tooltip("item", False, locale),
        "series": [
            {
                "type": "sankey",
                "left": 8,
                "right": 8,
                "top": 8,
                "bottom": 8,
                "nodeAlign": "justify",
                "nodeGap": 12,
                "draggable": False,
                "layoutIterations": 32,
                "cursor": "pointer",
                # Names at both ends share the width.
                "label": {"position": "right", ":width": "Math.min(280, innerWidth / 2 - 60)", "overflow": "truncate"},
                "lineStyle": {"color": "source", "opacity": 0.35},
                "data": [
                    {
                        "name": name,
                        "itemStyle": {"color": colour},
                        # Names stand inside the picture: left of the nodes at its right edge.
                        "label": {"position": "left" if any(name == to for _, to in links) else "right"},
                    }
                    for name, colour in colours.items()
                ],
                "links": [{"source": one, "target": to, "value": value} for (one, to), value in links.items()],
            }
        ],
    }


def heat(columns: Sequence[str], rows: Sequence[str], cells: Sequence[Sequence[float]], locale: str) -> Options:
    """Return a heat map. ``cells``: the values of each row, from the top, in each column; 0 is not coloured."""
    axis = {
        "type": "category",
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "splitLine": {"show": True, "lineStyle": {"color": _LINE}},
    }
    data = [
        {"name": f"{row} {column}", "value": [x, y, value]}
        for y, (row, values) in enumerate(zip(rows, cells, strict=True))
        for x, (column, value) in enumerate(zip(columns, values, strict=True))
        if value
    ]
    return {
        **_common(),
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 4, "containLabel": True},
        "tooltip": _tooltip("item", False, locale),
        "xAxis": {**axis, "data": list(columns), "axisLabel": {"hideOverlap": True}},
        "yAxis": {**axis, "data": list(rows), "inverse": True, "axisLabel": {"interval": 0}},
        "visualMap": {
            "show": False,
            "min": 0,
            "max": max((max(values) for values in cells), default=0),
            "dimension": 2,
            # The colour of no amount is that of the card, light or dark.
            "inRange": {"color": [f"rgba({_HEAT},0.12)", f"rgba({_HEAT},1)"]},
        },
        "series": [{"type": "heatmap", "name": "Tokens", "data": data}],
    }


def bucket_names(buckets: Sequence[datetime], bucket: str, zone: tzinfo, locale: str) -> list[str]:
    """Return the labels of buckets: days in UTC, shorter ones in the viewer's time zone."""
    if bucket in WITHIN_DAYS:
        return [_hour(one, zone, locale) for one in buckets]
    return [format_date(one.date(), "d MMM", locale=locale) for one in buckets]


def _hour(moment: datetime, zone: tzinfo, locale: str) -> str:
    there = moment.replace(tzinfo=UTC).astimezone(zone)
    return f"{format_date(there.date(), 'd MMM', locale=locale)} {there:%H:%M}"


def _common() -> Options:
    # ECharts measures text widths with this font.
    return {"animation": False, "textStyle": {":fontFamily": "getComputedStyle(document.body).fontFamily"}}


def _style(mark: Mark) -> Options:
    return {"color": mark.colour} | ({"decal": _DECALS[mark.pattern]} if mark.pattern else {})


def _tooltip(trigger: str, dollars: bool, locale: str, hint: str = "") -> Options:
    return {
        "trigger": trigger,
        "confine": True,
        "className": "chart-tip",
        "axisPointer": {"type": "shadow"},
        "transitionDuration": 0,
        ":formatter": (
            f"points => whenceTooltip(points, {_number(dollars, locale)}, {_share(locale)}, {json.dumps(hint)})"
        ),
    }


def _legend() -> Options:
    return {
        "type": "scroll",
        "textStyle": {"width": 180, "overflow": "truncate"},
        "pageIconColor": "#8A8F98",
        "pageIconInactiveColor": _LINE,
        "icon": "roundRect",
        "itemWidth": 10,
        "itemHeight": 10,
    }


def _share(locale: str) -> str:
    """Return a JavaScript function that formats a fraction of one as the page does."""
    tag = locale.replace("_", "-")
    style = "style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1"
    return f"value => new Intl.NumberFormat('{tag}', {{{style}}}).format(value)"


def _number(dollars: bool, locale: str, short: bool = False) -> str:
    """Return a JavaScript function that formats a number as the page does."""
    style = "style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol'," if dollars else ""
    digits = "notation: 'compact', maximumFractionDigits: 1" if short or not dollars else "maximumFractionDigits: 2"
    tag = locale.replace("_", "-")
    return f"value => value == null ? '–' : new Intl.NumberFormat('{tag}', {{{style} {digits}}}).format(value)"
