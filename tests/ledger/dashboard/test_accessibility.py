"""Everybody can use the dashboard: axe-core finds nothing, text has contrast, the keyboard reaches everything."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from builders.axe import violations
from builders.browser import new_page
from builders.ledger import Ledger, running_ledger
from builders.page import open_view

DANA = "dana.reyes@acme.example"
SCHEMES = ("light", "dark")
TABS = ("overview", "cost", "usage", "users", "repositories")
DRAWERS = ("repository:acme/graph-sdk", "label:Managed", f"user:{DANA}", f"unmanaged:{DANA}", "session:story-7")
TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}


@pytest.fixture(params=SCHEMES)
def scheme_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    with new_page(browser, color_scheme=request.param) as page:
        yield page


def in_both_schemes(page: Page) -> list[str]:
    """Return what axe finds in light, and in dark of what depends on colours; the page is then light, as it was."""
    page.emulate_media(color_scheme="dark")
    page.locator("body.body--dark").wait_for()
    dark = violations(page, "color-contrast", "link-in-text-block")
    page.emulate_media(color_scheme="light")
    page.locator("body.body--light").wait_for()
    return [*(f"dark: {one}" for one in dark), *violations(page)]


def test_axe_finds_nothing_on_any_tab(demo: Ledger, page: Page) -> None:
    found = {}
    for tab in TABS:
        open_view(page, demo, tab=tab, range="30d")
        page.wait_for_load_state("networkidle")
        found[tab] = in_both_schemes(page)
    assert not any(found.values()), found


def test_axe_finds_nothing_in_any_drawer(demo: Ledger, page: Page) -> None:
    found = {}
    for drawer in DRAWERS:
        open_view(page, demo, tab="repositories", range="30d", drawer=drawer)
        page.wait_for_selector(".drawer :is(svg[width], tbody tr)")
        found[drawer] = in_both_schemes(page)
    assert not any(found.values()), found


def test_axe_finds_nothing_in_menus_and_dialogs(demo: Ledger, page: Page) -> None:
    found = {}
    open_view(page, demo, tab="overview", range="30d")
    for name in ("Users", "Label", "Time range"):
        page.get_by_label(name, exact=True).click()
        page.get_by_role("option").first.wait_for()
        found[name] = in_both_schemes(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("option")).to_have_count(0)
    page.get_by_label(re.compile("^Alerts")).click()
    page.get_by_role("dialog").get_by_role("heading").first.wait_for()
    found["alerts"] = in_both_schemes(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Time range", exact=True).click()
    page.get_by_role("option", name="Custom").click()
    page.get_by_role("dialog").get_by_role("button", name="Show").wait_for()
    found["range"] = in_both_schemes(page)
    page.get_by_label("To", exact=True).fill("2020-01-01T00:00")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("dialog").get_by_text("must be before").wait_for()
    found["wrong range"] = in_both_schemes(page)
    assert not any(found.values()), found


def test_axe_finds_nothing_before_there_is_anything(tmp_path: Path, scheme_page: Page) -> None:
    with running_ledger(tmp_path / "data", **TOKENS) as ledger:
        scheme_page.goto(ledger.url)
        assert violations(scheme_page) == []
        scheme_page.get_by_label("The ledger's read token").fill("wrong")
        scheme_page.get_by_role("button", name="Sign in").click()
        expect(scheme_page.get_by_role("alert")).to_be_visible()
        assert violations(scheme_page) == []
        scheme_page.get_by_label("The ledger's read token").fill("rrr")
        scheme_page.get_by_role("button", name="Sign in").click()
        scheme_page.wait_for_selector(".state")
        assert violations(scheme_page) == []


_CONTRASTS = """() => [...document.querySelectorAll(':is(.chart, .ring-chart) svg text')].map(text => {
    const light = colour => {
        const [r, g, b] = colour.match(/[0-9.]+/g).map(Number);
        const [x, y, z] = [r, g, b].map(one => one / 255).map(
            one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ground = getComputedStyle(text.closest('.card')).backgroundColor;
    const [low, high] = [light(getComputedStyle(text).fill), light(ground)].sort((one, other) => one - other);
    return [text.textContent, (high + 0.05) / (low + 0.05)];
})"""


def test_the_text_of_charts_has_contrast(demo: Ledger, scheme_page: Page) -> None:
    for tab, widget in (("overview", "cost-over-time"), ("cost", "cost-over-time"), ("usage", "commits-over-time")):
        open_view(scheme_page, demo, tab=tab, range="30d")
        scheme_page.locator(f"#{widget} svg text").first.wait_for()
        contrasts: list[tuple[str, float]] = scheme_page.evaluate(_CONTRASTS)
        assert len(contrasts) > 5
        assert min(ratio for _, ratio in contrasts) >= 4.5, contrasts


def test_a_table_is_sorted_by_keyboard_and_says_how(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="30d")
    header = page.locator("#users th", has_text="Sessions")
    assert header.get_attribute("aria-sort") is None
    header.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(header.get_by_role("button")).to_be_focused()
    page.keyboard.press("Space")
    expect(header).to_have_attribute("aria-sort", "ascending")
    cells = page.locator("#users tbody tr td:nth-child(4)")
    numbers = [int(one.replace(",", "")) for one in cells.all_text_contents()]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 1


def test_an_icon_button_says_what_it_does_to_mouse_and_keyboard(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="overview", range="30d")
    for name in ("Pause the automatic refresh", "Refresh now", "Light or dark", re.compile("^Alerts")):
        button = page.get_by_label(name)
        button.hover()
        expect(page.get_by_role("tooltip", name=name)).to_be_visible()
        assert violations(page) == []
        page.mouse.move(5, 600)
        expect(page.get_by_role("tooltip")).to_have_count(0)
    page.get_by_label("Refresh now").focus()
    expect(page.get_by_role("tooltip", name="Refresh now")).to_be_visible()


def test_focus_comes_back_from_a_drawer_that_a_drawer_opened(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="repositories", range="30d")
    first = page.locator("#managed .legend").get_by_role("button", name="Managed", exact=True)
    first.focus()
    page.keyboard.press("Enter")
    row = page.locator("#drawer-spenders tbody tr").first
    row.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawer-models-over-time .chart")
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    expect(first).to_be_focused()


def test_nothing_moves_for_who_wants_no_motion(demo: Ledger, browser: Browser) -> None:
    with new_page(browser, reduced_motion="reduce") as page:
        open_view(page, demo, tab="repositories", range="30d", drawer="label:Managed")
        page.wait_for_selector("#drawer-spenders tbody tr")
        longest = "Math.max(...document.getAnimations().map(one => one.effect.getComputedTiming().duration), 0)"
        assert page.evaluate(longest) < 1
        durations = """() => [...document.querySelectorAll('*')].flatMap(one => {
            const style = getComputedStyle(one);
            return [...style.transitionDuration.split(','), ...style.animationDuration.split(',')].map(parseFloat);
        })"""
        assert max(page.evaluate(durations)) < 0.001
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


# A phone, and a desktop at 200 %.
@pytest.mark.parametrize(("width", "height"), [(390, 844), (640, 450)])
def test_a_small_screen_shows_whole_figures_and_where_tables_go_on(
    demo: Ledger, browser: Browser, width: int, height: int
) -> None:
    with new_page(browser, viewport={"width": width, "height": height}) as page:
        chosen = "&".join(f"user=u{number}@acme.example" for number in range(20))
        page.goto(f"{demo.url}/?tab=overview&range=30d&{chosen}&user={DANA}")
        page.wait_for_selector("#cost")
        head = page.locator(".head").bounding_box()
        assert head is not None
        assert head["height"] < height / 3
        for name in ("cost", "sessions", "tokens", "active-users", "cost-per-session"):
            fits = "one => one.scrollWidth <= one.clientWidth && one.getClientRects().length === 1"
            figure = page.locator(f"#{name} .figure-value")
            assert figure.evaluate(fits), name
            assert figure.evaluate("one => one.clientHeight < 2 * parseFloat(getComputedStyle(one).fontSize)"), name
        open_view(page, demo, tab="repositories", range="30d")
        middle = page.locator("#repositories .q-table__middle")
        assert middle.evaluate("one => one.scrollWidth > one.clientWidth")
        edge = middle.screenshot()
        plain = "one => { one.style.background = 'none'; }"
        middle.evaluate(plain)
        assert middle.screenshot() != edge
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_twenty_values_chosen_leave_the_head_one_line(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="overview", range="30d")
    lines = "document.querySelector('.filters').getBoundingClientRect().height"
    before = page.evaluate(lines)
    users = "&".join(f"user=u{number}@acme.example" for number in range(10))
    repositories = "&".join(f"repository=acme/r{number}" for number in range(10))
    page.goto(f"{demo.url}/?tab=overview&range=30d&{users}&{repositories}")
    page.wait_for_selector(".state")
    expect(page.locator(".filter", has_text="Users · 10")).to_be_visible()
    expect(page.locator(".filter", has_text="Repositories · 10")).to_be_visible()
    for name in ("Users · 10", "Repositories · 10"):
        words = page.locator(".filter .q-field__native span", has_text=name)
        assert words.evaluate("one => one.scrollWidth <= one.clientWidth"), name
    assert page.evaluate(lines) == before
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
