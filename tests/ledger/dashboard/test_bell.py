"""The bell of a ledger with tokens: everybody who may look sees what fires, and only an administrator silences it."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from builders.axe import violations
from builders.browser import new_page
from builders.ledger import Ledger, running_ledger
from builders.page import copied
from builders.telemetry import cost, metrics
from whence_ledger.store.analysis import run, views

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
REASON = "Sign in with the admin token to silence alerts."


@pytest.fixture(scope="module")
def firing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger in which two users' cost of the day fires, with a threshold of its own, and a rule that is disabled."""
    data = tmp_path_factory.mktemp("bell") / "data"
    data.mkdir()
    (data / "alerts.toml").write_text("[user-daily-cost]\nusd = 120\n[no-commits]\nenabled = false\n")
    with running_ledger(data, **TOKENS) as ledger:
        now = int(datetime.now(UTC).timestamp()) * 10**9
        spent = {"ada": 150.0, "bob": 130.0, "eve": 110.0}
        points = [cost(dollars, user, now, user_email=f"{user}@acme.example") for user, dollars in spent.items()]
        assert ledger.send("metrics", metrics(*points), Authorization="Bearer iii").status_code == 200
    # It looks as soon as it is started.
    with running_ledger(data, **TOKENS) as ledger:
        deadline = time.monotonic() + 120
        while not alerts(ledger) and time.monotonic() < deadline:
            time.sleep(0.2)
        yield ledger


def alerts(ledger: Ledger) -> list[tuple[str, bool]]:
    """What fires about Ada, as the API tells it: alert, and whether it is silenced."""
    answer = httpx.get(f"{ledger.url}/api/v1/alerts", headers={"Authorization": "Bearer rrr"})
    rows = answer.json()["alerts"]
    about = [one for one in rows if one["state"] == "firing" and one["subject"] == "ada@acme.example"]
    return [(one["alert"], one["silenced"]) for one in about]


def silenced_by_api(ledger: Ledger, token: str, length: str = "1h") -> int:
    body = {"alert": "user-daily-cost", "subject": "ada@acme.example", "length": length}
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{ledger.url}/api/v1/alerts/silences", json=body, headers=headers).status_code


def open_bell(page: Page, ledger: Ledger, token: str) -> None:
    page.goto(ledger.url)
    page.get_by_label("The ledger's read token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Alerts: 2 firing").click()
    expect(page.locator(".alert").first).to_contain_text("ada@acme.example spent $150.00")


