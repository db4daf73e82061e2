"""A drag over a chart chooses the time of the bars that it covers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from builders.browser import new_page
from builders.ledger import Ledger
from builders.page import chart, expect_figure, figure, number, open_view, settled, wait_for_chart

_PLACE = """([name, bar]) => {
    const element = document.querySelector(`#${name} .chart`), box = element.getBoundingClientRect();
    const picture = getElement(element.id.slice(1)).chart;
    return [box.left + picture.convertToPixel({xAxisIndex: 0}, bar), box.top + box.height / 2];
}"""


def drag(page: Page, name: str, first: int, last: int, *, ends: bool = True) -> None:
    """Drag with the mouse from one bar of a card's chart to another."""
    wait_for_chart(page, name)
    (left, top), (right, _) = (settled(page, _PLACE, [name, bar]) for bar in (first, last))
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move((left + right) / 2, top + 3)
    page.mouse.move(right, top, steps=2)
    expect(page.locator(".chart-drag")).to_be_visible()
    if ends:
        page.mouse.up()


def times(page: Page) -> list[datetime]:
    """The custom range in the address, UTC."""
    page.wait_for_url("**from=*")
    query: Any = httpx.URL(page.url).params
    return [datetime.fromisoformat(query[name]) for name in ("from", "to")]


def test_the_view_shows_the_time_of_the_bars_and_back_returns(demo: Ledger, page: Page) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    week = {name: f"{today + timedelta(days=days):%FT%T}" for name, days in (("from", -6), ("to", 1))}
    open_view(page, demo, tab="overview", **week)
    whole, address = figure(page, "cost"), page.url
    bars = chart(page, "cost-over-time")["Cost"]
    # From right to left, which means the same.
    drag(page, "cost-over-time", 4, 2)
    page.wait_for_url(lambda url: url != address)
    begin, end = times(page)
    assert end - begin == timedelta(days=3)
    assert begin.time() == end.time() == datetime.min.time()
    expect_figure(page, "cost", sum(bars[2:5]))
    assert number(figure(page, "cost")) == pytest.approx(
        demo.get("overview", **{"from": f"{begin.isoformat()}Z", "to": f"{end.isoformat()}Z"})["cost_usd"], abs=1e-6
    )
    page.go_back()
    expect(page.locator("#cost .figure-value")).to_have_attribute("title", whole)
    page.wait_for_url(address)


def test_a_drawers_days_are_those_of_the_developer_and_the_drawer_stays(demo: Ledger, browser: Browser) -> None:
    with new_page(browser, timezone_id="Asia/Kolkata") as page:
        open_view(page, demo, tab="users", range="7d", drawer="user:dana.reyes@acme.example")
        drag(page, "drawer-tokens-over-time", 2, 3)
        begin, end = times(page)
        # She works in UTC.
        assert (begin.hour, begin.minute, end - begin) == (0, 0, timedelta(days=2))
        assert "drawer=user" in page.url
        expect(page.locator(".drawer")).to_be_visible()


def test_escape_ends_a_drag_without_choosing_and_closes_no_drawer(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d", drawer="user:dana.reyes@acme.example")
    drag(page, "drawer-models-over-time", 1, 3, ends=False)
    page.keyboard.press("Escape")
    expect(page.locator(".chart-drag")).to_have_count(0)
    page.mouse.up()
    page.wait_for_timeout(300)
    expect(page.locator(".drawer")).to_be_visible()
    assert "range=7d" in page.url
