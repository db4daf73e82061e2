"""Saved views: saved and deleted by who may, opened by all, and normal links."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from builders.axe import violations
from builders.browser import new_page
from builders.ledger import Ledger, running_ledger
from builders.telemetry import cost, metrics, now

ADMIN = "aaa"
TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": ADMIN}
JANE, HOSTILE = "jane@acme.example", "<img src=x onerror=boom()> \u202eevil"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with running_ledger(tmp_path_factory.mktemp("views") / "data", **TOKENS) as running:
        body = metrics(cost(4.0, user_email=JANE, at=now()), cost(2.0, "s2", user_email="joe@acme.example", at=now()))
        assert running.send("metrics", body, Authorization="Bearer iii").status_code == 200
        yield running


def views(ledger: Ledger) -> dict[str, str]:
    answer = httpx.get(f"{ledger.url}/api/v1/views", headers={"Authorization": "Bearer rrr"})
    assert answer.status_code == 200
    return {one["name"]: one["view"] for one in answer.json()}


def put(ledger: Ledger, name: str, view: str, token: str = ADMIN) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.put(f"{ledger.url}/api/v1/views", json={"name": name, "view": view}, headers=headers).status_code


def delete(ledger: Ledger, name: str, token: str = ADMIN) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.delete(f"{ledger.url}/api/v1/views", params={"name": name}, headers=headers).status_code


def sign_in(page: Page, ledger: Ledger, token: str, **view: Any) -> None:
    page.goto(ledger.url)
    page.get_by_label("The ledger's read token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(".card")
    page.goto(str(httpx.URL(ledger.url).copy_merge_params(view)))
    page.wait_for_selector(".card")


def test_a_view_is_saved_by_keyboard_found_by_others_and_deleted(ledger: Ledger, browser: Browser) -> None:
    with new_page(browser) as page, new_page(browser, color_scheme="dark") as other:
        sign_in(page, ledger, "aaa", tab="cost", range="7d", user=JANE, group="team", drawer=f"user:{JANE}")
        page.keyboard.press("Escape")
        expect(page.locator(".drawer")).to_have_count(0)
        page.get_by_label("Saved views").press("Enter")
        dialog = page.get_by_role("dialog", name="Saved views")
        expect(dialog).to_contain_text(f"Now: Cost · Last 7 days · by team · {JANE}")
        page.get_by_label("Name of this view").press("Enter")
        expect(dialog.get_by_role("alert")).to_have_text("Give the view a name of printable characters.")
        page.get_by_label("Name of this view").fill("Jane's week")
        page.keyboard.press("Enter")
        link = dialog.get_by_role("link", name="Jane's week")
        expect(link).to_have_attribute("href", "?tab=cost&range=7d&user=jane%40acme.example&group=team")
        assert violations(page) == []
        assert put(ledger, "Sessions", "tab=usage&range=nonsense&drawer=user:x&evil=1") == 204
        assert put(ledger, "<b>other</b>", "?tab=users") == 204
        sign_in(other, ledger, "rrr")
        other.get_by_label("Saved views").click()
        theirs = other.get_by_role("dialog", name="Saved views")
        expect(theirs.get_by_role("link")).to_have_text(["<b>other</b>", "Jane's week", "Sessions"])
        expect(theirs).to_contain_text("Sign in with the admin token to save or delete views.")
        expect(theirs.get_by_label("Delete")).to_have_count(0)
        assert violations(other) == []
        theirs.get_by_role("link", name="Jane's week").press("Enter")
        other.wait_for_url("**/?tab=cost&range=7d&user=jane%40acme.example&group=team")
        expect(other.locator("#groups").get_by_role("heading")).to_have_text("Cost by team")
        expect(other.get_by_role("dialog")).to_have_count(0)
        assert views(ledger)["Sessions"] == "?tab=usage&range=30d"
        dialog.get_by_label("Delete the view Jane's week").press("Enter")
        expect(link).to_have_count(0)
        assert "Jane's week" not in views(ledger)


def test_only_the_admin_token_saves_and_deletes_and_a_name_is_replaced(ledger: Ledger) -> None:
    assert put(ledger, "mine", "?tab=cost") == 204
    before = views(ledger)
    assert [put(ledger, "mine", "?tab=users", token) for token in ("rrr", "iii", "x")] == [401, 401, 401]
    assert [delete(ledger, "mine", token) for token in ("rrr", "iii", "x")] == [401, 401, 401]
    assert [put(ledger, name, "?tab=users") for name in ("", "  ", "a\nb", HOSTILE, "x" * 101)] == [422] * 5
    assert put(ledger, "long", "?" + "&".join(f"user={'x' * 1000}{number}" for number in range(5))) == 422
    assert views(ledger) == before
    assert put(ledger, " mine ", "?tab=users") == 204
    assert views(ledger)["mine"] == "?tab=users&range=30d"
    assert [delete(ledger, "mine"), delete(ledger, "mine")] == [204, 404]


def test_the_palette_goes_to_a_saved_view_by_keyboard_alone(ledger: Ledger, browser: Browser) -> None:
    assert put(ledger, "Quarter of Joe", "?tab=users&range=90d&user=joe@acme.example") == 204
    with new_page(browser) as page:
        sign_in(page, ledger, "rrr")
        page.keyboard.press("Control+k")
        expect(page.get_by_role("combobox", name="Go to")).to_be_focused()
        page.keyboard.type("quarter of")
        expect(page.get_by_role("option")).to_have_text(["View: Quarter of Joe"])
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?tab=users&range=90d&user=joe%40acme.example")
        expect(page.get_by_role("dialog")).to_have_count(0)
