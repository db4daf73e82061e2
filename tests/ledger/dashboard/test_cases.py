"""Cases in the dashboard: admins set them with mouse and keyboard, everyone reads them, settled ones are not listed."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from builders.axe import violations
from builders.browser import new_page
from builders.ledger import Ledger, running_ledger
from builders.page import open_view, table
from builders.telemetry import cost, metrics, now, span, traces

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
JANE, JOE, NOTES = "jane@acme.example", "joe@acme.example", "jane/notes"
TODAY = datetime.now(UTC).date()
NONE, HOSTILE = "\u2013", "<img src=x onerror=boom()> \u202eevil"


@pytest.fixture
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Two users, each with a repository outside the organization; Jane has one inside, too."""
    with running_ledger(tmp_path_factory.mktemp("cases") / "data", **TOKENS) as running:
        ingest, admin = {"Authorization": "Bearer iii"}, {"Authorization": "Bearer aaa"}
        for session, user, name, dollars in (
            ("s1", JANE, "jane/notes", 4.0),
            ("s2", JANE, "acme/api", 2.0),
            ("s3", JOE, "joe/game", 1.0),
        ):
            for signal, body in (
                ("traces", traces(span(f"https://github.com/{name}", session, now()))),
                ("metrics", metrics(cost(dollars, session, now(), user_email=user))),
            ):
                assert running.send(signal, body, **ingest).status_code == 200
        labels = {"jane/notes": "Unmanaged", "acme/api": "Managed", "joe/game": "Unmanaged"}
        items = [
            {"repository": f"github.com/{name}", "label": label, "reason": "test"} for name, label in labels.items()
        ]
        told = {"organizations": ["acme"], "labels": items}
        assert httpx.put(f"{running.url}/api/v1/labels", json=told, headers=admin).status_code == 200
        yield running


def sign_in(page: Page, ledger: Ledger, token: str) -> None:
    page.goto(ledger.url)
    page.get_by_label("The ledger's read token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(".card, .state")


def get(ledger: Ledger, path: str) -> httpx.Response:
    return httpx.get(f"{ledger.url}/{path}", headers={"Authorization": "Bearer rrr"})


def test_an_administrator_settles_a_case_and_the_lists_stop_nagging_until_it_goes_on(
    browser: Browser, ledger: Ledger
) -> None:
    figures = get(ledger, "api/v1/repositories").json()
    with new_page(browser) as page:
        sign_in(page, ledger, "aaa")
        open_view(page, ledger, tab="repositories", drawer=f"user:{JANE}")
        # Beside the repository outside the organization, and only there.
        buttons = page.locator("#drawer-spend").get_by_role("button", name=re.compile("case of"))
        expect(buttons).to_have_count(1)
        expect(buttons).to_have_accessible_name(f"new: case of {NOTES}")
        # With the keyboard alone.
        buttons.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name=f"Case of {NOTES}")
        dialog.get_by_role("radio", name="moved").focus()
        page.keyboard.press("Space")
        expect(dialog.get_by_role("radio", name="moved")).to_be_checked()
        dialog.get_by_label("Note").fill(HOSTILE)
        assert violations(page) == []
        dialog.get_by_role("button", name="Save").focus()
        page.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
        expect(buttons).to_have_accessible_name(f"moved: case of {NOTES}")
        expect(buttons).to_be_focused()
        page.keyboard.press("Escape")
        # The list behind it has nothing to say about Jane any more.
        expect(page.locator("#unmanaged")).to_contain_text(f"Settled and not listed: {JANE}.")
        assert [row[0] for row in table(page, "unmanaged")] == [JOE]
        # Settled up to the day before: the user is still spending. With the mouse.
        open_view(page, ledger, tab="repositories", drawer=f"user:{JANE}")
        buttons.click()
        dialog.get_by_label("Day (UTC)").fill("")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("alert")).to_have_text("Give the day as year, month and day.")
        dialog.get_by_label("Day (UTC)").fill(f"{TODAY - timedelta(days=1)}")
        dialog.get_by_role("button", name="Save").click()
        expect(buttons).to_have_accessible_name(f"moved, still spending: case of {NOTES}")
        buttons.click()
        expect(dialog.locator(".case-continued")).to_have_text(
            f"Still spending: $4.00 after {TODAY - timedelta(days=1)}"
        )
        expect(dialog.locator(".case-history li")).to_have_count(2)
        expect(dialog.locator(".case-note").first).to_have_text(HOSTILE)
        page.keyboard.press("Escape")
        open_view(page, ledger, tab="repositories")
        assert [(row[0], row[-1]) for row in table(page, "unmanaged")] == [
            (JANE, "1 moved, still spending"),
            (JOE, NONE),
        ]
        assert violations(page) == []
        open_view(page, ledger, tab="repositories", drawer="label:Unmanaged")
        expect(page.locator("#drawer-spenders .cell-links").first).to_contain_text("moved, still spending")
    assert get(ledger, "api/v1/repositories").json() == figures
    assert [one["note"] for one in get(ledger, "api/v1/cases/changes").json()] == [HOSTILE, HOSTILE]
    pack = get(ledger, f"evidence?drawer=user:{JANE}").text
    assert "&lt;img src=x onerror=boom()&gt;" in pack
    assert "moved, still spending" in pack
    # The pack of a label says it in its table of decisions, of the newest one.
    assert get(ledger, "evidence?drawer=label:Unmanaged").text.count(">moved, still spending<") == 1
    rows = csv.DictReader(io.StringIO(get(ledger, f"evidence?drawer=user:{JANE}&format=csv").text))
    assert {row["repository"]: row["case"] for row in rows} == {NOTES: "moved, still spending", "acme/api": ""}


def test_who_may_only_read_sees_the_case_and_no_way_to_set_it(browser: Browser, ledger: Ledger) -> None:
    body = {"user": JANE, "repository": NOTES, "status": "talked-to", "note": "on Monday"}
    answer = httpx.put(f"{ledger.url}/api/v1/cases", json=body, headers={"Authorization": "Bearer aaa"})
    assert answer.status_code == 204
    with new_page(browser) as page:
        sign_in(page, ledger, "rrr")
        open_view(page, ledger, tab="repositories", drawer=f"unmanaged:{JANE}")
        page.get_by_role("button", name=f"talked to: case of {NOTES}").click()
        dialog = page.get_by_role("dialog", name=f"Case of {NOTES}")
        expect(dialog).to_contain_text("Sign in with the admin token to set a case.")
        expect(dialog).to_contain_text("on Monday")
        expect(dialog.get_by_role("button", name="Save")).to_have_count(0)
        assert violations(page) == []
