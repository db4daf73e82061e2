"""The dialog for a custom time range, in the viewer's time zone, in steps of 15 minutes."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from nicegui import ui

from whence_ledger.dashboard.view import CUSTOM, View, period_of
from whence_ledger.model.quarter import QUARTER, floor

_LOCAL = "%Y-%m-%dT%H:%M"


def ask_range(view: View, zone: tzinfo, go: Callable[[View], Coroutine[Any, Any, None]]) -> None:
    """Open the dialog with the range of ``view``. ``go`` shows the chosen view. Closing the dialog changes nothing."""
    period = period_of(view)
    with ui.dialog().props('aria-label="Custom time range"') as dialog, ui.card().classes("custom-range"):
        ui.label("Custom time range").classes("state-title").props('role="heading" aria-level="2"')
        ui.label(f"In your time zone, {zone}.").classes("evidence")
        fields = [_field(name, there(one, zone)) for name, one in (("From", period.begin), ("To", period.end))]
        problem = ui.label().classes("problem").props("role=alert")

        async def take() -> None:
            begin, end = (read(field.value, zone) for field in fields)
            if begin is None or end is None:
                problem.set_text("Enter a date and a time in both fields.")
            elif begin >= end:
                problem.set_text("“From” must be before “To”.")
            else:
                dialog.close()
                end_of_quarter = floor(end + QUARTER - timedelta(microseconds=1))
                await go(view._replace(range=CUSTOM, begin=floor(begin), end=end_of_quarter))

        for field in fields:
            field.on("keydown.enter", take)
        with ui.row():
            ui.button("Show", on_click=take).props("no-caps")
            ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
    dialog.on("hide", dialog.delete)
    dialog.open()


def range_title(begin: datetime, end: datetime, zone: tzinfo) -> str:
    """Return the range in the viewer's time zone; full days without hours, the last day included."""
    first, last = there(begin, zone), there(end, zone)
    if first.time() == last.time() == datetime.min.time():
        return f"{first:%Y-%m-%d} – {last - timedelta(days=1):%Y-%m-%d}"
    return f"{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M}"


def read(text: str | None, zone: tzinfo) -> datetime | None:
    """Return the time (UTC, naive) that an input field holds; ``None`` if it is not a valid time."""
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def there(moment: datetime, zone: tzinfo) -> datetime:
    """Convert a time (UTC, naive) to the viewer's time zone, naive."""
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def _field(name: str, value: datetime) -> ui.input:
    field = ui.input(name, value=value.strftime(_LOCAL))
    return field.props(f'type=datetime-local step={QUARTER.seconds} stack-label outlined dense aria-label="{name}"')
