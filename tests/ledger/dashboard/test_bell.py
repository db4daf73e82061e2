"""The bell of a ledger with tokens: everybody who may look sees what fires, and only an administrator silences it."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from builders.browser import new_page
from builders.ledger import Ledger, running_ledger
from builders.telemetry import cost, metrics

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
REASON = "Sign in with the admin token to silence alerts."


@pytest.fixture
def firing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger in which one user's cost of the day fires."""
    data = tmp_path_factory.mktemp("bell") / "data"
    with running_ledger(data, **TOKENS) as ledger:
        now = int(datetime.now(UTC).timestamp()) * 10**9
        body = metrics(cost(150.0, "s1", now, user_email="ada@acme.example"))
        assert ledger.send("metrics", body, Authorization="Bearer iii").status_code == 200
    # It looks as soon as it is started.
    with running_ledger(data, **TOKENS) as ledger:
        deadline = time.monotonic() + 120
        while not alerts(ledger) and time.monotonic() < deadline:
            time.sleep(0.2)
        yield ledger


def alerts(ledger: Ledger) -> list[tuple[str, bool]]:
    """What fires, as the API tells it: alert, and whether it is silenced."""
    answer = httpx.get(f"{ledger.url}/api/v1/alerts", headers={"Authorization": "Bearer rrr"})
    rows = answer.json()["alerts"]
    return [(one["alert"], one["silenced"]) for one in rows if one["state"] == "firing"]


def silenced_by_api(ledger: Ledger, token: str) -> int:
    body = {"alert": "user-daily-cost", "subject": "ada@acme.example", "length": "1h"}
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{ledger.url}/api/v1/alerts/silences", json=body, headers=headers).status_code


def open_bell(page: Page, ledger: Ledger, token: str) -> None:
    page.goto(ledger.url)
    page.get_by_label("The ledger's read token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Alerts: 1 firing").click()
    expect(page.locator(".alert")).to_contain_text("ada@acme.example spent $150.00")


def test_with_the_read_token_the_bell_has_no_way_to_silence_and_says_why(browser: Browser, firing: Ledger) -> None:
    with new_page(browser) as page:
        open_bell(page, firing, "rrr")
        expect(page.locator(".alerts-list").get_by_text(REASON)).to_be_visible()
        expect(page.get_by_role("button", name="View")).to_be_visible()
        expect(page.get_by_role("button", name="Silence")).to_have_count(0)
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert silenced_by_api(firing, "rrr") == 401
    assert alerts(firing) == [("user-daily-cost", False)]


def test_with_the_admin_token_the_bell_silences_and_tells_again(browser: Browser, firing: Ledger) -> None:
    with new_page(browser) as page:
        open_bell(page, firing, "aaa")
        expect(page.get_by_text(REASON)).to_have_count(0)
        page.get_by_role("button", name="Silence for 4 h").click()
        expect(page.locator(".alert")).to_contain_text("silenced")
        expect(page.get_by_label("Alerts: none firing")).to_be_attached()
        assert alerts(firing) == [("user-daily-cost", True)]
        page.get_by_role("button", name="Unsilence").click()
        expect(page.get_by_role("button", name="Silence for 4 h")).to_be_visible()
        assert alerts(firing) == [("user-daily-cost", False)]
    assert silenced_by_api(firing, "aaa") == 204
    assert alerts(firing) == [("user-daily-cost", True)]


def test_a_bell_opened_before_the_browser_named_its_time_zone_moves_to_it(browser: Browser, firing: Ledger) -> None:
    with new_page(browser, timezone_id="Australia/Eucla") as page:
        held: list[str | bytes] = []
        hold, servers = True, []

        def delay(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()
            servers.append(server)

            def forward(message: str | bytes) -> None:
                if hold and "Australia/Eucla" in str(message):
                    held.append(message)
                else:
                    server.send(message)

            socket.on_message(forward)

        page.route_web_socket(re.compile("_nicegui_ws"), delay)
        open_bell(page, firing, "rrr")
        expect(page.locator(".alerts")).to_contain_text("Times are in your time zone, UTC.")
        hold = False
        for message in held:
            servers[-1].send(message)
        assert held
        expect(page.locator(".alerts")).to_contain_text("Times are in your time zone, Australia/Eucla.")
