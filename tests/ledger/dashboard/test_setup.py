"""The page of a ledger that is not set up yet: what works, what is missing, and the command that comes next."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from builders.browser import new_page
from builders.ledger import Ledger, running_ledger
from builders.page import figure, number, open_view
from builders.telemetry import cost, logs, metrics, now, span, traces

GITHUB = "whence classify --org YOUR-ORGANIZATION --ledger "
LINKS = ("Ledger running", "Telemetry arriving", "Hook seen", "First session", "GitHub connected")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with running_ledger(tmp_path / "data") as running:
        yield running


def assert_links(page: Page, *done: str) -> None:
    """These links of the chain have worked; the others have not, and the first of them is the next."""
    missing = [one for one in LINKS if one not in done]
    states = ["done" if one in done else "waiting" if one == missing[0] else "not yet" for one in LINKS]
    expect(page.locator(".step-title")).to_have_text(
        [f"{link}{state}" for link, state in zip(LINKS, states, strict=True)]
    )
    expect(page.locator(".step-next .command-line")).to_have_count(1)
    expect(page.locator(".command-line")).to_have_count(1)


def test_the_checklist_follows_what_happens_without_a_reload(browser: Browser, ledger: Ledger) -> None:
    with new_page(browser) as page:
        open_view(page, ledger)
        page.evaluate("window.notReloaded = true")
        assert_links(page, "Ledger running")
        expect(page.locator(".step").first).to_contain_text(f"at {ledger.url}")
        expect(page.locator(".command-line")).to_have_text(f"./install.sh --endpoint {ledger.url}")
        ledger.accept("logs", logs("api_request", at=now(), cost__usd="0.5"))
        assert_links(page, "Ledger running", "Telemetry arriving")
        expect(page.locator(".command-line")).to_have_text("whence doctor")
        ledger.accept("traces", traces(span("https://github.com/acme/api", at=now())))
        assert_links(page, "Ledger running", "Telemetry arriving", "Hook seen")
        expect(page.locator(".command-line")).to_have_text("claude")
        ledger.accept("metrics", metrics(cost(1.0, at=now())))
        page.wait_for_selector("#cost")
        assert number(figure(page, "cost")) == 1.0
        assert_links(page, *LINKS[:4])
        expect(page.locator(".command-line")).to_have_text(f"GITHUB_TOKEN=… {GITHUB}{ledger.url}")
        ledger.label(**{"github.com/acme/api": "Managed"})
        expect(page.locator("#next-steps")).to_have_count(0)
        assert page.evaluate("window.notReloaded")


def test_the_page_notices_the_first_session_in_seconds(browser: Browser, ledger: Ledger) -> None:
    with new_page(browser) as page:
        open_view(page, ledger, tab="users", range="24h")
        ledger.accept("traces", traces(span("https://github.com/acme/api", at=now())))
        ledger.accept("metrics", metrics(cost(1.0, at=now())))
        # The page refreshes every minute: much less than that must do.
        page.wait_for_selector("#users tbody tr", timeout=30_000)


def test_the_commands_name_the_tokens_that_the_ledger_takes(browser: Browser, tmp_path: Path) -> None:
    tokens = {f"WHENCE_{role}_TOKEN": role for role in ("INGEST", "READ", "ADMIN")}
    with running_ledger(tmp_path / "data", **tokens) as ledger:
        headers = {"Authorization": "Bearer INGEST"}
        with new_page(browser) as page:
            page.goto(ledger.url)
            page.get_by_label("The ledger's read token").fill("READ")
            page.keyboard.press("Enter")
            page.wait_for_selector(".state")
            shown = page.locator(".command-line")
            expect(shown).to_have_text(f"WHENCE_INGEST_TOKEN=… ./install.sh --endpoint {ledger.url}")
            ledger.send("traces", traces(span("https://github.com/acme/api", at=now())), **headers)
            ledger.send("metrics", metrics(cost(1.0, at=now())), **headers)
            shown = page.locator("#next-steps .command-line")
            expect(shown).to_have_text(f"GITHUB_TOKEN=… WHENCE_ADMIN_TOKEN=… {GITHUB}{ledger.url}")


def test_the_address_is_the_one_that_the_browser_reached(browser: Browser, ledger: Ledger) -> None:
    with new_page(browser) as page:
        address = ledger.url.replace("127.0.0.1", "localhost")
        page.goto(address)
        expect(page.locator(".command-line")).to_have_text(f"./install.sh --endpoint {address}")


@pytest.mark.parametrize("drawer", ["unmanaged:u-1", "label:Unmanaged", "label:Managed"])
def test_without_labels_nothing_is_said_to_be_unmanaged(browser: Browser, ledger: Ledger, drawer: str) -> None:
    ledger.accept("traces", traces(span("https://github.com/jane/notes", at=now())))
    ledger.accept("metrics", metrics(cost(1.0, at=now())))
    with new_page(browser) as page:
        open_view(page, ledger, tab="repositories", range="24h", drawer=drawer)
        unlabelled = page.locator("#drawer-unlabelled")
        expect(unlabelled).to_contain_text("The repositories have no labels yet")
        expect(unlabelled.locator(".command-line")).to_have_text(f"GITHUB_TOKEN=… {GITHUB}{ledger.url}")
        expect(page.locator(".drawer")).not_to_contain_text("$0.00")
        expect(page.locator(".drawer")).not_to_contain_text("No data in this range")
        for name in ("managed", "unmanaged"):
            expect(page.locator(f"#{name}")).not_to_contain_text("$0.00")
        open_view(page, ledger, tab="cost", range="24h", label="Unmanaged")
        expect(page.locator(".state")).to_contain_text("The repositories have no labels yet")
        ledger.label(**{"github.com/jane/notes": "Unmanaged"})
        page.wait_for_selector("#cost")
        assert number(figure(page, "cost")) == 1.0
        # With labels, nothing means nothing.
        open_view(page, ledger, tab="cost", range="24h", label="Managed")
        expect(page.locator(".state")).to_contain_text("No sessions match these filters")
