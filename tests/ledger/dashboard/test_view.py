"""The view: how a range is divided, within what the ledger can hold."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Page, expect

from builders.ledger import Ledger
from builders.page import chart, open_view
from whence_ledger.dashboard.view import Period, View, period_of, read_view, write_view

BEGIN = datetime(2025, 11, 19, 10, 15)


@pytest.mark.parametrize(
    ("length", "bucket", "first", "number"),
    [
        (timedelta(hours=1), "1m", datetime(2025, 11, 19, 10, 15), 60),
        (timedelta(hours=6), "5m", datetime(2025, 11, 19, 10, 15), 72),
        (timedelta(hours=12), "15m", datetime(2025, 11, 19, 10, 15), 48),
        (timedelta(days=1), "hour", datetime(2025, 11, 19, 10), 25),
        (timedelta(days=7), "day", datetime(2025, 11, 19), 8),
        # Weeks begin on Mondays.
        (timedelta(days=364), "week", datetime(2025, 11, 17), 53),
    ],
)
def test_the_range_chooses_the_bucket(length: timedelta, bucket: str, first: datetime, number: int) -> None:
    period = Period(BEGIN, BEGIN + length)
    assert (period.bucket, period.buckets[0], len(period.buckets)) == (bucket, first, number)


def test_an_hour_has_a_bar_for_each_minute(demo: Ledger, page: Page) -> None:
    rows = [row for row in demo.get("series", bucket="15m") if row["cost_usd"] > 1000]
    assert len(rows) >= 2
    begin = datetime.fromisoformat(rows[0]["bucket"]).replace(tzinfo=None)
    period = {"from": begin.isoformat(), "to": (begin + timedelta(hours=1)).isoformat()}
    open_view(page, demo, tab="overview", **period)
    told = {row["bucket"]: row["cost_usd"] for row in demo.get("series", bucket="1m", **period)}
    times = [(begin + timedelta(minutes=number)).isoformat() + "Z" for number in range(60)]
    assert chart(page, "cost-over-time")["Cost"] == pytest.approx([told.get(time, 0) for time in times])


def test_charts_of_ten_thousand_years_have_the_weeks_of_the_ledger() -> None:
    buckets = period_of(read_view([("from", "0001-01-01"), ("to", "9999-12-31")])).buckets
    tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    assert buckets[0] == datetime(2024, 12, 30)
    assert tomorrow - timedelta(days=8) < buckets[-1] <= tomorrow + timedelta(minutes=15)


def test_a_chart_of_the_future_has_one_bucket() -> None:
    assert period_of(read_view([("from", "2150-01-01"), ("to", "2150-03-01")])).buckets == [datetime(2150, 1, 1)]


def test_a_link_keeps_the_rule_that_divides_sessions_and_no_other() -> None:
    assert read_view(parse_qsl(write_view(View(split="session"))[1:])).split == "session"
    assert "split" not in write_view(View())
    assert read_view([("split", "nonsense")]).split == "request"


def test_the_rule_is_chosen_above_and_said_below_the_repositories(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="repositories", range="30d")
    expect(page.locator("#distribution .stands-on")).to_contain_text("Divided by request.", timeout=60_000)
    page.get_by_label("Rule that divides sessions").click()
    page.get_by_role("option", name="Divided by session").click()
    expect(page.locator("#distribution .stands-on")).to_contain_text(
        "Divided by session. Basis of the cost: sessions", timeout=60_000
    )
    assert "split=session" in page.url
