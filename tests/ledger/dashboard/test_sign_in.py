"""Who may look at the dashboard once there are tokens."""

import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, expect

from builders.browser import new_page
from builders.ledger import running_ledger
from builders.machine import Machine

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}


def test_whoever_has_no_token_is_asked_for_it_and_stays_signed_in(browser: Browser, tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data", **TOKENS) as ledger, new_page(browser) as page:
        page.goto(f"{ledger.url}/?tab=cost")
        page.get_by_label("The ledger's read token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text("This is neither the read nor the admin token.")
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
        for place in ("//evil.example", "https://evil.example", "/\\evil.example", "//[", "http://["):
            answer = httpx.post(f"{ledger.url}/sign-in", params={"next": place}, data={"token": "rrr"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert httpx.get(f"{ledger.url}/").headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in httpx.get(ledger.url, headers=good).headers["content-security-policy"]


def test_a_trusted_proxy_may_name_who_looks(browser: Browser, tmp_path: Path) -> None:
    named = {"X-Forwarded-User": "ada@acme.example"}
    with running_ledger(tmp_path / "data", "--user-header", "X-Forwarded-User", **TOKENS) as ledger:
        assert httpx.get(ledger.url, headers=named).status_code == 200
        assert httpx.get(ledger.url, headers={"X-Forwarded-User": ""}).status_code == 303
        twice = [("X-Forwarded-User", "ada@acme.example"), ("X-Forwarded-User", "eve@acme.example")]
        assert httpx.get(ledger.url, headers=twice).status_code == 303
        # It is for people who look: a report still takes the token.
        assert httpx.get(f"{ledger.url}/api/v1/overview", headers=named).status_code == 401
        with new_page(browser, extra_http_headers=named) as page:
            page.goto(ledger.url)
            page.wait_for_selector(".state")
            expect(page.get_by_label("Sign out")).to_have_count(0)


def test_nobody_else_may(tmp_path: Path) -> None:
    named = {"X-Forwarded-User": "eve@acme.example"}
    with running_ledger(tmp_path / "data", **TOKENS) as ledger:
        assert httpx.get(ledger.url, headers=named).status_code == 303
    header = ("--user-header", "X-Forwarded-User")
    with running_ledger(tmp_path / "data", *header, "--proxy", "192.0.2.1", **TOKENS) as ledger:
        assert httpx.get(ledger.url, headers=named).status_code == 303
        assert httpx.get(ledger.url, headers=named | {"X-Forwarded-For": "192.0.2.1"}).status_code == 303
    refused = Machine(tmp_path).whence("serve", *header, "--data", str(tmp_path / "data"))
    assert refused.returncode == 1
    assert "--user-header requires tokens" in refused.stderr
    refused = Machine(tmp_path).whence("serve", "--proxy", "10.0.0.7/24", "--data", str(tmp_path / "data"))
    assert refused.returncode == 2
    assert "10.0.0.7/24 has host bits set. Write an address or a network" in " ".join(refused.stderr.split())


def test_the_cookie_is_for_https_only_where_the_proxy_speaks_it(tmp_path: Path) -> None:
    # A proxy in a cluster has one address of a network.
    with running_ledger(tmp_path / "data", "--proxy", "127.0.0.0/8", **TOKENS) as ledger:
        for scheme, secure in (("https", True), ("http", False)):
            forwarded = {"X-Forwarded-Proto": scheme}
            answer = httpx.post(f"{ledger.url}/sign-in", data={"token": "rrr"}, headers=forwarded)
            assert ("secure" in answer.headers["set-cookie"].lower()) is secure
