"""The bell: firing alerts, recent changes, links to the data behind them, and silences."""

from collections.abc import Callable
from datetime import UTC, timedelta, tzinfo

from nicegui import ui
from starlette.concurrency import run_in_threadpool

from whence_ledger.alert.book import Alert, Change, is_silenced
from whence_ledger.alert.watch import Watch, utc_now
from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.head import icon, name_icon
from whence_ledger.dashboard.view import View, read_view

SILENCE = timedelta(hours=4)
CHANGES = 10
NOT_ADMIN = "Sign in with the admin token to silence alerts."


class Bell:
    """A button that counts firing alerts, and the dialog that lists them."""

    def __init__(self, watch: Watch, zone: Callable[[], tzinfo], go: Callable[[View], None], may_silence: bool) -> None:
        """Draw the bell into the current element. ``zone``: the viewer's time zone. ``go``: shows a view."""
        self._watch, self._zone, self._go, self._may_silence = watch, zone, go, may_silence
        self._button = icon("notifications", "Alerts", self._open)
        with self._button:
            self._badge = ui.badge(color="negative").props("floating rounded")
        with ui.dialog().props("aria-label=Alerts") as self._dialog, ui.card().classes("alerts"):
            self._list = ui.element("div").classes("alerts-list")
            icon("close", "Close", self._dialog.close).classes("alerts-close")
        self.refresh()

    def refresh(self) -> None:
        """Update the count."""
        now, book = utc_now(), self._watch.book
        firing = sum(1 for one in book.alerts if one.fired and not is_silenced(book, one, now))
        self._badge.set_text(str(firing))
        self._badge.set_visibility(firing > 0)
        name_icon(self._button, f"Alerts: {firing} firing" if firing else "Alerts: none firing")
        self._button.update()

    def move(self) -> None:
        """Redraw the open list after the viewer's time zone changed."""
        if self._dialog.value:
            self._fill()

    def _open(self) -> None:
        self._fill()
        self._dialog.open()

    def _fill(self) -> None:
        book = self._watch.book
        self._list.clear()
        with self._list:
            ui.label("Alerts").classes("state-title").props('role="heading" aria-level="2"')
            ui.label(f"Times are in your time zone, {self._zone()}.").classes("evidence")
            firing = [one for one in book.alerts if one.fired]
            if not firing:
                nothing("No alerts are firing.")
            for alert in sorted(firing, key=lambda one: one.since, reverse=True):
                self._draw(alert)
            if firing and not self._may_silence:
                nothing(NOT_ADMIN)
            if book.changes:
                ui.label("Recent").classes("card-title")
            for change in list(reversed(book.changes))[:CHANGES]:
                self._draw_change(change)

    def _draw(self, alert: Alert) -> None:
        found, rule = alert.found, self._watch.rules.rules.get(alert.found.alert)
        silenced = is_silenced(self._watch.book, alert, utc_now())
        with ui.element("div").classes("alert").props("role=alert"):
            with ui.element("div").classes("insight-words"):
                ui.label(rule.title if rule else found.alert).classes("insight-title")
                ui.label(found.says).classes("insight-evidence")
                since = alert.since.replace(tzinfo=UTC).astimezone(self._zone())
                ui.label(f"since {since:%Y-%m-%d %H:%M}" + (", silenced" if silenced else "")).classes("evidence")
            with ui.element("div").classes("insight-end"):
                ui.button("View", on_click=lambda: self._look(alert)).props("flat dense no-caps")
                words = "Unsilence" if silenced else "Silence for 4 h"
                length = timedelta(0) if silenced else SILENCE
                if self._may_silence:
                    ui.button(words, on_click=lambda: self._silence(alert, length)).props("flat dense no-caps")

    def _draw_change(self, change: Change) -> None:
        at = change.at.replace(tzinfo=UTC).astimezone(self._zone())
        ui.label(f"{at:%Y-%m-%d %H:%M} {change.state}: {change.found.says}").classes("insight-evidence")

    def _look(self, alert: Alert) -> None:
        self._dialog.close()
        self._go(read_view(alert.found.look.items()))

    async def _silence(self, alert: Alert, length: timedelta) -> None:
        await run_in_threadpool(self._watch.silence, alert.found.alert, alert.found.subject, length)
        self._fill()
        self.refresh()
