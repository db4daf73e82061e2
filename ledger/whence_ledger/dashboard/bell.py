"""The bell: firing alerts, recent changes, links to the data behind them, and silences."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby, islice

from nicegui import ui
from starlette.concurrency import run_in_threadpool

from whence_ledger.alert.book import Alert, Change, is_silenced
from whence_ledger.alert.watch import Watch, utc_now
from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.head import icon, name_icon
from whence_ledger.dashboard.view import EVERY_RULE, RULES, View, read_view

SILENCE = timedelta(hours=4)
CHANGES, SHOWN = 10, 5
"""How many groups of recent changes the bell lists, and how many of a group."""
NOT_ADMIN = "Sign in with the admin token to silence alerts."


class Bell:
    """A button that counts firing alerts, and the dialog that lists them."""

    def __init__(
        self,
        watch: Watch,
        zone: Callable[[], tzinfo],
        go: Callable[[View], None],
        view: Callable[[], View],
        may_silence: bool,
    ) -> None:
        """Draw the bell into the current element. ``zone``: the viewer's time zone. ``go``: shows a view. ``view``:
        the current one."""
        self._watch, self._zone, self._go, self._view, self._may_silence = watch, zone, go, view, may_silence
        self._timed: list[tuple[ui.label, Callable[[], str]]] = []
        self._button = icon("notifications", "Alerts", self.open)
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
        """Show the times of the list in the viewer's time zone after it changed. Nothing is drawn anew: what is being
        clicked, and has the focus, stays."""
        for label, words in self._timed:
            label.set_text(words())

    def open(self) -> None:
        """Open the list."""
        self._fill()
        self._dialog.open()

    def _fill(self) -> None:
        book = self._watch.book
        self._list.clear()
        self._timed.clear()
        with self._list:
            ui.label("Alerts").classes("state-title").props('role="heading" aria-level="2"')
            self._draw_timed(lambda: f"Times are in your time zone, {self._zone()}.", "evidence")
            firing = [one for one in book.alerts if one.fired]
            if not firing:
                nothing("No alerts are firing.")
            by_rule: dict[str, list[Alert]] = {}
            for alert in sorted(firing, key=lambda one: one.since, reverse=True):
                by_rule.setdefault(alert.found.alert, []).append(alert)
            for name, alerts in by_rule.items():
                self._draw_rule(name, alerts)
            if firing and not self._may_silence:
                nothing(NOT_ADMIN)
            if book.changes:
                ui.label("Recent").classes("card-title")
            for group in islice(self._groups(reversed(book.changes)), CHANGES):
                self._draw_changes(group)
            ui.button("All alert rules", on_click=lambda: self._explain(EVERY_RULE)).props("flat dense no-caps")

    def _draw_rule(self, name: str, alerts: Sequence[Alert]) -> None:
        """Draw the firing alerts of one rule."""
        title = _title(self._watch, name)
        with ui.element("section").classes("alerts-of-rule"):
            with ui.element("div").classes("alert-rule"):
                words = title if len(alerts) == 1 else f"{title} · {len(alerts)}"
                ui.label(words).classes("insight-title").props('role="heading" aria-level="3"')
                rule = ui.button("Rule", on_click=lambda: self._explain(name)).props("flat dense no-caps")
                rule.props["aria-label"] = f"Rule: {title}"
            for alert in alerts:
                self._draw(alert)

    def _draw(self, alert: Alert) -> None:
        found = alert.found
        silenced = is_silenced(self._watch.book, alert, utc_now())
        with ui.element("div").classes("alert").props("role=alert"):
            with ui.element("div").classes("insight-words"):
                ui.label(found.says).classes("insight-evidence")
                end = ", silenced" if silenced else ""
                self._draw_timed(lambda: f"since {self._local(alert.since)}{end}", "evidence")
            with ui.element("div").classes("insight-end"):
                ui.button("View", on_click=lambda: self._look(alert)).props("flat dense no-caps")
                words = "Unsilence" if silenced else "Silence for 4 h"
                length = timedelta(0) if silenced else SILENCE
                if self._may_silence:
                    ui.button(words, on_click=lambda: self._silence(alert, length)).props("flat dense no-caps")

    @staticmethod
    def _groups(changes: Iterable[Change]) -> Iterator[list[Change]]:
        """Yield the changes of one rule at one time together. ``changes``: newest first."""
        for _, group in groupby(changes, key=lambda one: (one.at, one.state, one.found.alert)):
            yield list(group)[::-1]

    def _draw_changes(self, changes: Sequence[Change]) -> None:
        first = changes[0]
        title = "" if len(changes) == 1 else f"{_title(self._watch, first.found.alert)} · {len(changes)}: "
        says = " ".join(one.found.says for one in changes[:SHOWN])
        more = f" And {len(changes) - SHOWN} more." if len(changes) > SHOWN else ""
        self._draw_timed(lambda: f"{self._local(first.at)} {first.state}: {title}{says}{more}", "insight-evidence")

    def _draw_timed(self, words: Callable[[], str], classes: str) -> None:
        """Draw words that name a time in the viewer's time zone."""
        self._timed.append((ui.label(words()).classes(classes), words))

    def _local(self, moment: datetime) -> str:
        return f"{moment.replace(tzinfo=UTC).astimezone(self._zone()):%Y-%m-%d %H:%M}"

    def _explain(self, name: str) -> None:
        self._dialog.close()
        self._go(self._view()._replace(drawer=(RULES, name)))

    def _look(self, alert: Alert) -> None:
        self._dialog.close()
        self._go(read_view(alert.found.look.items()))

    async def _silence(self, alert: Alert, length: timedelta) -> None:
        await run_in_threadpool(self._watch.silence, alert.found.alert, alert.found.subject, length)
        self._fill()
        self.refresh()


def _title(watch: Watch, name: str) -> str:
    rule = watch.rules.rules.get(name)
    return rule.title if rule else name
