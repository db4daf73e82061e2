"""The page on paper."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from builders.browser import new_page
from builders.ledger import Ledger
from builders.page import open_view

# Letter paper without margins, in CSS pixels.
PAPER = 816


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_keeps_the_colours_and_the_newest_day(
    demo: Ledger, browser: Browser, tmp_path: Path, scheme: str
) -> None:
    with new_page(browser, viewport={"width": 1920, "height": 1000}, color_scheme=scheme) as page:
        open_view(page, demo, tab="cost", range="7d")
        page.wait_for_selector("#cost-over-time .chart svg")
        page.wait_for_selector("#token-breakdown .stack span")
        page.evaluate(
            """addEventListener("beforeprint", () => {
                const right = one => document.querySelector(one).getBoundingClientRect().right;
                window.printed = { chart: right("#cost-over-time .chart svg"), card: right("#cost-over-time") };
            })"""
        )
        page.pdf(path=tmp_path / "cost.pdf")
        printed = page.evaluate("window.printed")
        assert 0 < printed["chart"] <= printed["card"]
        page.emulate_media(media="print")
        page.set_viewport_size({"width": PAPER, "height": 1000})
        chart = page.locator("#cost-over-time .chart svg").bounding_box()
        assert chart is not None
        assert chart["x"] + chart["width"] <= PAPER
        bar = page.locator("#token-breakdown .stack span").first
        assert bar.evaluate("one => getComputedStyle(one).printColorAdjust") == "exact"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1920, "height": 1000})
        # Back on the screen, charts are as wide as their cards again.
        page.wait_for_function(
            "document.querySelector('#cost-over-time .chart svg').getBoundingClientRect().width > 1000"
        )


def test_paper_has_the_charts_that_are_not_near_the_visible_part_of_the_page(
    demo: Ledger, browser: Browser, tmp_path: Path
) -> None:
    with new_page(browser, viewport={"width": 1280, "height": 300}) as page:
        open_view(page, demo, tab="usage", range="30d")
        page.wait_for_selector("#sessions-over-time .chart svg")
        drawn = "[...document.querySelectorAll('.chart')].map(one => Boolean(one.querySelector('svg')))"
        assert False in page.evaluate(drawn)
        page.pdf(path=tmp_path / "usage.pdf")
        assert False not in page.evaluate(drawn)


def test_paper_keeps_rings_beside_their_legends_and_dark_tables_readable(
    demo: Ledger, browser: Browser, tmp_path: Path
) -> None:
    with new_page(browser, viewport={"width": 1600, "height": 1000}, color_scheme="dark") as page:
        open_view(page, demo, tab="repositories", range="30d")
        page.wait_for_selector("#managed .ring-chart svg")
        # What is drawn for the paper is taken down while it is.
        page.evaluate(
            """addEventListener("beforeprint", () => {
                const size = one => document.querySelector(one).getBoundingClientRect();
                window.printed = { ring: size("#managed .ring-chart svg").height };
            })"""
        )
        page.pdf(path=tmp_path / "repositories.pdf")
        assert page.evaluate("window.printed.ring") == 220
        page.emulate_media(media="print")
        page.set_viewport_size({"width": PAPER, "height": 1000})
        ring = page.locator("#managed .ring-chart svg").bounding_box()
        card = page.locator("#managed").bounding_box()
        assert ring is not None
        assert card is not None
        assert card["height"] < ring["height"] + 120
        cell = page.locator(".sheet td").first
        assert cell.evaluate("one => getComputedStyle(one).color") == "rgb(28, 32, 38)"
