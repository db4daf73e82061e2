"""What is shown filters by a click, and each filter that is set can be taken off by a chip."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from builders.axe import violations
from builders.browser import new_page
from builders.ledger import Ledger
from builders.page import chart, click_middle, figure, number, open_view, settled, table

_SEGMENT = """name => {
    const element = document.querySelector('#cost-over-time .chart'), box = element.getBoundingClientRect();
    const picture = getElement(element.id.slice(1)).chart, option = picture.getOption();
    // The middle of the largest segment of that series.
    const place = option.series.findIndex(one => one.name === name), data = option.series[place].data;
    const bar = data.indexOf(Math.max(...data));
    const below = option.series.slice(0, place).reduce((sum, one) => sum + one.data[bar], 0);
    const [x, y] = picture.convertToPixel({ seriesIndex: place }, [bar, below + data[bar] / 2]);
    return [box.left + x, box.top + y];
}"""


def chip(page: Page, words: str) -> None:
    """Wait until exactly this chip is there."""
    expect(page.locator(".crumb-words")).to_have_text([words])


def test_a_click_on_a_bars_segment_filters_by_its_model(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="cost", range="7d")
    model = max((values := chart(page, "cost-over-time")), key=lambda name: sum(values[name]))
    assert len(values) > 1
    page.mouse.click(*settled(page, _SEGMENT, model))
    chip(page, f"Model: {model}")
    page.wait_for_function("document.querySelectorAll('#models tbody tr').length === 1")
    assert number(figure(page, "cost")) == pytest.approx(sum(values[model]), abs=1e-6)
    page.go_back()
    expect(page.locator("#crumbs")).to_be_hidden()


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_a_legend_entry_and_a_name_in_a_table_filter(demo: Ledger, page: Page, how: str) -> None:
    def choose(selector: str, text: str) -> None:
        one = page.locator(selector, has_text=text).first
        assert one.get_attribute("title") == f"Show only {text}"
        if how == "mouse":
            click_middle(page, one)
        else:
            one.focus()
            page.keyboard.press("Enter")

    open_view(page, demo, tab="cost", range="7d")
    model = table(page, "models")[0][0]
    choose("#cost-over-time .chart-legend button", model)
    chip(page, f"Model: {model}")
    open_view(page, demo, tab="cost", range="7d")
    choose("#models tbody button", model)
    chip(page, f"Model: {model}")


def test_labels_over_time_are_those_of_the_api_in_the_labels_colours_and_filter(demo: Ledger, page: Page) -> None:
    begin, end = (datetime.now(UTC).date() - timedelta(days=days) for days in (6, 0))
    period = {"from": f"{begin}", "to": f"{end}"}
    open_view(page, demo, tab="repositories", **period)
    told: dict[str, float] = {}
    for one in demo.get("series/label", **period):
        told[one["name"] or "Unknown"] = told.get(one["name"] or "Unknown", 0) + one["cost_usd"]
    drawn = {name: sum(values) for name, values in chart(page, "labels-over-time").items()}
    assert drawn == pytest.approx({name: cost for name, cost in told.items() if cost})
    totals = {one["label"]: one["cost_usd"] for one in demo.get("labels", **period)}
    assert drawn == pytest.approx({name: cost for name, cost in totals.items() if cost})
    dots = page.locator("#labels-over-time .chart-legend li").evaluate_all(
        "all => all.map(one => [one.innerText.trim(), getComputedStyle(one.firstElementChild).backgroundColor])"
    )
    assert dict(dots)["Unmanaged"] == "rgb(213, 94, 0)"
    page.locator("#labels-over-time").get_by_role("button", name="Unmanaged", exact=True).click()
    chip(page, "Label: Unmanaged")


def test_a_drawer_filters_the_page_by_its_subject(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d")
    name = table(page, "users")[1][0]
    page.locator("#users tbody tr").nth(1).click()
    page.get_by_role("button", name="Show only this user").click()
    chip(page, f"User: {name}")
    expect(page.locator(".drawer")).to_have_count(0)
    page.wait_for_function("document.querySelectorAll('#users tbody tr').length === 1")
    assert table(page, "users")[0][0] == name


def test_a_label_of_a_users_bar_filters_and_the_drawer_stays(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="repositories", range="7d", drawer="user:dana.reyes@acme.example")
    page.locator("#drawer-spend .legend").get_by_role("button", name="Unmanaged").click()
    chip(page, "Label: Unmanaged")
    # The drawer before stays until the next one is complete.
    expect(page.locator(".drawer .drawer-filters")).to_contain_text(["Filtered: Unmanaged"])
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    page.wait_for_function(
        "[...document.querySelectorAll('#repositories td:nth-child(2)')].every(one => one.title === 'Unmanaged')"
    )


def test_chips_are_removed_by_keyboard_and_the_focus_stays_there(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d", label="Managed", user="dana.reyes@acme.example")
    remove = page.get_by_role("button", name="Remove the filter User: dana.reyes@acme.example")
    remove.focus()
    page.keyboard.press("Enter")
    chip(page, "Label: Managed")
    expect(page.get_by_role("button", name="Remove the filter Label: Managed")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#crumbs")).to_be_hidden()
    page.wait_for_url(lambda url: "label" not in url and "user=" not in url)
    expect(page.get_by_role("combobox", name="Time range")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_chips_fit_one_line_of_a_phone_and_axe_finds_nothing(demo: Ledger, browser: Browser, scheme: str) -> None:
    with new_page(browser, viewport={"width": 390, "height": 844}, color_scheme=scheme) as page:
        users = [one["user"] for one in demo.get("users")][:4]
        query = "&".join(f"user={user}" for user in users)
        page.goto(f"{demo.url}/?tab=cost&range=7d&{query}&label=Managed")
        page.wait_for_selector("#models tbody tr")
        expect(page.locator(".crumb")).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        box = page.locator("#crumbs").bounding_box()
        assert box is not None
        assert box["height"] < 48
        assert violations(page) == []
        page.get_by_role("button", name="Clear all").click()
        expect(page.locator("#crumbs")).to_be_hidden()


def test_cost_is_grouped_by_one_control_that_is_in_the_address_and_adds_up(demo: Ledger, page: Page) -> None:
    begin, end = (datetime.now(UTC).date() - timedelta(days=days) for days in (6, 0))
    period = {"from": f"{begin}", "to": f"{end}"}
    open_view(page, demo, tab="cost", **period)
    total = number(figure(page, "cost"))
    for group in ("Owner", "Team", "User", "Repository", "Label"):
        choice = page.get_by_role("combobox", name="Group by")
        choice.press("Enter")
        page.get_by_role("option", name=group, exact=True).click()
        page.wait_for_url(f"**group={group.lower()}**")
        card = page.locator("#groups")
        expect(card.get_by_role("heading")).to_have_text([f"Cost by {group.lower()}"])
        told = [one for one in demo.get(f"groups/{group.lower()}", **period) if one["cost_usd"] or one["tokens"]]
        expect(card.locator("tbody tr")).to_have_count(min(25, len(told)))
        assert [row[0] for row in table(page, "groups")] == [one["name"] or "Unknown" for one in told][:25]
        assert sum(one["cost_usd"] for one in told) == pytest.approx(total)
        assert sum(map(sum, chart(page, "cost-over-time").values())) == pytest.approx(total)
    # Grouped by label: a name filters, and the choice stays.
    assert violations(page) == []
    page.locator("#groups").get_by_role("button", name="Unmanaged").click()
    chip(page, "Label: Unmanaged")
    assert "group=label" in page.url
    page.reload()
    expect(page.locator("#groups").get_by_role("heading")).to_have_text("Cost by label")
