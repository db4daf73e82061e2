"""Single keys choose tabs, search and list themselves, but never while somebody types."""

import pytest
from playwright.sync_api import Browser, Page, expect

from builders.axe import violations
from builders.browser import new_page
from builders.ledger import Ledger
from builders.page import click_middle, open_view, table


def test_keys_choose_tabs_and_search_but_not_while_somebody_types(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="overview", range="7d")
    page.keyboard.press("4")
    page.wait_for_url("**tab=users**")
    table(page, "users")
    page.keyboard.press("/")
    search = page.get_by_label("Search users")
    expect(search).to_be_focused()
    page.keyboard.type("2?/")
    expect(search).to_have_value("2?/")
    page.wait_for_timeout(300)
    assert "tab=users" in page.url
    expect(page.get_by_role("dialog")).to_have_count(0)
    search.blur()
    page.keyboard.press("5")
    page.wait_for_url("**tab=repositories**")
    page.go_back()
    page.wait_for_selector("#users")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_opens_by_key_and_mouse_and_switches_them_off(demo: Ledger, browser: Browser, scheme: str) -> None:
    with new_page(browser, color_scheme=scheme) as page:
        open_view(page, demo, tab="overview", range="7d")
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Search in the table")
        assert violations(page) == []
        page.keyboard.press("5")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        assert "tab=repositories" not in page.url
        click_middle(page, page.get_by_role("button", name="Keyboard shortcuts"))
        page.get_by_role("checkbox", name="Shortcuts on").click()
        page.wait_for_function("localStorage.getItem('whence_shortcuts') === '0'")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        page.keyboard.press("3")
        page.keyboard.press("?")
        page.wait_for_timeout(300)
        expect(dialog).to_have_count(0)
        assert "tab=usage" not in page.url
