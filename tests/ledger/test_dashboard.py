"""The dashboard, in a real browser: what it shows is what the API answers."""

import csv
import io
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from builders.browser import chromium, new_page
from builders.ledger import Ledger, free_port, running_ledger
from builders.machine import WHENCE, Machine
from builders.telemetry import cost, metrics, span, traces

DANA, SAM, ALEX = "dana.reyes@acme.example", "sam.oduya@acme.example", "alex.tran@acme.example"
TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
# A busy machine may take a while.
expect.set_options(timeout=20_000)
PERIOD = {"from": f"{TOMORROW - timedelta(days=8)}T00:00:00", "to": f"{TOMORROW}T00:00:00"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """``whence demo``, smaller."""
    home = tmp_path_factory.mktemp("demo")
    port = free_port()
    command = [*WHENCE, "demo", "--developers", "10", "--days", "10", "--port", str(port), "--data", str(home / "data")]
    process = subprocess.Popen(
        command, env=Machine(home).environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    lines = iter(process.stdout.readline, "")
    assert any(line.startswith("Look at http") for line in lines)
    yield Ledger(f"http://127.0.0.1:{port}", home / "data")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with new_page(browser) as one:
        yield one


def open_view(page: Page, ledger: Ledger, **view: str) -> None:
    page.goto(str(httpx.URL(ledger.url).copy_merge_params(view)))
    page.wait_for_selector(".card, .state")


def figure(page: Page, name: str) -> str:
    """The exact figure of a card, which shows where the pointer rests."""
    title = page.locator(f"#{name} .figure-value").get_attribute("title")
    assert title is not None
    return title


def number(text: str) -> float:
    return float(re.sub(r"[^0-9.\-]", "", text))


def table(page: Page, name: str) -> list[list[str]]:
    """The cells of a card's table, exact."""
    cells = "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.title))"
    rows: list[list[str]] = page.locator(f"#{name} tbody tr").evaluate_all(cells)
    return rows


def chart(page: Page, name: str) -> list[dict[str, Any]]:
    """The series of a card's chart, as drawn."""
    script = """name => {
        const chart = getElement(document.querySelector(`#${name} .chart`).id.slice(1)).chart;
        return chart.getOption().series.map(one => ({name: one.name, data: one.data}));
    }"""
    page.wait_for_selector(f"#{name} canvas")
    series: list[dict[str, Any]] = page.evaluate(script, name)
    return series


def test_the_overview_shows_what_the_api_answers(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="overview", **PERIOD)
    told = demo.get("overview", **PERIOD)
    for name, field in (
        ("cost", "cost_usd"),
        ("sessions", "sessions"),
        ("tokens", "tokens"),
        ("active-users", "active_users"),
        ("cost-per-session", "cost_usd_per_session"),
        ("models", "models"),
    ):
        assert number(figure(page, name)) == pytest.approx(told[field], abs=1e-6), name
    assert figure(page, "highest-cost-model") == told["highest_cost_model"]
    assert figure(page, "power-user") == told["power_user"]


def test_the_cost_tab_shows_what_the_api_answers(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="cost", **PERIOD)
    told = demo.get("cost", **PERIOD)
    assert number(figure(page, "cost")) == pytest.approx(told["cost_usd"], abs=1e-6)
    assert number(figure(page, "cache-hit-rate")) == pytest.approx(told["cache_hit_rate"] * 100, abs=1e-3)
    if told["cost_change"] is not None:
        assert number(figure(page, "cost-change")) == pytest.approx(told["cost_change"] * 100, abs=1e-3)
    models = demo.get("models", **PERIOD)
    assert [row[0] for row in table(page, "models")] == [one["model"] for one in models]
    assert [number(row[1]) for row in table(page, "models")] == pytest.approx([one["cost_usd"] for one in models])
    spenders = demo.get("spenders", limit=10, **PERIOD)
    assert [row[0] for row in table(page, "spenders")] == [one["user"] for one in spenders]
    breakdown = page.locator("#token-breakdown .ring-value").evaluate_all("all => all.map(one => one.title)")
    kinds = ("cache_read_tokens", "cache_creation_tokens", "input_tokens", "output_tokens")
    assert [number(one) for one in breakdown] == pytest.approx([told[kind] for kind in kinds])
    drawn = sum(sum(one["data"]) for one in chart(page, "cost-over-time"))
    assert drawn == pytest.approx(told["cost_usd"], abs=1e-6)
    titles = page.locator("#insights .insight-title").all_text_contents()
    assert titles == [one["title"] for one in demo.get("insights", limit=10, **PERIOD)]


def test_the_usage_and_users_tabs_show_what_the_api_answers(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="usage", **PERIOD)
    told = demo.get("usage", **PERIOD)
    for name, field in (("sessions", "sessions"), ("commits", "commits"), ("pull-requests", "pull_requests")):
        assert number(figure(page, name)) == pytest.approx(told[field], abs=1e-6)
    assert number(figure(page, "productivity-ratio")) == pytest.approx(told["productivity_ratio"])
    assert sum(chart(page, "sessions-over-time")[0]["data"]) == sum(
        row["sessions"] for row in demo.get("series", **PERIOD)
    )
    tools = demo.get("tools", **PERIOD)
    assert [row[0] for row in table(page, "tools")] == [one["tool"] for one in tools]
    page.get_by_role("tab", name="Users").click()
    page.wait_for_selector("#users tbody tr")
    users = demo.get("users", **PERIOD)
    shown = {row[0]: number(row[1]) for row in table(page, "users")}
    assert shown == pytest.approx({one["user"]: one["cost_usd"] for one in users[:25]})


def test_the_repositories_tab_shows_what_the_api_answers_and_takes_it_along(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="repositories", **PERIOD)
    told = demo.get("repositories", **PERIOD)
    rows = table(page, "repositories")
    assert [(row[0], row[1]) for row in rows] == [(one["repository"] or "Unknown", one["label"]) for one in told[:25]]
    labels = {one["label"]: one["cost_usd"] for one in demo.get("labels", **PERIOD)}
    shown = page.locator("#managed li")
    names = shown.locator(".name").all_text_contents()
    values = shown.locator(".ring-value").evaluate_all("all => all.map(one => one.title)")
    assert dict(zip(names, map(number, values), strict=True)) == pytest.approx(labels)
    slices = page.locator("#distribution li .ring-value").evaluate_all("all => all.map(one => one.title)")
    assert sum(map(number, slices)) == pytest.approx(sum(labels.values()))
    unmanaged = demo.get("unmanaged", limit=5, **PERIOD)
    assert [row[0] for row in table(page, "unmanaged")] == [one["user"] for one in unmanaged]
    page.get_by_label("Search repositories").fill("danareyes")
    expect(page.locator("#repositories tbody tr")).to_have_count(2)
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").click()
    lines = list(csv.reader(io.StringIO(Path(taken.value.path()).read_text())))
    assert [line[0] for line in lines[1:]] == [row[0] for row in table(page, "repositories")]
    assert [float(line[3]) for line in lines[1:]] == [number(row[3]) for row in table(page, "repositories")]


def test_a_spike_leads_to_whose_it_is_and_to_what_it_went(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="overview", range="1h")
    assert 6_500 < number(figure(page, "cost")) < 7_500
    page.get_by_role("tab", name="GitHub repos").click()
    page.wait_for_selector("#managed")
    part = page.locator("#managed li", has_text="Unmanaged").locator(".ring-value").inner_text()
    assert "58.0%" in part
    page.locator("#managed").get_by_role("button", name="Unmanaged").click()
    page.wait_for_selector("#drawer-spenders tbody tr")
    assert table(page, "drawer-spenders")[0][0] == ALEX
    page.locator("#drawer-spenders").get_by_text(ALEX).click()
    page.wait_for_selector("#drawer-spend li")
    assert page.locator("#drawer-spend .name-text").all_text_contents() == [
        "alextran/agent-swarm",
        "alextran/benchmarks",
    ]
    assert page.url.endswith("drawer=unmanaged%3Aalex.tran%40acme.example")
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    page.wait_for_url(re.compile(r"^[^#]*range=1h$"))


def test_company_history_in_personal_places_and_hours_are_told(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="repositories", range="7d")
    page.locator("#unmanaged").get_by_text(DANA).click()
    page.wait_for_selector("#drawer-spend li")
    assert page.locator("#drawer-spend .evidence").all_text_contents() == ["shares history with acme/handbook"]
    unmanaged = {row["user"]: row for row in demo.get("unmanaged")}
    assert unmanaged[DANA]["spend_share"] == pytest.approx(0.75)
    page.keyboard.press("Escape")
    page.locator("#unmanaged").get_by_text(SAM).click()
    page.wait_for_selector("#drawer-tokens-over-time canvas")
    parts = {one["name"]: sum(one["data"]) for one in chart(page, "drawer-tokens-over-time")}
    assert parts["Working hours"] == 0
    assert parts["Evenings and nights"] > 0
    assert parts["Weekends"] > 0


def test_the_address_holds_the_view(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="overview", range="7d")
    whole = figure(page, "cost")
    page.get_by_role("tab", name="Cost").click()
    page.wait_for_selector("#token-breakdown")
    page.get_by_label("Label").click()
    page.get_by_role("option", name="Unmanaged").click()
    page.wait_for_url("**label=Unmanaged")
    page.keyboard.press("Escape")
    expect(page.locator("#cost .figure-value")).not_to_have_attribute("title", whole)
    narrow = figure(page, "cost")
    page.reload()
    page.wait_for_selector("#token-breakdown")
    assert figure(page, "cost") == narrow
    page.go_back()
    expect(page.locator("#cost .figure-value")).to_have_attribute("title", whole)
    page.go_back()
    page.wait_for_selector("#power-user")
    page.go_forward()
    page.wait_for_selector("#token-breakdown")


def test_an_insight_leads_to_the_widget_it_is_about(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="cost", range="7d")
    outside = page.locator("#insights li", has_text="Spend outside the organization")
    outside.get_by_role("button", name="Show").click()
    page.wait_for_selector("#unmanaged.highlight")
    assert "tab=repositories" in page.url


def test_no_name_is_taken_for_markup(browser: Browser, tmp_path: Path) -> None:
    names = [
        "<img src=x onerror=boom()>",
        "\u202eevil",
        "x" * 300,
        "😀",
        "a'b&c",
        "{{ 7 * 7 }}",
        "</script><script>boom()",
    ]
    with running_ledger(tmp_path / "data") as ledger, new_page(browser) as page:
        for place, name in enumerate(names):
            session = f"s{place}"
            ledger.accept("traces", traces(span(f"local:{name}", session)))
            ledger.accept("metrics", metrics(cost(1.0 + place, session, user_email=name, model=name)))
        ledger.label(**{row["repository"]: "Unmanaged" for row in ledger.get("observations")})
        known = {row["repository"] for row in ledger.get("repositories")}
        problems: list[str] = []
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.add_init_script("window.boom = () => { document.title = 'boom'; }")
        for tab in ("overview", "cost", "usage", "users", "repositories"):
            open_view(page, ledger, tab=tab, range="90d")
            page.wait_for_timeout(200)
            assert page.title() == "whence"
            assert page.locator("img[src=x]").count() == 0
        assert {row[0] for row in table(page, "repositories")} == known
        page.locator("#unmanaged tbody a").first.click()
        page.wait_for_selector("#drawer-spend li")
        assert page.title() == "whence"
        assert problems == []


def test_every_empty_place_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger, new_page(browser) as page:
        open_view(page, ledger)
        expect(page.locator(".state")).to_contain_text("No sessions yet")
        expect(page.locator(".command-line").last).to_have_text("whence doctor")
        ledger.accept("traces", traces(span("https://github.com/acme/api")))
        ledger.accept("metrics", metrics(cost(1.0)))
        open_view(page, ledger, range="1h")
        expect(page.locator(".state")).to_contain_text("No sessions in this range")
        open_view(page, ledger, range="90d", user="nobody")
        expect(page.locator(".state")).to_contain_text("Nothing matches these filters")
        open_view(page, ledger, tab="repositories", range="90d")
        expect(page.locator("#managed")).to_contain_text("Connect GitHub")
        expect(page.locator("#managed .command-line")).to_contain_text("whence classify --org")


def test_whoever_has_no_token_is_asked_for_it_and_stays_signed_in(browser: Browser, tmp_path: Path) -> None:
    tokens = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
    with running_ledger(tmp_path / "data", **tokens) as ledger, new_page(browser) as page:
        page.goto(f"{ledger.url}/?tab=cost")
        page.get_by_label("The ledger's read token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text("This is not the read token.")
        page.get_by_label("The ledger's read token").fill("rrr")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector(".state")
        assert page.url == f"{ledger.url}/?tab=cost"
        (cookie,) = [one for one in page.context.cookies() if one["name"] == "whence_session"]
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
        assert 0 < cookie["expires"] - time.time() <= 12 * 60 * 60
        forged = {"Cookie": f"whence_session={int(time.time()) + 3600}.{'0' * 64}"}
        assert httpx.get(ledger.url, headers=forged).status_code == 303
        good = {"Cookie": f"whence_session={cookie['value']}"}
        assert httpx.get(ledger.url, headers=good).status_code == 200
        page.get_by_label("Sign out").click()
        page.wait_for_url("**/sign-in")
        page.goto(ledger.url)
        assert "/sign-in" in page.url
        for place in ("//evil.example", "https://evil.example", "/\\evil.example"):
            answer = httpx.post(f"{ledger.url}/sign-in", params={"next": place}, data={"token": "rrr"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert httpx.get(f"{ledger.url}/").headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in httpx.get(ledger.url, headers=good).headers["content-security-policy"]
