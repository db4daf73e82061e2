"""Charts, as options for ECharts. https://echarts.apache.org/en/option.html

Names come from outside: tooltips are drawn as text, never as markup.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from babel.dates import format_date

# Okabe and Ito's palette, which the colour-blind can tell apart: https://jfly.uni-koeln.de/color/
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800", "#8C6BB1")
OTHERS = "#8A8F98"
LABELS = {"Managed": "#0072B2", "Unmanaged": "#D55E00", "Unknown": OTHERS}
_TEXT, _LINE = "#7A808A", "rgba(128,132,140,0.22)"

Options = dict[str, Any]


def bars(buckets: Sequence[str], series: Mapping[str, Sequence[float]], dollars: bool, locale: str) -> Options:
    """Stacked bars over time, one colour a name; those called after ``OTHERS_NAME`` come grey and last."""
    return {
        **_common(),
        "grid": {"left": 8, "right": 12, "top": 32 if len(series) > 1 else 12, "bottom": 4, "containLabel": True},
        "legend": {**_legend(), "show": len(series) > 1, "top": 0, "left": 0},
        "tooltip": {
            "trigger": "axis",
            "renderMode": "richText",
            "confine": True,
            ":valueFormatter": _number(dollars, locale),
        },
        "xAxis": {
            "type": "category",
            "data": list(buckets),
            "axisLabel": {"color": _TEXT, "hideOverlap": True},
            "axisLine": {"lineStyle": {"color": _LINE}},
            "axisTick": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "axisLabel": {"color": _TEXT, ":formatter": _number(dollars, locale, short=True)},
            "splitLine": {"lineStyle": {"color": _LINE}},
        },
        "series": [
            {
                "name": name,
                "type": "bar",
                "stack": "all",
                "data": list(values),
                "barMaxWidth": 28,
                "itemStyle": {"color": colour_of(place, name)},
            }
            for place, (name, values) in enumerate(series.items())
        ],
    }


def pie(names: Sequence[str], sizes: Sequence[float], colours: Sequence[str], locale: str) -> Options:
    """A ring of shares of dollars."""
    data = [
        {"name": name, "value": size, "itemStyle": {"color": colour}}
        for name, size, colour in zip(names, sizes, colours, strict=True)
    ]
    return {
        **_common(),
        "tooltip": {
            "trigger": "item",
            "renderMode": "richText",
            "confine": True,
            ":valueFormatter": _number(True, locale),
        },
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


def colour_of(place: int, name: str) -> str:
    """The colour of the series at that place."""
    if name in LABELS:
        return LABELS[name]
    return OTHERS if name.startswith("All other") else COLOURS[place % len(COLOURS)]


def bucket_names(buckets: Sequence[datetime], bucket: str, zone: tzinfo, locale: str) -> list[str]:
    """Buckets as people name them: days of UTC, hours of the viewer's clock."""
    if bucket == "hour":
        return [_hour(one, zone, locale) for one in buckets]
    return [format_date(one.date(), "d MMM", locale=locale) for one in buckets]


def _hour(moment: datetime, zone: tzinfo, locale: str) -> str:
    there = moment.replace(tzinfo=UTC).astimezone(zone)
    return f"{format_date(there.date(), 'd MMM', locale=locale)} {there:%H:%M}"


def _common() -> Options:
    return {"animation": False, "textStyle": {"fontFamily": "inherit"}, "aria": {"enabled": True}}


def _legend() -> Options:
    return {
        "type": "scroll",
        "textStyle": {"color": _TEXT, "width": 180, "overflow": "truncate"},
        "icon": "roundRect",
        "itemWidth": 10,
        "itemHeight": 10,
    }


def _number(dollars: bool, locale: str, short: bool = False) -> str:
    """A function for the browser that writes a number as the page does."""
    style = "style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol'," if dollars else ""
    digits = "notation: 'compact', maximumFractionDigits: 1" if short or not dollars else "maximumFractionDigits: 2"
    tag = locale.replace("_", "-")
    return f"value => value == null ? '–' : new Intl.NumberFormat('{tag}', {{{style} {digits}}}).format(value)"