def test_the_bell_does_not_move_when_the_time_of_the_refresh_appears(browser: Browser, firing: Ledger) -> None:
    with new_page(browser) as page:
        open_bell(page, firing, "rrr")
        expect(page.locator(".updated")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
        place = "document.querySelector('[aria-label^=Alerts]').getBoundingClientRect().x"
        before = page.evaluate(place)
        page.evaluate("document.querySelector('.updated').textContent = ''")
        assert page.evaluate(place) == before


def test_each_button_takes_its_own_clicks_before_the_font_of_icons_is_loaded(browser: Browser, firing: Ledger) -> None:
    """Whose button is hit in the middle of each button of the head."""
    hit = """[...document.querySelectorAll('.head button[aria-label]')].map(button => {
        const {x, y, width, height} = button.getBoundingClientRect();
        const found = document.elementFromPoint(x + width / 2, y + height / 2)?.closest('button');
        return [button.ariaLabel, found?.ariaLabel];
    })"""
    with new_page(browser) as page:
        page.route("**/*.woff2", lambda route: route.abort())
        open_bell(page, firing, "rrr")
        page.keyboard.press("Escape")
        expect(page.locator(".alert")).to_have_count(0)
        buttons = page.evaluate(hit)
        assert len(buttons) > 5
        assert [found for _, found in buttons] == [name for name, _ in buttons]


def test_with_the_read_token_the_bell_has_no_way_to_silence_and_says_why(browser: Browser, firing: Ledger) -> None:
    with new_page(browser) as page:
        open_bell(page, firing, "rrr")
        expect(page.locator(".alerts-list").get_by_text(REASON)).to_be_visible()
        expect(page.get_by_role("button", name="View", exact=True)).to_have_count(2)
        expect(page.get_by_role("button", name="Silence")).to_have_count(0)
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert silenced_by_api(firing, "rrr") == 401
    assert alerts(firing) == [("user-daily-cost", False)]


def test_the_bell_lists_alerts_by_rule_and_explains_the_rule_with_queries_that_find_the_same(
    browser: Browser, firing: Ledger
) -> None:
    with new_page(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        open_bell(page, firing, "rrr")
        expect(page.locator(".alerts-of-rule")).to_have_count(1)
        expect(page.locator(".alert-rule")).to_contain_text("A user's daily cost is high · 2")
        expect(page.locator(".alerts-list")).to_contain_text(
            "firing: A user's daily cost is high · 2: ada@acme.example"
        )
        page.get_by_role("button", name="Rule: A user's daily cost is high").click()
        page.wait_for_url("**drawer=rules%3Auser-daily-cost**")
        marked = page.locator(".drawer [aria-current=true]")
        expect(marked).to_be_in_viewport()
        expect(marked).to_contain_text("Users who spent more than $120 in the last 24 hours.")
        expect(marked).to_contain_text("$120, default $100")
        expect(marked).to_contain_text("2 firing")
        expect(page.locator("#rule-no-commits")).to_contain_text("disabled")
        for language in ("SQL", "PromQL"):
            # By mouse: the drawer takes the focus when it has slid in, and a key pressed before is lost.
            marked.get_by_role("button", name=f"{language} of user-daily-cost", exact=True).click()
            expect(marked.get_by_role("button", name=f"Copy the {language} of user-daily-cost")).to_be_visible()
        marked.get_by_role("button", name="Copy the PromQL of user-daily-cost").click()
        promql = copied(page, "increase")
        marked.get_by_role("button", name="Copy the SQL of user-daily-cost").click()
        sql = copied(page, "SELECT")
        assert violations(page) == []
    headers = {"Authorization": "Bearer rrr"}
    rules = {one["alert"]: one for one in httpx.get(f"{firing.url}/api/v1/alerts/rules", headers=headers).json()}
    told = rules["user-daily-cost"]
    assert (told["sql"], told["promql"]) == (sql, promql)
    assert (told["thresholds"], told["default_thresholds"], told["enabled"]) == ({"usd": 120}, {"usd": 100}, True)
    assert not rules["no-commits"]["enabled"]
    assert promql.endswith("> 120")
    backup = firing.data.parent / "backup.duckdb"
    answer = httpx.get(f"{firing.url}/api/v1/backup", headers={"Authorization": "Bearer aaa"}, timeout=60)
    assert answer.status_code == 200
    backup.write_bytes(answer.content)
    found = {}
    with views(backup) as cursor:
        # Everything that the page shows can be run.
        for name, one in rules.items():
            run(cursor, one["sql"])
            found[name] = {row[0] for row in cursor.fetchall()}
    assert found.pop("user-daily-cost") == {"ada@acme.example", "bob@acme.example"}
    assert not found["no-commits"]
    assert all("$" not in one["promql"] for one in rules.values() if one["promql"])


def test_with_the_admin_token_the_bell_silences_and_tells_again(browser: Browser, firing: Ledger) -> None:
    with new_page(browser) as page:
        open_bell(page, firing, "aaa")
        expect(page.get_by_text(REASON)).to_have_count(0)
        page.get_by_role("button", name="Silence for 4 h").first.click()
        expect(page.locator(".alert").first).to_contain_text("silenced")
        expect(page.get_by_label("Alerts: 1 firing")).to_be_attached()
        assert alerts(firing) == [("user-daily-cost", True)]
        page.get_by_role("button", name="Unsilence").click()
        expect(page.get_by_role("button", name="Silence for 4 h")).to_have_count(2)
        assert alerts(firing) == [("user-daily-cost", False)]
    assert silenced_by_api(firing, "aaa") == 204
    assert alerts(firing) == [("user-daily-cost", True)]
    # For the tests below.
    assert silenced_by_api(firing, "aaa", "0m") == 204


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
        page.get_by_role("button", name="Rule: A user's daily cost is high").focus()
        page.evaluate("window.focused = document.activeElement")
        hold = False
        for message in held:
            servers[-1].send(message)
        assert held
        expect(page.locator(".alerts")).to_contain_text("Times are in your time zone, Australia/Eucla.")
        assert page.evaluate("focused.isConnected && document.activeElement === focused")
