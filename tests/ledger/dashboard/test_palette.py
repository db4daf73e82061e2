"""The command palette: by keyboard alone, from anywhere, to tabs, ranges, users, repositories and actions."""

from playwright.sync_api import Browser, Page, expect

from builders.axe import violations
from builders.browser import new_page
from builders.ledger import Ledger
from builders.page import open_view


def choose(page: Page, words: str, option: str, keys: str = "Control+k") -> None:
    """Open the palette, type, and go to the option."""
    page.keyboard.press(keys)
    expect(page.get_by_role("combobox", name="Go to")).to_be_focused()
    page.keyboard.type(words)
    expect(page.get_by_role("option", name=option, exact=True)).to_be_visible()
    options = page.get_by_role("option").all_inner_texts()
    # The first match is chosen already.
    expect(page.locator(".palette-list .q-manual-focusable--focused")).to_have_text(options[0])
    for _ in range(options.index(option)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Command palette")).to_have_count(0)


def test_it_goes_everywhere_by_keyboard_alone(demo: Ledger, browser: Browser) -> None:
    with new_page(browser, viewport={"width": 390, "height": 844}) as page:
        open_view(page, demo, tab="users", range="7d")
        # From a field, too; what was typed there stays.
        search = page.get_by_label("Search users")
        search.fill("dana")
        choose(page, "tab: cost", "Tab: Cost", "Meta+k")
        page.wait_for_url("**tab=cost&range=7d")
        choose(page, "by owner", "Cost by owner")
        page.wait_for_url("**group=owner")
        choose(page, "dana.reyes", "User: dana.reyes@acme.example")
        expect(page.locator(".drawer-title")).to_have_text("dana.reyes@acme.example")
        # On top of a drawer.
        choose(page, "acme/handbook", "Repository: acme/handbook")
        expect(page.locator(".drawer-title")).to_have_text(["acme/handbook"])
        choose(page, "last 24", "Range: Last 24 hours")
        page.wait_for_url("**tab=cost&range=24h**")
        choose(page, "alert rules", "Action: Alert rules")
        page.wait_for_url("**drawer=rules%3Aall")
        page.keyboard.press("Escape")
        expect(page.locator(".drawer")).to_have_count(0)
        for scheme in ("dark", "light"):
            choose(page, "light or", "Action: Light or dark")
            page.locator(f"body.body--{scheme}").wait_for()


def test_it_opens_by_mouse_closes_by_escape_and_gives_the_focus_back(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d")
    search = page.get_by_label("Search users")
    search.fill("dana")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to")
    expect(field).to_be_focused()
    page.keyboard.type("zzz")
    expect(page.get_by_role("option")).to_have_text(["No match"])
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(search).to_be_focused()
    expect(search).to_have_value("dana")
    page.get_by_role("button", name="Command palette").click()
    expect(field).to_be_focused()
    page.keyboard.type("tab")
    page.get_by_role("option", name="Tab: Usage").click()
    page.wait_for_url("**tab=usage**")
    assert violations(page) == []
