"""Open a page of the dashboard, and read what it shows."""

import re
import time
from typing import Any

import httpx
from playwright.sync_api import Locator, Page

from builders.ledger import Ledger


def open_view(page: Page, ledger: Ledger, **view: str) -> None:
    """Open the page at a view, and wait for its content."""
    page.goto(str(httpx.URL(ledger.url).copy_merge_params(view)))
    page.wait_for_selector(".card, .state")


def open_tab(page: Page, name: str, widget: str) -> None:
    """Choose a tab, and wait for a widget that only it has."""
    page.get_by_role("tab", name=name).click()
    page.wait_for_selector(f"#{widget}")


def click_middle(page: Page, what: Locator) -> None:
    """Click at the element's place on the screen, like a mouse: whatever is on top gets the click."""
    what.hover()
    place = what.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)


def scroll_to(page: Page, selector: str) -> None:
    """Wait for an element, and scroll to it. Playwright's own function fails if a refresh replaces the element."""
    page.wait_for_selector(selector, state="attached")
    page.evaluate("selector => document.querySelector(selector)?.scrollIntoView({block: 'center'})", selector)


def settled(page: Page, script: str, argument: Any) -> Any:
    """Return what a script returns, once that stays the same: what is drawn later moves what is there already."""
    before = None
    while (found := page.evaluate(script, argument)) != before:
        before = found
        page.wait_for_timeout(200)
    return found


def figure(page: Page, name: str) -> str:
    """Return the exact figure of a card, from its tooltip."""
    title = page.locator(f"#{name} .figure-value").get_attribute("title")
    assert title is not None
    return title


def expect_figure(page: Page, name: str, value: float) -> None:
    """Wait until a card shows this figure."""
    shown = "Number(document.querySelector(`#${name} .figure-value`)?.title.replace(/[^0-9.-]/g, ''))"
    page.wait_for_function(f"([name, value]) => Math.abs({shown} - value) < 1e-6", arg=[name, value])


def copied(page: Page, word: str) -> str:
    """Wait until a page's clipboard has a text with this word, and return the text."""
    # Playwright does not wait for what an asynchronous condition will say.
    deadline = time.monotonic() + 120
    while word not in (text := str(page.evaluate("navigator.clipboard.readText()"))) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert word in text
    return text


def number(text: str) -> float:
    """Return an exact figure as a number, in the locale of the tests."""
    return float(re.sub(r"[^0-9.\-]", "", text))


def table(page: Page, name: str) -> list[list[str]]:
    """Return the exact cells of a card's table."""
    page.wait_for_selector(f"#{name} tbody tr")
    cells = "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.title))"
    rows: list[list[str]] = page.locator(f"#{name} tbody tr").evaluate_all(cells)
    return rows


def legend(page: Page, name: str) -> dict[str, float]:
    """Return the exact amount of each name in a card's legend."""
    page.wait_for_selector(f"#{name} .legend li")
    lines = "all => all.map(one => [one.children[1].children[0].innerText, one.lastElementChild.title])"
    names: list[tuple[str, str]] = page.locator(f"#{name} .legend li").evaluate_all(lines)
    return {what: number(amount) for what, amount in names}


def wait_for_chart(page: Page, name: str) -> None:
    """Wait until a card's chart is drawn; scroll to it, because it is drawn near the visible part of the page."""
    picture = f"#{name} :is(.chart, .ring-chart)"
    scroll_to(page, picture)
    page.wait_for_selector(f"{picture} svg")


def chart(page: Page, name: str) -> dict[str, list[float]]:
    """Return the drawn series of a card's chart, by name."""
    script = """name => {
        const chart = getElement(document.querySelector(`#${name} .chart`).id.slice(1)).chart;
        return Object.fromEntries(chart.getOption().series.map(one => [one.name, one.data]));
    }"""
    wait_for_chart(page, name)
    series: dict[str, list[float]] = page.evaluate(script, name)
    return series


def ring(page: Page, name: str) -> dict[str, float]:
    """Return the drawn slices of a card's ring, by name."""
    script = """name => {
        const chart = getElement(document.querySelector(`#${name} .ring-chart`).id.slice(1)).chart;
        return Object.fromEntries(chart.getOption().series[0].data.map(one => [one.name, one.value]));
    }"""
    wait_for_chart(page, name)
    slices: dict[str, float] = page.evaluate(script, name)
    return slices


def by_name(rows: list[dict[str, Any]], name: str, measure: str) -> dict[str, float]:
    """Return one measure of a report's rows, by name."""
    return {row[name] or "Unknown": row[measure] for row in rows}
