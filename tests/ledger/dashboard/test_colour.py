"""Colours follow the thing: in every range of time, in every widget, whatever else is there."""

from playwright.sync_api import Page, expect

from builders.ledger import Ledger
from builders.page import open_view, wait_for_chart
from whence_ledger.dashboard.colour import LABELS, OTHERS, PALETTE, PATTERNS, Mark, assign, marks, shades

DANA = "dana.reyes@acme.example"
RANGES = ("24h", "7d", "30d", "90d")
_DOTS = """all => Object.fromEntries(all.map(one => {
    const dot = getComputedStyle(one.querySelector('.dot'));
    return [one.children[1].children[0].innerText, [dot.backgroundColor, dot.backgroundImage]];
}))"""
_DRAWN = """name => {
    const chart = getElement(document.querySelector(`#${name} :is(.chart, .ring-chart)`).id.slice(1)).chart;
    const series = chart.getOption().series;
    const drawn = series[0].type === 'pie' ? series[0].data : series;
    return Object.fromEntries(drawn.map(one => [one.name, one.itemStyle.color]));
}"""


def _legend(page: Page, name: str) -> dict[str, list[str]]:
    page.wait_for_selector(f"#{name} .legend li")
    found: dict[str, list[str]] = page.locator(f"#{name} .legend li").evaluate_all(_DOTS)
    return found


def _drawn(page: Page, name: str) -> dict[str, str]:
    wait_for_chart(page, name)
    found: dict[str, str] = page.evaluate(_DRAWN, name)
    return found


def test_the_first_names_all_differ_and_none_looks_like_a_label() -> None:
    colours = assign(f"acme/api-{number}" for number in range(len(PALETTE)))
    assert len(set(colours.values())) == len(PALETTE)
    assert not set(PALETTE) & {*LABELS.values(), OTHERS}
    assert len({*LABELS.values(), OTHERS}) == 4


def test_a_new_name_changes_no_other_and_a_forgotten_one_few() -> None:
    names = [f"acme/api-{number}" for number in range(200)]
    whole = assign(names)
    assert assign(names[:50]) == {name: whole[name] for name in names[:50]}
    later = assign(names[1:10])
    assert sum(later[name] != whole[name] for name in names[1:10]) <= 3


def test_names_of_one_colour_are_told_apart_in_one_chart() -> None:
    colours = assign(f"acme/api-{number}" for number in range(len(PALETTE) * PATTERNS))
    shown = marks(list(reversed(colours)), colours, {})
    assert len(set(shown.values())) == len(colours)
    assert len({mark.css for mark in shown.values()}) == len(colours)
    assert {name: mark.colour for name, mark in shown.items()} == colours
    assert marks(["Unknown"], {}, {"Unknown": LABELS["Unknown"]}) == {"Unknown": Mark(LABELS["Unknown"])}


def test_a_model_keeps_its_colour_over_all_ranges_and_widgets(demo: Ledger, page: Page) -> None:
    seen: dict[str, set[str]] = {}
    for name in RANGES:
        open_view(page, demo, tab="cost", range=name)
        for model, colour in _drawn(page, "cost-over-time").items():
            seen.setdefault(model, set()).add(colour)
    for model in list(seen):
        # Alone in its chart, and in a user's drawer.
        open_view(page, demo, tab="cost", range="30d", model=model)
        seen[model] |= set(_drawn(page, "cost-over-time").values())
    open_view(page, demo, tab="users", range="30d", drawer=f"user:{DANA}")
    for model, colour in _drawn(page, "drawer-models-over-time").items():
        seen[model].add(colour)
    assert len(seen) > 1
    assert {len(colours) for colours in seen.values()} == {1}
    assert len({next(iter(colours)) for colours in seen.values()}) == len(seen)


def test_a_repository_keeps_its_colour_and_is_told_apart_in_every_range(demo: Ledger, page: Page) -> None:
    seen: dict[str, set[str]] = {}
    for name in RANGES:
        for user in ("", DANA):
            open_view(page, demo, tab="repositories", range=name, **({"user": user} if user else {}))
            if page.locator(".state").count():
                continue
            shown = _legend(page, "distribution")
            assert len({tuple(mark) for mark in shown.values()}) == len(shown)
            assert {repository: colour for repository, (colour, _) in shown.items()} == {
                repository: page.evaluate(_RGB, colour) for repository, colour in _drawn(page, "distribution").items()
            }
            for repository, (colour, _) in shown.items():
                seen.setdefault(repository, set()).add(colour)
    assert len(seen) > 5
    assert {len(colours) for colours in seen.values()} == {1}


