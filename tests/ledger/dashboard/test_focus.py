"""The focus and what somebody types stay where they are, whatever the server changes on the page meanwhile."""

import pytest
from playwright.sync_api import Locator, Page, expect

from builders.ledger import Ledger
from builders.page import figure, open_view, table

REFRESH = """document.querySelector("[aria-label='Refresh now']").click()"""
OLD = "document.querySelectorAll('.content .card').forEach(one => one.classList.add('old'))"


def refresh(page: Page, card: str) -> None:
    """Refresh as the timer does, without a mouse, and wait for what is then shown."""
    page.evaluate(OLD)
    page.evaluate(REFRESH)
    page.wait_for_selector(f"#{card}:not(.old)")
    expect(page.locator(".content .card.old")).to_have_count(0)


def pause(page: Page) -> None:
    """Have the server change something on the page that has nothing to do with its content."""
    page.evaluate("document.querySelector('[aria-label=\"Pause the automatic refresh\"]').click()")
    page.wait_for_selector("[aria-label='Resume the automatic refresh']")


@pytest.mark.parametrize("what", ["tbody tr >> nth=2", "th button >> nth=1"])
def test_a_table_keeps_its_elements_when_something_else_changes(demo: Ledger, page: Page, what: str) -> None:
    open_view(page, demo, tab="users", range="7d")
    table(page, "users")
    page.locator(f"#users {what}").focus()
    page.evaluate("window.focused = document.activeElement")
    pause(page)
    assert page.evaluate("focused.isConnected && document.activeElement === focused")


def test_a_click_counts_though_something_changes_while_the_button_is_down(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d")
    name = table(page, "users")[1][0]
    page.locator("#users tbody tr").nth(1).locator("td").nth(2).hover()
    page.mouse.down()
    pause(page)
    page.mouse.up()
    expect(page.locator(".drawer-title")).to_have_text(name)


@pytest.mark.parametrize(
    ("tab", "card", "what"),
    [
        ("users", "users", "tbody tr >> nth=2"),
        ("users", "users", "th button >> nth=1"),
        ("repositories", "managed", ".legend button >> nth=0"),
        ("repositories", "repositories", "[aria-label='Next page']"),
    ],
)
def test_a_refresh_leaves_the_focus_where_it_was(demo: Ledger, page: Page, tab: str, card: str, what: str) -> None:
    open_view(page, demo, tab=tab, range="7d")
    one = page.locator(f"#{card} {what}")
    one.focus()
    text = one.inner_text()
    refresh(page, card)
    expect(one).to_be_focused()
    assert one.inner_text() == text


def test_a_refresh_gives_no_focus_back_to_what_somebody_left(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d")
    table(page, "users")
    page.get_by_label("Search users").click()
    page.mouse.click(5, 600)
    expect(page.get_by_label("Search users")).not_to_be_focused()
    refresh(page, "users")
    page.keyboard.type("alex")
    expect(page.get_by_label("Search users")).to_have_value("")


def test_what_is_typed_during_a_refresh_is_searched_for(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d")
    names = [row[0] for row in table(page, "users")]
    search = page.get_by_label("Search users")
    search.focus()
    # Everything in one moment of the browser: the server draws the new field before it knows of these letters.
    page.keyboard.type("al")
    page.evaluate(OLD)
    page.evaluate(REFRESH)
    page.keyboard.type("ex")
    page.wait_for_selector("#users:not(.old)")
    page.keyboard.type(".")
    expect(search).to_be_focused()
    expect(search).to_have_value("alex.")
    wanted = [name for name in names if "alex." in name]
    assert 0 < len(wanted) < len(names)
    expect(page.locator("#users tbody tr")).to_have_count(len(wanted))


@pytest.mark.parametrize("how", ["Escape", "close"])
def test_the_focus_comes_back_from_a_drawer_to_a_row_that_was_drawn_again(demo: Ledger, page: Page, how: str) -> None:
    open_view(page, demo, tab="users", range="7d")
    table(page, "users")
    row = page.locator("#users tbody tr").nth(2)
    row.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawer-cost")
    refresh(page, "users")
    close_drawer(page, how)
    expect(row).to_be_focused()
    # And stays, though the page is refreshed once more.
    refresh(page, "users")
    expect(row).to_be_focused()


def test_tab_stays_within_an_open_dialog(demo: Ledger, page: Page) -> None:
    inside = "document.activeElement.closest('.q-dialog') !== null && document.activeElement.tabIndex >= 0"
    for drawer, key, stops in (("label:Unmanaged", "", 12), ("", "?", 2), ("", "Control+k", 1)):
        open_view(page, demo, tab="repositories", range="7d", **({"drawer": drawer} if drawer else {}))
        page.wait_for_selector("#drawer-spenders tbody tr" if drawer else "#managed .legend li")
        if key:
            page.keyboard.press(key)
        expect(page.locator(".q-dialog :focus, .q-dialog__inner:focus").first).to_be_attached()
        seen = set()
        for _ in range(stops + 40):
            page.keyboard.press("Tab")
            assert page.evaluate(inside), (drawer, key)
            seen.add(page.evaluate("document.activeElement.outerHTML"))
            if page.evaluate("document.activeElement.matches('.q-btn')"):
                assert "inset" in page.evaluate("getComputedStyle(document.activeElement).boxShadow")
        assert len(seen) >= stops
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(inside), (drawer, key)


def test_a_drawer_that_is_opened_before_the_last_one_is_gone_shows_only_its_own(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d")
    names = [row[0] for row in table(page, "users")]
    page.locator("#users tbody tr").nth(0).click()
    page.wait_for_selector("#drawer-cost")
    # A busy browser runs the timer at the end of the slide late.
    page.evaluate("""() => {
        const soon = window.setTimeout;
        window.setTimeout = (act, delay, ...more) => soon(act, delay === 120 ? 3000 : delay, ...more);
    }""")
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    page.locator("#users tbody tr").nth(1).click()
    page.wait_for_selector(".drawer-title")
    assert page.locator(".drawer-title").all_inner_texts() == [names[1]]
    page.wait_for_selector("#drawer-cost")
    page.wait_for_timeout(3500)
    expect(page.locator(".drawer-title")).to_have_text(names[1])


def close_drawer(page: Page, how: str) -> None:
    if how == "Escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_role("dialog").get_by_label("Close").click()
    expect(page.locator(".drawer")).to_have_count(0)


@pytest.mark.parametrize("how", ["choose", "give up"])
def test_a_filter_keeps_the_focus_when_its_first_value_comes_or_goes(demo: Ledger, page: Page, how: str) -> None:
    chosen = {} if how == "choose" else {"label": "Managed"}
    open_view(page, demo, tab="overview", range="7d", **chosen)
    whole = figure(page, "cost")
    field = page.get_by_role("combobox", name="Label", exact=True)
    field.focus()
    page.evaluate("window.focused = document.activeElement")
    page.keyboard.type("Manage")
    option = page.get_by_role("option", name="Managed", exact=True)
    expect(option).to_be_visible()
    highlight(page, option)
    page.keyboard.press("Enter")
    expect(page.locator("#cost .figure-value")).not_to_have_attribute("title", whole)
    assert page.evaluate("focused.isConnected && document.activeElement === focused")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)


def highlight(page: Page, option: Locator) -> None:
    for _ in range(60):
        if "q-manual-focusable--focused" in (option.get_attribute("class") or ""):
            return
        page.keyboard.press("ArrowDown")
