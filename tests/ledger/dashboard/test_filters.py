"""Every filter, as people set it: with the mouse, with the keyboard, by typing. The figures are then the API's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from builders.ledger import Ledger
from builders.page import by_name, click_middle, expect_figure, open_view, table
from builders.rounds import rounds

TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
PERIOD = {"from": f"{TOMORROW - timedelta(days=8)}T00:00:00", "to": f"{TOMORROW}T00:00:00"}
ROTATED = (("mouse", "keyboard", "typing"), ("keyboard", "typing", "mouse"), ("typing", "mouse", "keyboard"))
"""Ways to choose a value, add another and give up the first: each way does each of them."""
WIDTHS = (1280, 1920)
FILTERS = {"user": "Users", "model": "Models", "repository": "Repositories", "label": "Label", "team": "Team"}


def names_of(demo: Ledger, name: str) -> list[str]:
    """Two names that the filter can be set to, neither of which is everything."""
    reports = {"user": "users", "model": "models", "repository": "repositories", "label": "labels"}
    if name == "team":
        return ["core", "data"]
    rows = demo.get(reports[name], **PERIOD)
    names = [one for one in by_name(rows, name, "cost_usd") if one != "Unknown"]
    return names[:2]


def assert_figures(page: Page, told: dict[str, Any]) -> None:
    """The overview shows these figures of the report, to the millionth."""
    for name, field in {"cost": "cost_usd", "sessions": "sessions", "tokens": "tokens"}.items():
        expect_figure(page, name, told[field])


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_takes_one_value_and_another(demo: Ledger, page: Page, name: str) -> None:
    """With the mouse, with the keyboard and by typing, at both widths."""
    first, second = names_of(demo, name)
    whole, one, other, both = (
        demo.get("overview", **PERIOD, **{name: chosen}) for chosen in ([], first, second, [first, second])
    )
    assert one["cost_usd"] < whole["cost_usd"]
    open_view(page, demo, tab="overview", **PERIOD)
    for number, width in enumerate(WIDTHS * rounds(1, 3), start=[*FILTERS].index(name)):
        ways = ROTATED[number % len(ROTATED)]
        page.set_viewport_size({"width": width, "height": 1000})
        choose(page, FILTERS[name], ways[0], first)
        assert_figures(page, one)
        choose(page, FILTERS[name], ways[1], second)
        assert_figures(page, both)
        # What is chosen can be given up where it was chosen.
        choose(page, FILTERS[name], ways[2], first)
        assert_figures(page, other)
        page.get_by_role("button", name="Clear all").click()
        assert_figures(page, whole)


def choose(page: Page, title: str, how: str, value: str) -> None:
    """Open the filter, choose or give up a value, and close it again."""
    field = page.get_by_role("combobox", name=title, exact=True)
    option = page.get_by_role("option", name=value, exact=True)
    if how == "mouse":
        click_middle(page, page.locator(".filter", has=field))
        click_middle(page, option)
    else:
        field.focus()
        if how == "typing":
            page.keyboard.type(value[:-1])
            # The search begins a little after the last letter, and forgets which option had the focus.
            page.wait_for_function(
                "typed => { const all = [...document.querySelectorAll('[role=option]')];"
                " return all.length && all.every(one => one.textContent.toLowerCase().includes(typed)); }",
                arg=value[:-1].lower(),
            )
        else:
            page.keyboard.press("Enter")
        expect(option).to_be_visible()
        for _ in range(60):
            if "q-manual-focusable--focused" in (option.get_attribute("class") or ""):
                break
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_a_filter_offers_all_that_there_is_in_the_range(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", **PERIOD)
    known = {row["user"] for row in demo.get("users", **PERIOD)}
    click_middle(page, page.locator(".filter", has=page.get_by_role("combobox", name="Users", exact=True)))
    expect(page.get_by_role("option")).to_have_count(len(known))
    assert set(page.get_by_role("option").all_inner_texts()) == known
    page.keyboard.type("no such user")
    expect(page.get_by_role("listbox")).to_have_text("No match")
    page.keyboard.press("Escape")
    assert {row[0] for row in table(page, "users")} == known


def test_escape_closes_a_filter_though_the_page_is_too_busy_to_search(demo: Ledger, page: Page) -> None:
    """Keys come before timers: the search for the last letter is still to come when Escape arrives."""
    open_view(page, demo, tab="overview", **PERIOD)
    field = page.get_by_role("combobox", name="Models", exact=True)
    field.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("option").first).to_be_visible()
    field.evaluate("""input => {
        input.value = "claude";
        input.dispatchEvent(new Event("input", { bubbles: true }));
        const escape = { key: "Escape", keyCode: 27, bubbles: true };
        for (const kind of ["keydown", "keyup"]) input.dispatchEvent(new KeyboardEvent(kind, escape));
    }""")
    expect(page.get_by_role("listbox")).to_have_count(0)
    # Nor does it come back.
    page.wait_for_timeout(1000)
    expect(page.get_by_role("listbox")).to_have_count(0)
