"""Views: what the address bar asks for, within what the ledger can hold."""

from datetime import UTC, datetime, timedelta

from whence_ledger.dashboard.view import period_of, read_view


def test_charts_of_ten_thousand_years_have_the_weeks_of_the_ledger() -> None:
    buckets = period_of(read_view([("from", "0001-01-01"), ("to", "9999-12-31")])).buckets
    tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    assert buckets[0] == datetime(2024, 12, 30)
    assert tomorrow - timedelta(days=8) < buckets[-1] <= tomorrow + timedelta(minutes=15)


def test_a_chart_of_the_future_has_one_bucket() -> None:
    assert period_of(read_view([("from", "2150-01-01"), ("to", "2150-03-01")])).buckets == [datetime(2150, 1, 1)]