def test_a_users_bar_is_coloured_by_label_and_shaded_by_repository(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="repositories", range="30d", drawer=f"user:{DANA}")
    page.wait_for_selector("#drawer-spend tbody tr")
    pieces = page.locator("#drawer-spend .stack span").evaluate_all(
        "all => all.map(one => [one.title.split(' ')[0], getComputedStyle(one).backgroundColor])"
    )
    rows = {row["repository"]: row["label"] for row in demo.get("repositories", user=DANA)}
    blue, orange = (page.evaluate(_RGB, LABELS[name]) for name in ("Managed", "Unmanaged"))
    assert [rows[name] for name, _ in pieces] == ["Managed", "Unmanaged", "Unmanaged"]
    assert [colour for _, colour in pieces][:2] == [blue, orange]
    assert len({colour for _, colour in pieces}) == 3
    dots = page.locator("#drawer-spend tbody tr").evaluate_all(
        """all => all.map(row => [
            row.querySelector('.name').innerText, getComputedStyle(row.querySelector('.dot')).backgroundColor
        ])"""
    )
    assert dict(dots) == dict(pieces)


def test_shades_of_a_label_differ_and_begin_with_its_colour() -> None:
    labels = ["Managed"] * 12 + ["Unmanaged"] * 2 + [None]
    found = [mark.colour for mark in shades(labels)]
    assert [found[place] for place in (0, 12, 14)] == [LABELS[name] for name in ("Managed", "Unmanaged", "Unknown")]
    assert len(set(found)) == len(found)


_RGB = """colour => {
    const one = document.body.appendChild(document.createElement('span'));
    one.style.color = colour;
    const rgb = getComputedStyle(one).color;
    one.remove();
    return rgb;
}"""


def test_a_charts_tooltip_is_dark_in_the_dark_and_says_the_total(demo: Ledger, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    open_view(page, demo, tab="cost", range="7d")
    page.wait_for_selector("#cost-over-time svg")
    page.locator("#cost-over-time .chart").hover(position={"x": 600, "y": 150})
    tip = page.locator("#cost-over-time .chart-tip")
    expect(tip).to_be_visible()
    expect(tip).to_have_css("background-color", "rgb(28, 31, 37)")
    for place in range(60, 1200, 40):
        page.locator("#cost-over-time .chart").hover(position={"x": place, "y": 150})
        if page.locator("#cost-over-time .chart-tip-total").count():
            break
    amounts = page.locator("#cost-over-time .chart-tip .number").all_text_contents()
    dollars = [float(one.removeprefix("$").replace(",", "")) for one in amounts]
    assert len(dollars) > 2
    assert abs(sum(dollars[:-1]) - dollars[-1]) < 0.01 * len(dollars)


def test_a_charts_tooltip_goes_when_the_mouse_leaves_quickly_and_covers_no_drawer(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="repositories", range="7d")
    page.wait_for_selector("#managed svg")
    ring, name = page.locator("#managed .ring-chart"), page.locator("#managed").get_by_role("button", name="Unmanaged")
    place, button = ring.bounding_box(), name.bounding_box()
    assert place
    assert button
    tip = page.locator("#managed .chart-tip")
    page.mouse.move(place["x"] + place["width"] * 0.12, place["y"] + place["height"] / 2, steps=3)
    expect(tip).to_be_visible()
    # As in the legend: "$5,127.55 · 43.9%".
    assert tip.locator(".number").inner_text() in page.locator("#managed .legend-value").all_inner_texts()
    page.mouse.move(button["x"] + 20, button["y"] + 8)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_selector(".drawer .figure-value")
    expect(tip).to_be_hidden()


def test_a_chart_is_written_in_the_pages_font(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="cost", range="7d")
    font = "one => [getComputedStyle(one).fontFamily, getComputedStyle(document.body).fontFamily]"
    text = page.locator("#cost-over-time svg text").first
    text.wait_for()
    drawn, written = text.evaluate(font)
    assert drawn == written
