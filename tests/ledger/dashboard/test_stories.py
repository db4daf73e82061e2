"""The demo's stories, from the first tab to the last drawer."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from builders.axe import violations
from builders.ledger import Ledger
from builders.page import chart, figure, number, open_tab, open_view, table
from whence_ledger.model.quarter import floor

DANA, SAM, ALEX = "dana.reyes@acme.example", "sam.oduya@acme.example", "alex.tran@acme.example"


def hour_of_the_spike(demo: Ledger) -> dict[str, str]:
    """The hour in which the demo's last work began: the test may run long after the demo was loaded."""
    begin = floor(max(datetime.fromisoformat(session["started"]) for session in demo.get("sessions", user=ALEX)))
    return {"from": begin.isoformat(), "to": (begin + timedelta(hours=1)).isoformat()}


def test_a_spike_leads_to_whose_it_is_and_to_what_it_went(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="overview", **hour_of_the_spike(demo))
    assert 6_500 < number(figure(page, "cost")) < 7_500
    open_tab(page, "GitHub repos", "managed .legend li")
    part = page.locator("#managed li", has_text="Unmanaged").locator(".legend-value").inner_text()
    assert "58.0%" in part
    # Stacked as the legend lists them, although the first bar may have none of the first.
    listed = page.locator("#labels-over-time .chart-legend .name-text").all_inner_texts()
    assert list(chart(page, "labels-over-time")) == listed == ["Managed", "Unmanaged"]
    page.locator("#managed").get_by_role("button", name="Unmanaged").click()
    assert table(page, "drawer-spenders")[0][0] == ALEX
    # Which repositories they were is read without another click.
    names = page.locator("#drawer-spenders tbody tr").first.locator(".cell-links .name").all_inner_texts()
    assert names == ["alextran/agent-swarm", "alextran/benchmarks"]
    page.locator("#drawer-spenders").get_by_text(ALEX).click()
    assert [row[0] for row in table(page, "drawer-spend")][:2] == names
    # The repository that was only read in is in the table, but has no piece of the bar.
    assert table(page, "drawer-spend")[2][0] == "acme/graph-sdk"
    assert page.locator("#drawer-spend .stack span").count() == 2
    assert page.url.endswith("drawer=unmanaged%3Aalex.tran%40acme.example")
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    page.wait_for_url(re.compile(r"^((?!drawer=).)*$"))


def test_company_history_in_personal_places_and_hours_are_told(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="overview", range="7d")
    open_tab(page, "Cost", "insights li")
    outside = page.locator("#insights li", has_text="Spend outside the organization")
    outside.get_by_role("button", name="Show").click()
    page.wait_for_selector("#unmanaged.highlight")
    expect(page.locator("#unmanaged")).to_be_focused()
    assert "tab=repositories" in page.url
    page.locator("#unmanaged").get_by_text(DANA).click()
    expect(page.locator(".spend-words")).to_have_text("75.0% outside the organization")
    because = {row[0]: row[3] for row in table(page, "drawer-spend")}
    assert because["danareyes/architecture-notes"] == "shares history with acme/handbook"
    # The demo begins at an hour of a day, and some of the day's work was before it.
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    week = {"from": (midnight - timedelta(days=6)).isoformat()}
    unmanaged = {row["user"]: row for row in demo.get("unmanaged", **week)}
    assert unmanaged[DANA]["spend_share"] == pytest.approx(0.75)
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    page.locator("#unmanaged").get_by_text(SAM).click()
    parts = {name: sum(values) for name, values in chart(page, "drawer-tokens-over-time").items()}
    assert parts["Working hours"] == 0
    assert parts["Evenings and nights"] > 0
    assert parts["Weekends"] > 0


def test_the_row_that_an_insight_is_about_is_marked_focused_and_part_of_the_link(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="cost", range="7d", sort="users.cost_usd.asc")
    insights = demo.get("insights", **{"from": (datetime.now(UTC) - timedelta(days=7)).isoformat()})
    chosen = {one["widget"]: one for one in reversed(insights) if one["widget"] in {"users", "models", "sessions"}}
    assert set(chosen) == {"users", "models", "sessions"}
    about_sessions = chosen.pop("sessions")
    for widget, one in chosen.items():
        open_view(page, demo, tab="cost", range="7d", sort="users.cost_usd.asc")
        page.get_by_role("button", name=f"Show: {one['title']}", exact=True).press("Enter")
        row = page.locator(f"#{widget} tr[aria-current=true]")
        expect(row).to_be_focused()
        expect(row).to_be_in_viewport()
        expect(row.locator("td").first).to_have_text(one["subject"])
    page.reload()
    expect(row).to_be_focused()
    # Of an insight about sessions, its sessions are listed: their costs add up to its cost.
    open_view(page, demo, tab="cost", range="7d")
    page.get_by_role("button", name=f"Show: {about_sessions['title']}", exact=True).press("Enter")
    row = page.locator("#insight-sessions tr[aria-current=true]")
    expect(row).to_be_focused()
    listed = [number(cells[1]) for cells in table(page, "insight-sessions")]
    assert listed == sorted(listed, reverse=True)
    total = sum(listed)
    assert (
        total == pytest.approx(about_sessions["cost_usd"]) if len(listed) < 25 else total < about_sessions["cost_usd"]
    )
    page.keyboard.press("Enter")
    expect(page.locator(".drawer-kind")).to_have_text("Session")
    user = chosen["users"]["subject"]
    open_view(page, demo, tab="users", range="7d", mark=f"users:{user}")
    marked = page.locator("#users tr[aria-current=true]")
    expect(marked).to_be_focused()
    assert violations(page) == []
    # A drawer keeps it; another view has none.
    page.keyboard.press("Enter")
    expect(page.locator(".drawer-title")).to_have_text(user)
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    expect(marked).to_be_focused()
    page.get_by_label("Refresh now").click()
    page.wait_for_load_state("networkidle")
    expect(marked).to_be_attached()
    page.get_by_role("tab", name="Cost").click()
    page.wait_for_url(lambda url: "mark" not in url)
