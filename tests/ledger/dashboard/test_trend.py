"""Each figure is compared with the equal period before, in words, and shows its course."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from builders.ledger import Ledger
from builders.page import chart, open_view
from whence_ledger.dashboard.amount import growth
from whence_ledger.dashboard.trend import Trend, words

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
BEGIN, END = TODAY - timedelta(days=4), TODAY - timedelta(days=1)
DANA = "dana.reyes@acme.example"
FIGURES = {
    "cost": "cost_usd",
    "sessions": "sessions",
    "tokens": "tokens",
    "active-users": "active_users",
    "cost-per-session": "cost_usd_per_session",
    "models": "models",
}


def asked(demo: Ledger, begin: datetime, end: datetime, report: str = "overview") -> Any:
    """A report's answer for a period."""
    return demo.get(report, **{"from": f"{begin.isoformat()}Z", "to": f"{end.isoformat()}Z"})


def told(now: float, before: float) -> str:
    """The words that the two figures of the API make."""
    if now == before:
        return "as before"
    if now >= 10 * before:
        return f"▲ {now / before:,.0f} times what it was before"
    change = f"{abs(now / before - 1) * 100:,.1f}%"
    return f"▲ {change} more than before" if now > before else f"▼ {change} less than before"


def test_every_figure_is_compared_with_the_api_of_the_days_before(demo: Ledger, page: Page) -> None:
    now, before = asked(demo, BEGIN, END), asked(demo, BEGIN - timedelta(days=3), BEGIN)
    open_view(page, demo, tab="overview", **{"from": BEGIN.isoformat(), "to": END.isoformat()})
    for name, field in FIGURES.items():
        expect(page.locator(f"#{name} .figure-delta")).to_have_text(told(now[field], before[field]))
    now, before = (
        asked(demo, begin, begin + timedelta(days=3), "usage") for begin in (BEGIN, BEGIN - timedelta(days=3))
    )
    open_view(page, demo, tab="usage", **{"from": BEGIN.isoformat(), "to": END.isoformat()})
    for name in ("sessions", "commits"):
        expect(page.locator(f"#{name} .figure-delta")).to_have_text(told(now[name], before[name]))


@pytest.mark.parametrize(
    ("drawer", "filters"),
    [
        (f"user:{DANA}", {"user": DANA}),
        ("repository:acme/handbook", {"repository": "acme/handbook"}),
        ("label:Unmanaged", {"label": "Unmanaged"}),
    ],
)
def test_the_figures_of_a_drawer_are_compared_and_show_their_course(
    demo: Ledger, page: Page, drawer: str, filters: dict[str, str]
) -> None:
    now, before = (
        demo.get(
            "overview",
            **filters,
            **{"from": f"{begin.isoformat()}Z", "to": f"{(begin + timedelta(days=3)).isoformat()}Z"},
        )
        for begin in (BEGIN, BEGIN - timedelta(days=3))
    )
    assert now["sessions"] > 0
    open_view(page, demo, tab="users", drawer=drawer, **{"from": BEGIN.isoformat(), "to": END.isoformat()})
    for name, field in (("cost", "cost_usd"), ("sessions", "sessions")):
        delta = page.locator(f"#drawer-{name} .figure-delta")
        expect(delta).to_have_text(told(now[field], before[field]) if before[field] else "none before")
        expect(page.locator(f"#drawer-{name} .spark")).to_be_visible()


def test_a_spark_is_as_the_chart_draws_it(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="overview", range="7d")
    bars = chart(page, "cost-over-time")["Cost"]
    points = page.locator("#cost .spark polyline").get_attribute("points")
    assert points is not None
    heights = [float(one.split(",")[1]) for one in points.split()]
    assert heights.index(min(heights)) == bars.index(max(bars))
    # Zero is at the bottom, so that half as high is half as much.
    bottom, top = 23, min(heights)
    known = [one for one in bars if one]
    assert [bottom - one for one in heights if one < bottom] == pytest.approx(
        [one / max(bars) * (bottom - top) for one in known if round(one / max(bars) * 22, 1) > 0], abs=0.06
    )


def test_what_the_ledger_does_not_have_is_not_compared(demo: Ledger, page: Page) -> None:
    # The demo has ten days.
    open_view(page, demo, tab="overview", range="7d")
    expect(page.locator("#cost .spark")).to_be_visible()
    expect(page.locator(".figure-delta")).to_have_count(0)


def test_the_words_say_the_direction_and_shares_differ_in_points() -> None:
    assert words(Trend(0.5, 0.25, is_rate=True), "en_US") == "▲ 25 points more than before"
    assert words(Trend(1, 4), "en_US") == "▼ 75.0% less than before"
    assert words(Trend(39, 4), "en_US") == "▲ 875.0% more than before"
    assert words(Trend(7000.37, 0.2776), "en_US") == "▲ 25,217 times what it was before"
    assert words(Trend(3, 0), "en_US") == "none before"
    assert words(Trend(3, 3), "en_US") == "as before"
    assert words(Trend(3, None), "en_US") == words(Trend(None, 3), "en_US") == ""


def test_a_growth_to_ten_times_and_more_is_a_multiple_in_a_figure_too() -> None:
    shown = [growth(value, "en_US").shown for value in (None, -0.75, 0, 0.5, 8.75, 25_216.5)]
    assert shown == ["\u2013", "-75.0%", "0.0%", "+50.0%", "+875.0%", "\u00d7 25,218"]
    assert growth(25_216.5, "en_US").exact == "2,521,650%"
