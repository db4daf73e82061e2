"""Drawers lead on: from a label to a repository or a user, and from a user to what is outside the organization."""

import json

from playwright.sync_api import Page, expect

from builders.ledger import Ledger
from builders.page import figure, number, open_view, table, wait_for_chart

DANA = "dana.reyes@acme.example"


def test_a_repository_in_a_users_row_opens_with_mouse_and_keyboard(demo: Ledger, page: Page) -> None:
    for how in ("click", "Enter"):
        open_view(page, demo, tab="repositories", range="7d", drawer="label:Unmanaged")
        link = page.locator("#drawer-spenders").get_by_role("button", name="danareyes/architecture-notes")
        if how == "click":
            link.click()
        else:
            link.focus()
            page.keyboard.press(how)
        page.wait_for_url(lambda url: "drawer=repository%3Adanareyes%2Farchitecture-notes" in url)
        # The drawer before stays until the next one is complete.
        expect(page.locator(".drawer-title")).to_have_count(1)
        expect(page.locator(".drawer-title")).to_have_text("danareyes/architecture-notes")
        (row,) = table(page, "drawer-spenders")
        assert row[0] == DANA
        page.go_back()
        page.wait_for_selector("#drawer-spenders .cell-links")
        expect(page.locator(".drawer-title")).to_have_text("Unmanaged")


def test_a_drawer_is_sent_once_and_draws_its_charts_where_they_are_seen(demo: Ledger, page: Page) -> None:
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(str(frame))))
    open_view(page, demo, tab="users", range="7d")
    page.wait_for_selector("#coverage")
    page.wait_for_timeout(500)
    sent.clear()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.locator("#users tbody tr").first.click()
    page.wait_for_selector("#drawer-active-time")
    seen = "name => Boolean(document.querySelector(`#${name} .chart svg`))"
    page.wait_for_selector("#drawer-tokens-over-time .chart svg")
    assert not page.evaluate(seen, "drawer-impact-over-time")
    wait_for_chart(page, "drawer-impact-over-time")
    updates = [json.loads(frame[2:])[1] for frame in sent if frame.startswith('42["update"')]
    elements = [(key, one["tag"]) for update in updates for key, one in update.items() if key != "_id" and one]
    tables = [key for key, tag in elements if tag == "nicegui-sheet"]
    assert len(tables) == len(set(tables)) == page.locator(".drawer .sheet").count() == 3
    assert fetched == [], "the browser has all scripts"
    assert "nicegui-select" not in {tag for _, tag in elements}, "the page's filters have not changed"


def test_a_user_is_narrowed_to_what_is_outside_and_widened_again(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d", drawer=f"user:{DANA}")
    page.wait_for_selector("#drawer-spend tbody tr")
    every = number(figure(page, "drawer-cost"))
    page.get_by_role("button", name="Only outside the organization").click()
    page.get_by_text("Filtered: spend outside the organization").wait_for()
    # The drawer before stays until the next one is complete.
    expect(page.locator("#drawer-cost")).to_have_count(1)
    assert number(figure(page, "drawer-cost")) == every * 0.75
    page.get_by_role("button", name="All spend").click()
    page.get_by_role("button", name="Only outside the organization").wait_for()
    expect(page.locator("#drawer-cost")).to_have_count(1)
    assert number(figure(page, "drawer-cost")) == every


def test_the_work_of_a_user_leads_to_the_repository_and_its_branches(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d", drawer=f"user:{DANA}")
    page.wait_for_selector("#drawer-work tbody tr")
    rows = {(row[0], row[1]): row[2] for row in table(page, "drawer-work")}
    assert rows["acme/handbook", "PLA-7-onboarding"] == "PLA-7"
    (asked,) = (
        one
        for one in demo.get("branches", user=DANA, repository="acme/handbook")
        if one["branch"] == "PLA-7-onboarding"
    )
    assert asked["ticket"] == "PLA-7"
    page.locator("#drawer-work").get_by_role("button", name="acme/handbook").first.click()
    # The drawer before stays until the next one is complete.
    expect(page.locator(".drawer-title")).to_have_text(["acme/handbook"])
    names = {row[0] for row in table(page, "drawer-work")}
    assert "PLA-7-onboarding" in names


def test_the_work_of_a_repository_names_pull_requests_and_what_merged_and_abandoned_work_cost(
    demo: Ledger, page: Page
) -> None:
    asked = [one for one in demo.get("pull-requests", repository="acme/handbook") if one["number"]]
    assert asked
    open_view(page, demo, tab="repositories", range="all", drawer="repository:acme/handbook")
    page.wait_for_selector("#drawer-work tbody tr")
    shown = {row[0]: row[2] for row in table(page, "drawer-work")}
    for one in asked:
        assert f"#{one['number']} {one['state']}" in shown[one["branch"]]
    costs = {state: sum(one["cost_usd"] for one in asked if one["state"] == state) for state in ("merged", "closed")}
    line = page.locator("#drawer-outcome").inner_text()
    assert f"Merged ${costs['merged']:,.2f}, abandoned (closed without a merge) ${costs['closed']:,.2f}" in line
    assert "Median time from first touch to merge: " in line
    models = demo.get("models", repository="acme/handbook")
    shown_models = {row[0]: number(row[1]) for row in table(page, "drawer-models")}
    assert shown_models == {one["model"]: one["cost_usd"] for one in models if one["cost_usd"]}
    # The same in a user's drawer, for what the user spent.
    asked = [one for one in demo.get("pull-requests", user=DANA) if one["number"] and one["cost_usd"]]
    assert asked
    open_view(page, demo, tab="users", range="90d", drawer=f"user:{DANA}")
    page.wait_for_selector("#drawer-work tbody tr")
    rows = {(row[0], row[1]): row[3] for row in table(page, "drawer-work")}
    for one in asked:
        assert f"#{one['number']} {one['state']}" in rows[one["repository"], one["branch"]]
    merged = sum(one["cost_usd"] for one in asked if one["state"] == "merged")
    assert f"Merged ${merged:,.2f}" in page.locator("#drawer-outcome").inner_text()
