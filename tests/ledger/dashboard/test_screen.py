"""The screen itself: what is looked at and how, whatever the figures are."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from builders.browser import new_page
from builders.command import WHENCE
from builders.ledger import Ledger, free_port, running_ledger
from builders.machine import Machine
from builders.page import chart, expect_figure, figure, number, open_tab, open_view, table
from builders.telemetry import cost, metrics, now, span, traces

PAGES = Path(__file__).parents[2] / "bench" / "pages.py"
TABS = ("overview", "cost", "usage", "users", "repositories")


def test_the_address_holds_the_view(demo: Ledger, page: Page) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    week = {"from": f"{tomorrow - timedelta(days=7)}T00:00:00", "to": f"{tomorrow}T00:00:00"}
    open_view(page, demo, tab="overview", **week)
    whole = figure(page, "cost")
    open_tab(page, "Cost", "token-breakdown")
    page.get_by_label("Label").click()
    page.get_by_role("option", name="Unmanaged").click()
    page.wait_for_url("**label=Unmanaged")
    page.keyboard.press("Escape")
    narrow = demo.get("overview", **week, label="Unmanaged")["cost_usd"]
    expect_figure(page, "cost", narrow)
    page.reload()
    page.wait_for_selector("#token-breakdown")
    expect_figure(page, "cost", narrow)
    page.go_back()
    expect(page.locator("#cost .figure-value")).to_have_attribute("title", whole)
    page.go_back()
    page.wait_for_selector("#power-user")
    page.go_forward()
    page.wait_for_selector("#token-breakdown")


def test_a_drawer_opens_and_closes_without_a_mouse(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d")
    row = page.locator("#users tbody tr").nth(1)
    for _ in range(60):
        page.keyboard.press("Tab")
        if row.evaluate("one => one === document.activeElement"):
            break
    for key in ("Enter", "Space"):
        expect(row).to_be_focused()
        page.keyboard.press(key)
        page.wait_for_selector("#drawer-models-over-time .chart")
        title = page.get_by_role("dialog").get_by_role("heading").first
        expect(title).to_have_text(row.locator("td").first.inner_text())
        page.keyboard.press("Escape")
        expect(page.locator(".drawer")).to_have_count(0)
    open_view(page, demo, tab="repositories", range="7d")
    page.locator("#managed .legend button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawer-spenders tbody tr")


def test_a_refresh_keeps_what_somebody_searches_and_how_they_sort(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d")
    names = {row[0] for row in table(page, "users") if "sonnet" in row[-1]}
    page.get_by_label("Search users").fill("sonnet")
    expect(page.locator("#users tbody tr")).to_have_count(len(names))
    for order in ("desc", "asc"):
        page.locator("#users th", has_text="Tokens").click()
        page.wait_for_url(f"**sort=users.tokens.{order}")
    wait_until_sorted(page)
    before = table(page, "users")
    page.locator("#users").evaluate("one => one.classList.add('old')")
    page.get_by_label("Refresh now").click()
    page.wait_for_selector("#users:not(.old)")
    assert [row[0] for row in table(page, "users")] == [row[0] for row in before]
    expect(page.get_by_label("Search users")).to_have_value("sonnet")
    page.get_by_label("Search users").fill("nobody has this name")
    expect(page.locator("#users").get_by_text("No row matches the search.")).to_be_visible()
    page.get_by_label("Pause the automatic refresh").click()
    expect(page.get_by_label("Resume the automatic refresh")).to_be_visible()


def wait_until_sorted(page: Page) -> None:
    """Wait until the users are sorted by their tokens, the least first."""
    page.wait_for_function(
        """() => {
            const cells = [...document.querySelectorAll("#users tbody td:nth-child(5)")];
            const tokens = cells.map(one => Number(one.title.replaceAll(",", "")));
            return tokens.length > 1 && tokens.every((one, place) => !place || tokens[place - 1] <= one);
        }"""
    )


def test_a_reload_keeps_how_tables_are_sorted(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", range="7d")
    page.locator("#users th", has_text="Tokens").click()
    page.wait_for_url("**sort=users.tokens.desc")
    page.locator("#users th", has_text="Tokens").click()
    page.wait_for_url("**sort=users.tokens.asc")
    expect(page.locator("#users tbody tr").first).not_to_contain_text("alex.tran")
    tokens = [number(row[4]) for row in table(page, "users")]
    assert tokens == sorted(tokens)
    before = [row[0] for row in table(page, "users")]
    page.reload()
    assert [row[0] for row in table(page, "users")] == before
    # Another view keeps it, too.
    open_tab(page, "Cost", "token-breakdown")
    open_tab(page, "Users", "users")
    assert [row[0] for row in table(page, "users")] == before
    assert page.url.endswith("sort=users.tokens.asc")


def test_the_first_thing_that_is_drawn_is_in_the_viewers_time_zone(demo: Ledger, browser: Browser) -> None:
    # Nobody is ever in this zone's hour by chance: it is off by a quarter of an hour.
    zone = ZoneInfo("Australia/Eucla")
    with new_page(browser, timezone_id=zone.key) as page:
        page.add_init_script(
            """addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
                const one = document.querySelector('#cost-over-time .chart');
                if (one && !window.first) window.first = one.getAttribute('aria-label');
            }).observe(document.body, {subtree: true, childList: true, attributes: true}))"""
        )
        open_view(page, demo, tab="overview", range="24h")
        page.wait_for_function("window.first")
        ends = page.evaluate("window.first").split(": ")[1].split(" \N{EN DASH} ")
        last = datetime.now(UTC).replace(minute=0).astimezone(zone)
        assert {end[-3:] for end in ends} == {":45"}
        assert ends[1].endswith(f"{last:%H:%M}") or ends[1].endswith(f"{last - timedelta(hours=1):%H:%M}")
        page.get_by_label("Alerts").click()
        expect(page.locator(".alerts")).to_contain_text("Times are in your time zone, Australia/Eucla.")


def test_a_first_visit_draws_its_drawer_once_whichever_report_comes_first(demo: Ledger, browser: Browser) -> None:
    said: list[str] = []
    held: list[Callable[[], None]] = []

    def hold_the_answer(browsers: WebSocketRoute) -> None:
        server = browsers.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if not held and "javascript_response" in str(message):
                held.append(lambda: server.send(message))
                return
            said.append(str(message))
            server.send(message)

        browsers.on_message(pass_on)

    with new_page(browser) as page:
        page.route_web_socket("**/*", hold_the_answer)
        page.add_init_script(
            """window.drawn = 0; new MutationObserver(all => {
                for (const one of all.flatMap(some => [...some.addedNodes]))
                    if (one.id === 'drawer-spend' || one.querySelector?.('#drawer-spend')) ++window.drawn;
            }).observe(document, {subtree: true, childList: true})"""
        )
        page.goto(f"{demo.url}/?tab=users&drawer=user:dana.reyes@acme.example")
        while not held or not any("Europe/Berlin" in message for message in said):
            page.wait_for_timeout(50)
        # The time in which a drawing for the browser's own report would come.
        page.wait_for_timeout(500)
        held[0]()
        page.wait_for_selector("#drawer-spend")
        page.wait_for_timeout(500)
        assert page.evaluate("window.drawn") == 1


def test_the_bell_tells_times_of_the_viewers_clock(demo: Ledger, browser: Browser) -> None:
    wait_until_something_fires(demo)
    since = min(
        datetime.fromisoformat(one["since"]) for one in demo.get("alerts")["alerts"] if one["state"] == "firing"
    )
    with new_page(browser, timezone_id="Australia/Eucla") as page:
        open_view(page, demo, tab="usage", range="7d")
        page.get_by_label("Alerts").click()
        expect(page.locator(".alerts")).to_contain_text(
            f"since {since.astimezone(ZoneInfo('Australia/Eucla')):%Y-%m-%d %H:%M}"
        )


def test_every_tab_fits_a_phone(demo: Ledger, browser: Browser) -> None:
    with new_page(browser, viewport={"width": 390, "height": 844}) as page:
        for tab in TABS:
            open_view(page, demo, tab=tab, range="7d")
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab
        open_view(page, demo, tab="overview", range="7d")
        # The power user's name wraps before @ or a dot, not inside a word.
        parts = page.locator(".figure-value:has-text('@') > div")
        is_line = "one => one.clientHeight < 2 * parseFloat(getComputedStyle(one).fontSize)"
        assert parts.evaluate_all(f"parts => parts.length > 2 && parts.every({is_line})")


def test_numbers_are_written_as_where_the_viewer_lives(demo: Ledger, browser: Browser) -> None:
    told = demo.get("overview")["cost_usd"]
    with new_page(browser, locale="de-DE") as page:
        open_view(page, demo, tab="overview", range="90d")
        shown = page.locator("#cost .figure-value").inner_text()
        assert shown == f"{told:,.2f}\u00a0$".translate({ord(","): ".", ord("."): ","})


def test_dark_follows_the_viewers_system_until_they_choose(demo: Ledger, browser: Browser) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with new_page(browser, color_scheme="dark") as page:
        open_view(page, demo, tab="overview")
        assert page.evaluate(ground) == "rgb(20, 22, 26)"
        page.get_by_label("Light or dark").click()
        page.wait_for_function(f"{ground} === 'rgb(246, 247, 249)'")
        page.reload()
        page.wait_for_selector("#cost")
        assert page.evaluate(ground) == "rgb(246, 247, 249)"
        page.get_by_label("Light or dark").click()
        page.wait_for_function(f"{ground} === 'rgb(20, 22, 26)'")
        page.emulate_media(color_scheme="light")
        page.reload()
        page.wait_for_selector("#cost")
        assert page.evaluate(ground) == "rgb(20, 22, 26)"


def test_no_name_is_taken_for_markup(browser: Browser, tmp_path: Path, hostile_names: list[str]) -> None:
    with running_ledger(tmp_path / "data") as ledger, new_page(browser) as page:
        for place, name in enumerate(hostile_names):
            session = f"s{place}"
            ledger.accept("traces", traces(span(f"local:{name}", session)))
            ledger.accept("metrics", metrics(cost(1.0 + place, session, user_email=name, model=name)))
        ledger.label(**{row["repository"]: "Unmanaged" for row in ledger.get("observations")})
        known = {row["repository"] for row in ledger.get("repositories")}
        problems: list[str] = []
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.add_init_script("window.boom = () => { document.title = 'boom'; }")
        for tab in TABS:
            open_view(page, ledger, tab=tab, range="90d")
            page.wait_for_timeout(200)
            assert page.title() == "whence"
            assert page.locator("img[src=x]").count() == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= 1280, tab
        assert {row[0] for row in table(page, "repositories")} == known
        for name in hostile_names:
            page.goto(str(httpx.URL(ledger.url).copy_merge_params({"range": "90d", "drawer": f"unmanaged:{name}"})))
            page.wait_for_selector("#drawer-spend li")
            assert page.title() == "whence"
        assert problems == []


def test_every_empty_place_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger, new_page(browser) as page:
        open_view(page, ledger)
        expect(page.locator(".state")).to_contain_text("No sessions yet")
        ledger.accept("traces", traces(span("https://github.com/acme/api")))
        ledger.accept("metrics", metrics(cost(1.0)))
        open_view(page, ledger, range="1h")
        expect(page.locator(".state")).to_contain_text("No sessions in this range")
        open_view(page, ledger, range="90d", user="nobody")
        expect(page.locator(".state")).to_contain_text("No sessions match these filters")
        open_view(page, ledger, tab="repositories", range="90d")
        expect(page.locator("#managed")).to_contain_text("Connect GitHub")
        expect(page.locator("#managed .command-line")).to_contain_text("whence classify --org")
        open_view(page, ledger, tab="usage", range="90d")
        for name in ("commits-over-time", "tools"):
            expect(page.locator(f"#{name}")).to_contain_text("No data in this range.")


def test_a_ledger_that_is_gone_is_told_and_found_again(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    command = [*WHENCE, "serve", "--port", str(port), "--data", str(tmp_path / "data")]

    def serve() -> "subprocess.Popen[bytes]":
        running = subprocess.Popen(command, env=Machine(tmp_path).environment, stdout=subprocess.DEVNULL)
        httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=60).get(
            f"http://127.0.0.1:{port}/api/v1/overview"
        )
        return running

    server = serve()
    ledger = Ledger(f"http://127.0.0.1:{port}", tmp_path / "data")
    ledger.accept("metrics", metrics(cost(1.0)))
    with new_page(browser) as page:
        open_view(page, ledger, tab="overview", range="90d")
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=120)
        expect(page.get_by_text(re.compile("Connection lost"))).to_be_visible()
        ledger_again = serve()
        page.wait_for_selector("#cost", timeout=60_000)
        expect(page.get_by_text(re.compile("Connection lost"))).to_be_hidden(timeout=60_000)
        assert sum(chart(page, "cost-over-time")["Cost"]) == 1.0
    ledger_again.send_signal(signal.SIGTERM)
    ledger_again.wait(timeout=120)


def test_a_first_visit_is_answered_while_the_browser_fetches_the_scripts(tmp_path: Path) -> None:
    log = tmp_path / "questions"
    with running_ledger(tmp_path / "data", under=(sys.executable, str(PAGES), "--serve", str(log))) as ledger:
        ledger.accept("metrics", metrics(cost(1.0, at=now())))
        # No script runs, so this browser never tells its time zone.
        page = httpx.get(ledger.url, params={"tab": "users"}).text
        assert "coverage" not in page
        deadline = time.monotonic() + 120
        while not _asked(log) >= {"users", "coverage"} and time.monotonic() < deadline:
            time.sleep(0.05)
        assert _asked(log) >= {"users", "coverage"}


def _asked(log: Path) -> set[str]:
    return {json.loads(line)[0] for line in log.read_text().splitlines()} if log.exists() else set()


def wait_until_something_fires(demo: Ledger) -> None:
    """The rules are evaluated every minute."""
    deadline = time.monotonic() + 120
    while not [one for one in demo.get("alerts")["alerts"] if one["state"] == "firing"] and time.monotonic() < deadline:
        time.sleep(1)


def test_the_bell_tells_what_fires_leads_there_and_can_be_silenced(demo: Ledger, page: Page) -> None:
    wait_until_something_fires(demo)
    firing = {one["summary"]: one for one in demo.get("alerts")["alerts"] if one["state"] == "firing"}
    spent = next(summary for summary, one in firing.items() if one["subject"] == "alex.tran@acme.example")
    open_view(page, demo, tab="usage", range="7d")
    page.get_by_label(f"Alerts: {len(firing)} firing").click()
    alert = page.locator(".alert", has_text=spent)
    expect(page.locator(".alerts-of-rule").filter(has=alert)).to_contain_text("A user's daily cost is high")
    alert.get_by_role("button", name="Silence for 4 h").click()
    expect(alert).to_contain_text("silenced")
    expect(page.get_by_label(f"Alerts: {len(firing) - 1} firing")).to_be_attached()
    alert.get_by_role("button", name="Unsilence").click()
    # The list is drawn again: a click before that would be on what is about to go.
    expect(alert.get_by_role("button", name="Silence for 4 h")).to_be_visible()
    alert.get_by_role("button", name="View", exact=True).click()
    page.wait_for_url("**tab=users&range=24h&user=alex.tran%40acme.example")
    assert [row[0] for row in table(page, "users")] == ["alex.tran@acme.example"]
