"""The dashboard says since when its figures are old, and stops saying it when they are new again."""

import re
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect
from starlette.datastructures import State

from builders.browser import new_page
from builders.history import clickhouse_engine, fill_exporter_tables
from builders.ledger import running_ledger
from builders.page import figure, open_view
from fakes.clickhouse_http import clickhouse_over_http
from whence_ledger.dashboard.stale import LATE, Answered, reason_of
from whence_ledger.dashboard.view import View
from whence_ledger.demo.generate import history, organization

BERLIN = ZoneInfo("Europe/Berlin")
"""The zone of the tests' browser."""


def _seconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


@pytest.mark.slow
def test_while_clickhouse_is_away_the_page_keeps_its_figures_and_says_of_when_they_are(
    browser: Browser, tmp_path: Path
) -> None:
    with clickhouse_engine() as client, ExitStack() as running:
        yesterday: date = datetime.now(UTC).date() - timedelta(days=1)
        for rows in history(organization(2), yesterday, 1):
            fill_exporter_tables(client, rows)
        url = running.enter_context(clickhouse_over_http())
        with running_ledger(tmp_path / "data", "--store", url) as ledger, new_page(browser) as page:
            begun = _seconds(datetime.now(BERLIN))
            open_view(page, ledger, tab="cost", range="7d")
            before, drawn = figure(page, "cost"), _seconds(datetime.now(BERLIN))
            stale, updated = page.locator(".stale"), page.locator(".updated").inner_text()
            expect(stale).to_be_hidden()
            running.close()
            page.get_by_role("button", name="Refresh now").click()
            expect(stale).to_contain_text("The ledger does not answer. These figures are of")
            told = re.search(r"[\d-]+ [\d:]+", stale.inner_text())
            assert told
            assert begun <= told[0] <= drawn
            assert page.locator(".updated").inner_text() == updated
            assert figure(page, "cost") == before
            # Other figures than those of the view are not shown.
            page.get_by_role("tab", name="Users").click()
            expect(page.locator(".state")).to_contain_text("The ledger did not answer")
            expect(stale).to_contain_text("Its last answer was at")
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                page.evaluate("scrollTo(0, document.body.scrollHeight)")
                expect(stale).to_be_in_viewport()
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            # Nobody has to do anything when it is back.
            running.enter_context(clickhouse_over_http(urlsplit(url).port or 0))
            expect(page.locator("#users tbody tr").first).to_be_visible()
            expect(stale).to_be_hidden()
        running.close()


def test_figures_are_old_when_what_arrived_long_ago_is_not_in_them() -> None:
    now = datetime.now(UTC)
    shown = Answered(View(), now)
    for age, says in ((timedelta(0), ""), (2 * LATE, "What arrived after")):
        server = State({"store": State({"brought_up": now - age}), "turns": State({"answered": now})})
        assert reason_of(server, shown, UTC, False)[:18] == says
    as_of = now - 2 * LATE
    assert f"{as_of:%Y-%m-%d %H:%M:%S}" in reason_of(server, shown, UTC, False)


def test_a_ledger_that_never_answered_is_told_without_a_time() -> None:
    server = State({"store": State({"brought_up": None}), "turns": State({"answered": None})})
    assert reason_of(server, None, UTC, True) == "The ledger does not answer. This page retries automatically."
