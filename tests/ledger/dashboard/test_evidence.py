"""Evidence packs: complete, the same each time, safe to open, and for readers only."""

import csv
import io
import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from builders.axe import violations
from builders.browser import new_page
from builders.ledger import Ledger, running_ledger
from builders.page import copied, open_view
from builders.telemetry import cost, metrics, span, traces

DANA = "dana.reyes@acme.example"
A4_PIXELS = 703
"""What is between the margins of the file, at 96 pixels an inch."""
TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
PERIOD = {"from": f"{TOMORROW - timedelta(days=8)}T00:00:00", "to": f"{TOMORROW}T00:00:00"}
DRAWERS = (
    f"user:{DANA}",
    f"unmanaged:{DANA}",
    "label:Unmanaged",
    "repository:danareyes/architecture-notes",
    "session:story-7",
)


def fetch(ledger: Ledger, **parameters: str) -> httpx.Response:
    answer = httpx.get(f"{ledger.url}/evidence", params=parameters, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer


def test_what_the_dashboard_exports_has_the_sha_256_that_it_shows(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", drawer=f"user:{DANA}", **PERIOD)
    page.get_by_role("button", name="Export evidence").click()
    shown = page.locator(".evidence-sha")
    expect(shown).to_have_count(2)
    digests = [words.removeprefix("SHA-256 ") for words in shown.all_inner_texts()]
    contents = []
    for form, digest in zip(("HTML", "CSV"), digests, strict=True):
        with page.expect_download() as taken:
            page.get_by_role("button", name=f"Download the evidence as {form}").click()
        contents.append(Path(taken.value.path()).read_bytes())
        assert sha256(contents[-1]).hexdigest() == digest
        assert taken.value.suggested_filename == f"whence_evidence_user-{DANA}.{form.lower()}"
    assert digests[1] in contents[0].decode()
    # Asked again, by a program, at another time: the same bytes.
    view = {"tab": "users", "drawer": f"user:{DANA}", **PERIOD}
    answer = fetch(demo, **view)
    assert answer.content == contents[0]
    assert b64decode(answer.headers["repr-digest"].removeprefix("sha-256=:").removesuffix(":")).hex() == digests[0]
    assert fetch(demo, **view, format="csv").content == contents[1]


def test_a_users_pack_has_the_figures_of_the_api(demo: Ledger) -> None:
    told = demo.get("repositories", **PERIOD, user=DANA)
    overview = demo.get("overview", **PERIOD, user=DANA)
    rows = list(csv.DictReader(io.StringIO(fetch(demo, drawer=f"user:{DANA}", format="csv", **PERIOD).text)))
    assert [row["repository"] for row in rows] == [row["repository"] for row in told]
    for row, one in zip(rows, told, strict=True):
        assert float(row["cost_usd"]) == one["cost_usd"]
        assert [row[name] or None for name in ("label", "reason", "evidence")] == [
            one[name] for name in ("label", "reason", "evidence")
        ]
        changed = demo.get("labels/changes", repository=one["repository"], limit=1)[0]["at"]
        assert datetime.fromisoformat(row["decided"]) == datetime.fromisoformat(changed).replace(tzinfo=None)
    # Names may wrap at their signs.
    page = fetch(demo, drawer=f"user:{DANA}", **PERIOD).text.replace("<wbr>", "")
    outside = sum(one["cost_usd"] for one in told if one["label"] == "Unmanaged")
    assert f"{outside / overview['cost_usd']:.1%} outside the organization: ${outside:,.2f} of" in page
    assert f"{overview['tokens']:,}" in page
    assert "shares history with acme/handbook" in page
    for session in demo.get("sessions", **PERIOD, user=DANA):
        assert f"<bdi>{session['session']}</bdi>" in page
    # However the view is filtered, the pack answers its question.
    narrow = fetch(demo, drawer=f"unmanaged:{DANA}", model="none-of-these", **PERIOD).text.replace("<wbr>", "")
    assert re.sub(r'<a href="[^"]*"[^<]*</a>|<a href=.*?</a>', "", narrow) == re.sub(r"<a href=.*?</a>", "", page)


def test_a_repositorys_pack_says_its_label_and_since_when(demo: Ledger) -> None:
    page = fetch(demo, drawer="repository:danareyes/architecture-notes", **PERIOD).text
    (change,) = demo.get("labels/changes", repository="danareyes/architecture-notes")
    assert f"<bdi>Unmanaged · shares history with acme/handbook · since {change['at'][:10]}</bdi>" in page


def test_a_range_that_moves_on_is_written_as_its_begin_and_end(demo: Ledger) -> None:
    page = fetch(demo, drawer="label:Unmanaged", range="7d").text
    link = re.findall(r'<a href="([^"]+)"', page)[0].replace("&amp;", "&")
    assert link.startswith(demo.url)
    assert "range=" not in link
    view = dict(httpx.URL(link).params)
    assert fetch(demo, **view).text == page


@pytest.mark.parametrize("drawer", DRAWERS)
def test_a_pack_is_accessible_and_fits_a4(demo: Ledger, browser: Browser, drawer: str) -> None:
    for width, media in ((1280, "screen"), (390, "screen"), (A4_PIXELS, "print")):
        with new_page(browser, viewport={"width": width, "height": 900}) as page:
            page.emulate_media(media=media)  # type: ignore[arg-type]
            page.goto(str(httpx.URL(f"{demo.url}/evidence").copy_merge_params({"drawer": drawer, **PERIOD})))
            assert page.locator("tbody tr").count() > 2
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if width == 1280:
                body = page.content()
                page.set_content(re.sub(r"<meta http-equiv[^>]*>", "", body))
                assert violations(page) == []


def test_no_name_is_markup_or_a_formula_in_a_pack(browser: Browser, tmp_path: Path, hostile_names: list[str]) -> None:
    with running_ledger(tmp_path / "data") as ledger, new_page(browser) as page:
        for place, name in enumerate([*hostile_names, "=HYPERLINK(1)", '"><b>']):
            session = f"s{place}"
            ledger.accept("traces", traces(span(f"local:{name}", session)))
            ledger.accept("metrics", metrics(cost(1.0 + place, session, user_email=name, model=name)))
        ledger.label(**{row["repository"]: "Unmanaged" for row in ledger.get("observations")})
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        for row in ledger.get("users"):
            view = {"drawer": f"user:{row['user']}"}
            page.goto(str(httpx.URL(f"{ledger.url}/evidence").copy_merge_params(view)))
            assert row["user"] in page.title() or row["user"].split() == page.title().split()[1:]
            assert page.locator("img, script, iframe, svg").count() == 0
            table = fetch(ledger, **view, format="csv")
            assert all(not line.startswith(("=", "+", "-", "@")) for line in table.text.split("\r\n"))
            assert re.fullmatch(r'attachment; filename="[A-Za-z0-9@._-]+"', table.headers["content-disposition"])
        page.goto(f"{ledger.url}/evidence?drawer=label:Unmanaged")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": A4_PIXELS, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= A4_PIXELS
        assert dialogs == []


def test_a_pack_is_for_readers(tmp_path: Path) -> None:
    tokens = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
    with running_ledger(tmp_path / "data", **tokens) as ledger:
        url = f"{ledger.url}/evidence?drawer=label:Managed"
        assert httpx.get(url).headers["location"].startswith("/sign-in?next=/evidence")
        for token, status in (("iii", 303), ("xxx", 303), ("rrr", 200)):
            assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == status, token
        with httpx.Client(base_url=ledger.url) as client:
            client.post("/sign-in", data={"token": "rrr"})
            assert client.get(url).status_code == 200


def test_what_is_no_drawer_and_no_session_is_said(demo: Ledger) -> None:
    for query, status, words in (
        ("", 422, "`drawer` must be one of"),
        ("?drawer=house:x", 422, "`drawer` must be one of"),
        ("?drawer=label:Managed&format=pdf", 422, "format"),
        ("?drawer=session:nobody", 404, "no such session"),
    ):
        answer = httpx.get(f"{demo.url}/evidence{query}", timeout=120)
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text


def test_a_copied_link_shows_the_same_later(demo: Ledger, browser: Browser) -> None:
    with new_page(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        open_view(page, demo, tab="repositories", range="7d", drawer="label:Unmanaged")
        page.get_by_role("button", name="Copy link").click()
        page.get_by_text("Link copied").wait_for()
        # White on it is readable.
        expect(page.locator(".q-notification")).to_have_css("background-color", "rgb(26, 127, 55)")
        link = copied(page, "drawer=")
        assert link.startswith(f"{demo.url}/?tab=repositories&from=")
        assert link.endswith("drawer=label%3AUnmanaged")
    # Without HTTPS a browser has no clipboard that a page may write to.
    with new_page(browser, permissions=["clipboard-read"]) as page:
        open_view(page, demo, tab="repositories", range="7d", drawer="label:Managed")
        page.get_by_role("button", name="Copy link").press("Enter")
        page.get_by_text("Link copied").wait_for()
        assert copied(page, "drawer=").endswith("drawer=label%3AManaged")
        expect(page.get_by_role("button", name="Copy link")).to_be_focused()
        # It is not said that a link was copied which was not.
        page.evaluate("document.execCommand = () => false")
        page.get_by_role("button", name="Copy link").press("Enter")
        said = page.locator(".q-notification", has_text="The browser did not copy it")
        expect(said).to_contain_text("drawer=label%3AManaged")
