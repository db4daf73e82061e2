"""The rows of tables: each opens what it is about."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from builders.browser import new_page
from builders.ledger import Ledger, running_ledger
from builders.page import click_middle, figure, number, open_view, table
from builders.telemetry import cost, metrics

TABLES = {
    "users": ("users", "user"),
    "spenders": ("cost", "user"),
    "unmanaged": ("repositories", "unmanaged"),
    "repositories": ("repositories", "repository"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_row_opens_from_any_of_its_cells(demo: Ledger, page: Page, name: str) -> None:
    tab, kind = TABLES[name]
    open_view(page, demo, tab=tab, range="7d")
    about = [row[0] for row in table(page, name)]
    last = len(about) - 1
    clicks, keys = (("click", 0, 0), ("click", 1, 1), ("click", last, -1)), (("Enter", 0, 0), ("Space", last, 0))
    for how, place, cell in clicks + keys:
        row = page.locator(f"#{name} tbody tr").nth(place)
        if how == "click":
            click_middle(page, row.locator("td").nth(cell))
        else:
            row.focus()
            page.keyboard.press(how)
        expect(page.locator(".drawer-title")).to_have_text(about[place])
        page.wait_for_url(lambda url: f"drawer={kind}%3A" in url)
        page.keyboard.press("Escape")
        expect(page.locator(".drawer")).to_have_count(0)
        # Where somebody was, they are again.
        page.wait_for_function(
            "([name, place]) => document.querySelectorAll(`#${name} tbody tr`)[place].contains(document.activeElement)",
            arg=[name, place],
        )


def test_text_in_a_row_can_be_marked_to_copy_it(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d")
    table(page, "users")
    words = page.locator("#users tbody td .number").first
    place = words.bounding_box()
    assert place is not None
    middle = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + 1, middle)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] - 1, middle, steps=5)
    page.mouse.up()
    assert page.evaluate("getSelection().toString()")
    page.wait_for_timeout(500)
    expect(page.locator(".drawer")).to_have_count(0)


def test_a_row_without_a_user_opens_too(browser: Browser, tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger, new_page(browser) as page:
        ledger.accept("metrics", metrics(cost(1.0)), metrics(cost(2.0, "s2", user_id=None)))
        open_view(page, ledger, tab="users", range="90d")
        assert [row[0] for row in table(page, "users")] == ["Unknown", "u-1"]
        click_middle(page, page.locator("#users tbody tr").first)
        page.wait_for_selector("#drawer-cost")
        assert number(figure(page, "drawer-cost")) == 2.0
