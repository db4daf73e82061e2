"""When a developer works, in the developer's own time zone: every viewer sees the same."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect

from builders.browser import new_page
from builders.ledger import Ledger, running_ledger
from builders.page import chart, open_view
from builders.telemetry import SECOND, cost, metrics, point, span, traces
from whence_ledger.dashboard.drawers.hours import (
    EVENINGS,
    WEEKENDS,
    WORKING,
    axis_zone,
    by_bucket,
    by_cell,
    by_day,
    zone_words,
)
from whence_ledger.model.working_hours import WorkingHours, parse_days

OFFICE = WorkingHours()
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
# Friday, 17:30, 23:30 and Saturday, 01:30 in Berlin.
MOMENTS = [datetime(2026, 11, 27, 16, 30), datetime(2026, 11, 27, 22, 30), datetime(2026, 11, 28, 0, 30)]
AKI, BO = "aki@acme.example", "bo@acme.example"


def rows(offset: int | None, *moments: datetime) -> list[dict[str, Any]]:
    return [{"bucket": moment, "utc_offset": offset, "tokens": 10**place} for place, moment in enumerate(moments)]


def test_the_parts_of_the_week_are_those_of_the_viewers_time_zone_where_no_session_tells_one() -> None:
    found = rows(None, *MOMENTS)
    days, parts = by_day(found, BERLIN, OFFICE, [date(2026, 11, 26)])
    assert [day.day for day in days] == [26, 27, 28]
    assert parts == {WORKING: [0, 1, 0], EVENINGS: [0, 10, 0], WEEKENDS: [0, 0, 100]}
    buckets = {WORKING: [1, 0, 0], EVENINGS: [0, 10, 0], WEEKENDS: [0, 0, 100]}
    assert by_bucket(MOMENTS, found, BERLIN, OFFICE) == buckets
    assert zone_words(found, BERLIN, "en_US") == (
        "In your time zone, Europe/Berlin: no session here tells the developer's."
    )
    assert axis_zone(found, BERLIN) == BERLIN


def test_a_developer_in_utc_plus_9_works_at_the_same_hours_for_every_viewer() -> None:
    # Friday 08:00, 17:45 and Saturday 07:30 in Tokyo.
    found = rows(540, datetime(2026, 11, 26, 23), datetime(2026, 11, 27, 8, 45), datetime(2026, 11, 27, 22, 30))
    for viewer in (BERLIN, NEW_YORK):
        days, parts = by_day(found, viewer, OFFICE)
        assert [day.day for day in days] == [27, 28]
        assert parts == {WORKING: [11, 0], EVENINGS: [0, 0], WEEKENDS: [0, 100]}
        cells = by_cell(found, viewer)
        assert (cells[4][8], cells[4][17], cells[5][7], sum(map(sum, cells))) == (1, 10, 100, 111)
        assert zone_words(found, viewer, "en_US") == "In the developer's time zone, UTC+09:00."


def test_hours_begin_where_a_time_zone_differs_by_a_quarter_of_an_hour() -> None:
    # 07:45, 08:00 and 17:45 in Kathmandu.
    found = rows(345, datetime(2026, 11, 27, 2), datetime(2026, 11, 27, 2, 15), datetime(2026, 11, 27, 12))
    hours = [datetime(2026, 11, 27, hour) for hour in range(2, 13)]
    parts = by_bucket(hours, found, BERLIN, OFFICE)
    assert (parts[EVENINGS][0], parts[WORKING][0], parts[WORKING][10]) == (1, 10, 100)
    assert (by_cell(found, BERLIN)[4][7], by_cell(found, BERLIN)[4][8]) == (1, 10)


def test_a_part_of_which_no_time_zone_is_known_is_told() -> None:
    found = [*rows(540, MOMENTS[0], MOMENTS[1]), *rows(None, MOMENTS[0])]
    assert zone_words(found, BERLIN, "en_US") == (
        "In the developer's time zone, UTC+09:00; 8.3% of the tokens in your time zone, Europe/Berlin, because their "
        "sessions do not tell the developer's."
    )


def test_the_working_hours_of_the_ledger_say_what_is_evening_and_weekend() -> None:
    # Friday 15:00, Sunday 06:00, Sunday 15:00 in Jerusalem.
    found = rows(120, datetime(2026, 11, 27, 13), datetime(2026, 11, 29, 4), datetime(2026, 11, 29, 13))
    _, parts = by_day(found, BERLIN, WorkingHours(7, 16, parse_days("Sun-Thu")))
    assert parts == {WORKING: [0, 0, 100], EVENINGS: [0, 0, 10], WEEKENDS: [1, 0, 0]}


def used(ledger: Ledger, user: str, tokens: int, at: datetime, **more: Any) -> None:
    """A user's session at a moment, with a span."""
    moment, session = int(at.timestamp()) * SECOND, f"{user} {at}"
    who = {"user_email": user, "model": "claude-opus-4-8"}
    ledger.accept(
        "metrics",
        metrics(
            cost(1.0, session, at=moment, **who),
            point("token.usage", tokens, session, at=moment, type="input", **who),
        ),
    )
    touch = span("https://github.com/acme/api", session, at=moment, user_email=user, **more)
    ledger.accept("traces", traces(touch))


