"""The custom time range: two moments of the viewer's clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from builders.browser import new_page
from builders.ledger import Ledger
from builders.page import click_middle, expect_figure, figure, open_view

BERLIN = ZoneInfo("Europe/Berlin")
DASH = "\N{EN DASH}"
TODAY = datetime.now(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def choose_range(page: Page, title: str) -> None:
    """Choose a time range with the mouse."""
    click_middle(page, page.locator(".filter", has=page.get_by_role("combobox", name="Time range")))
    click_middle(page, page.get_by_role("option", name=title, exact=True))


def shown_range(page: Page) -> Any:
    """What stands in the field of the time range."""
    return expect(
        page.locator(".filter", has=page.get_by_role("combobox", name="Time range")).locator(".q-field__native")
    )


def type_moment(page: Page, name: str, moment: datetime) -> None:
    """Type a moment into a field, as the browser of somebody in the United States takes it."""
    # From its beginning, wherever in it somebody was.
    page.get_by_label(name, exact=True).blur()
    page.get_by_label(name, exact=True).focus()
    page.keyboard.type(f"{moment:%m%d%Y}")
    # The year would take two more digits.
    page.keyboard.press("ArrowRight")
    page.keyboard.type(f"{moment:%I%M%p}")


def cost_of(demo: Ledger, begin: datetime, end: datetime) -> float:
    """The API's cost between two moments of Berlin's clock."""
    moments = {name: one.replace(tzinfo=BERLIN).isoformat() for name, one in (("from", begin), ("to", end))}
    return float(demo.get("overview", **moments)["cost_usd"])


@pytest.mark.parametrize("how", ["mouse", "Enter"])
def test_two_moments_inside_the_shown_range(demo: Ledger, page: Page, how: str) -> None:
    open_view(page, demo, tab="overview", range="7d")
    choose_range(page, "Custom …")
    begin, end = TODAY - timedelta(days=4, hours=-9), TODAY - timedelta(days=2, hours=-17, minutes=-30)
    type_moment(page, "From", begin)
    type_moment(page, "To", end)
    if how == "mouse":
        click_middle(page, page.get_by_role("button", name="Show", exact=True))
    else:
        page.keyboard.press("Enter")
    expect_figure(page, "cost", cost_of(demo, begin, end))
    shown_range(page).to_contain_text(f"{begin:%Y-%m-%d %H:%M} {DASH} {end:%Y-%m-%d %H:%M}")
    query = httpx.URL(page.url).params
    assert [datetime.fromisoformat(query[name]).replace(tzinfo=UTC) for name in ("from", "to")] == [
        one.replace(tzinfo=BERLIN) for one in (begin, end)
    ]


def test_it_can_be_edited_again_and_left_for_another(demo: Ledger, page: Page) -> None:
    first, last = TODAY - timedelta(days=6), TODAY - timedelta(days=1)
    moments = {name: one.replace(tzinfo=BERLIN).isoformat() for name, one in (("from", first), ("to", last))}
    open_view(page, demo, tab="overview", **moments)
    # Whole days are named as days.
    shown_range(page).to_contain_text(f"{first:%Y-%m-%d} {DASH} {last - timedelta(days=1):%Y-%m-%d}")
    choose_range(page, "Custom …")
    expect(page.get_by_label("From", exact=True)).to_have_value(f"{first:%Y-%m-%dT%H:%M}")
    expect(page.get_by_label("To", exact=True)).to_have_value(f"{last:%Y-%m-%dT%H:%M}")
    type_moment(page, "To", first + timedelta(days=1))
    page.keyboard.press("Enter")
    expect_figure(page, "cost", cost_of(demo, first, first + timedelta(days=1)))
    choose_range(page, "Last 7 days")
    shown_range(page).to_contain_text("Last 7 days")
    page.wait_for_url(lambda url: "range=7d" in url)


@pytest.mark.parametrize("leave", ["Escape", "Cancel"])
def test_to_leave_the_dialog_changes_nothing(demo: Ledger, page: Page, leave: str) -> None:
    open_view(page, demo, tab="overview", range="24h")
    before, address = figure(page, "cost"), page.url
    # Twice: it can be asked for again.
    for _ in range(2):
        choose_range(page, "Custom …")
        type_moment(page, "From", TODAY - timedelta(days=5))
        if leave == "Escape":
            page.keyboard.press("Escape")
        else:
            click_middle(page, page.get_by_role("button", name="Cancel"))
        expect(page.get_by_role("dialog")).to_have_count(0)
        shown_range(page).to_have_text("Last 24 hours")
        assert (figure(page, "cost"), page.url) == (before, address)


def test_a_custom_range_is_shown_in_full(demo: Ledger, browser: Browser) -> None:
    with new_page(browser, viewport={"width": 1280, "height": 800}) as page:
        page.goto(f"{demo.url}/?tab=overview&from=2026-11-20T10:00:00&to=2026-11-21T10:30:00")
        words = page.locator(".filter.long .q-field__native span").first
        expect(words).to_contain_text("2026-11-21")
        assert words.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_what_is_no_range_is_refused_with_the_reason(demo: Ledger, browser: Browser) -> None:
    with new_page(browser, viewport={"width": 1920, "height": 1000}) as page:
        open_view(page, demo, tab="overview", range="24h")
        choose_range(page, "Custom …")
        type_moment(page, "From", TODAY)
        type_moment(page, "To", TODAY - timedelta(days=1))
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("“From” must be before “To”.")
        page.keyboard.press("Backspace")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("Enter a date and a time in both fields.")
        type_moment(page, "To", TODAY + timedelta(hours=1))
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
