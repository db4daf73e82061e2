"""A ledger for a team: tokens, behind TLS with a company's own CA, with the real client, hook and browser."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from builders.browser import new_page
from builders.claude_code import CLAUDE, run_session
from builders.git_repository import make_repository
from builders.ledger import running_ledger
from builders.machine import Machine
from builders.tls_proxy import Proxy, tls_proxy
from fakes.messages_api import ToolCall, messages_api

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    with running_ledger(tmp_path / "data", **TOKENS) as ledger, tls_proxy(ledger, tmp_path / "nginx") as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path, proxy: Proxy) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    assert machine.whence("install", "--endpoint", proxy.url, "--token", "iii").returncode == 0
    return machine


def test_a_session_arrives_through_tls_where_the_machine_trusts_the_authority(
    machine: Machine, proxy: Proxy, tmp_path: Path
) -> None:
    api = make_repository(tmp_path / "src" / "api", "git@github.com:acme/api.git")
    trusting = {"SSL_CERT_FILE": str(proxy.authority), "NODE_EXTRA_CA_CERTS": str(proxy.authority)}
    with messages_api({"read": [[ToolCall("Read", {"file_path": str(api / "README.md")})]]}) as url:
        session = run_session(machine, url, api, "SCRIPT:read", **trusting)
    report = {"params": {"from": "2026-01-01"}, "headers": {"Authorization": "Bearer rrr"}, "verify": False}
    deadline, expected = time.monotonic() + 120, {"acme/api": pytest.approx(session.cost_usd)}
    costs: dict[str, float] = {}
    while costs != expected and time.monotonic() < deadline:
        rows = httpx.get(f"{proxy.url}/api/v1/repositories", **report).json()  # type: ignore[arg-type]
        costs = {row["repository"]: row["cost_usd"] for row in rows}
        time.sleep(0.2)
    assert costs == expected
    path = f"{CLAUDE.parent}:{os.defpath}"
    done = machine.whence("doctor", "--send-test", PATH=path, **trusting)
    assert (done.returncode, "FAIL" in done.stdout) == (0, False), done.stdout
    assert "accepts spans with this token" in done.stdout


def test_an_authority_that_is_not_trusted_is_told(machine: Machine) -> None:
    done = machine.whence("doctor")
    assert "FAIL  endpoint" in done.stdout
    assert "Add its certificate authority" in done.stdout


def test_the_dashboard_works_behind_it_and_its_cookie_never_goes_without_tls(proxy: Proxy, browser: Browser) -> None:
    with new_page(browser, ignore_https_errors=True) as page:
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        page.goto(proxy.url)
        page.get_by_label("The ledger's read token").fill("rrr")
        page.get_by_role("button", name="Sign in").click()
        # It reports this only after it has connected.
        page.wait_for_selector(".state")
        page.get_by_role("tab", name="Cost").click()
        page.wait_for_url("**tab=cost**")
        # Without a WebSocket it would fall back to polling.
        assert not [url for url in requested if "transport=polling" in url]
        (cookie,) = [one for one in page.context.cookies() if one["name"] == "whence_session"]
        assert cookie["secure"]
        forged = page.context.request.get(proxy.url, headers={"X-Forwarded-User": "eve"}, ignore_https_errors=True)
        assert forged.ok
        expect(page.get_by_label("Sign out")).to_be_visible()
        # Signed out in another tab: the page leads to the form, and the form back to the page.
        page.context.request.post(f"{proxy.url}/sign-out", ignore_https_errors=True, max_redirects=0)
        page.get_by_role("tab", name="Usage").click()
        page.wait_for_url("**/sign-in?next=**")
        page.get_by_label("The ledger's read token").fill("rrr")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{proxy.url}/?**tab=cost**")


@pytest.mark.parametrize("path", ["backup", "labels"])
def test_requests_that_are_larger_than_telemetry_reach_the_ledger(path: str, proxy: Proxy) -> None:
    body = b" " * 17 * 1024 * 1024
    answer = httpx.put(
        f"{proxy.url}/api/v1/{path}",
        content=body,
        headers={"Authorization": "Bearer aaa", "Content-Type": "application/json"},
        verify=False,  # noqa: S501 its authority is the test's own
        timeout=120,
    )
    # The ledger itself says that it is no backup, and no labels.
    assert answer.status_code == 422, answer.text