def seen(page: Page, ledger: Ledger, user: str) -> tuple[Any, str, str]:
    """What a user's drawer shows of when: parts of the week, heat map, and the words below it."""
    open_view(page, ledger, tab="users", range="30d", drawer=f"user:{user}")
    cells = chart(page, "drawer-heat")["Tokens"]
    parts = {name: sum(values) for name, values in chart(page, "drawer-tokens-over-time").items()}
    label = page.locator("#drawer-heat [role=img]").get_attribute("aria-label")
    assert label is not None
    return (parts, cells), label, page.locator("#drawer-heat .evidence").inner_text()


def test_viewers_in_berlin_and_new_york_see_the_same_of_a_developer_in_tokyo(tmp_path: Path, browser: Browser) -> None:
    # Wednesday of last week in Tokyo, at 09:30 and at 23:30.
    today = datetime.now(UTC).replace(hour=0, minute=30, second=0, microsecond=0)
    wednesday = today - timedelta(days=today.weekday() + 5)
    with running_ledger(tmp_path / "data", "--working-hours", "9-17", "--working-days", "Sun-Thu") as ledger:
        for tokens, hour in ((1_000, 0), (20, 14)):
            used(ledger, AKI, tokens, wednesday + timedelta(hours=hour), whence_utc__offset=540)
            used(ledger, BO, tokens, wednesday + timedelta(hours=hour))
        found = {}
        for zone in ("Europe/Berlin", "America/New_York"):
            with new_page(browser, timezone_id=zone) as page:
                # The first page tells its time zone.
                open_view(page, ledger, tab="users")
                found[zone] = seen(page, ledger, AKI)
                note = page.locator("#drawer-tokens-over-time .card-note")
                expect(note).to_have_text("working hours: Sun\N{EN DASH}Thu, 9:00\N{EN DASH}17:00")
                _, _, words = seen(page, ledger, BO)
                assert f"In your time zone, {zone}: no session here tells the developer's." in words
    assert found["Europe/Berlin"] == found["America/New_York"]
    (parts, cells), label, words = found["Europe/Berlin"]
    assert parts == {WORKING: 1_000, EVENINGS: 20, WEEKENDS: 0}
    assert [(one["name"], one["value"]) for one in cells] == [("Wed 9:00", [9, 2, 1_000]), ("Wed 23:00", [23, 2, 20])]
    assert label == (
        "Tokens by weekday and hour. Most on Wednesday from 9:00 to 10:00, 1,000; 2.0% outside working hours"
    )
    assert words.startswith("Most on Wednesday from 9:00")
    assert words.endswith("In the developer's time zone, UTC+09:00.")
