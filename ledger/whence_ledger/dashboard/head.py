"""The head of the screen: tabs, filters, and what to do with the picture."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from nicegui import events, ui

from whence_ledger.dashboard.view import CUSTOM, FILTERS, RANGES, TABS, View, period_of

_TITLES = {"user": "Users", "model": "Models", "repository": "Repositories", "label": "Label", "team": "Team"}
_LABELS = ["Managed", "Unmanaged", "Unknown"]

Change = events.ValueChangeEventArguments[Any]


class Acts(NamedTuple):
    """What the head asks of the screen. ``choices``: what a filter may be set to in the range of a view. ``pause``:
    stops or resumes the automatic refresh, and says whether it runs. ``sign_out``: where people sign in."""

    go: Callable[[View], Coroutine[Any, Any, None]]
    choices: Callable[[View, str], Coroutine[Any, Any, list[str]]]
    refresh: Callable[[], Coroutine[Any, Any, None]]
    pause: Callable[[], bool]
    switch: Callable[[], Coroutine[Any, Any, None]]
    sign_out: Callable[[], None] | None


class Head:
    """Shows the view that it was last told, and asks for others."""

    def __init__(self, view: View, acts: Acts) -> None:
        """Draw it where the page is being built."""
        self._view, self._acts = view, acts
        self._filters: dict[str, ui.select] = {}
        with ui.element("header").classes("head"):
            with ui.row().classes("head-row"):
                ui.label("whence").classes("brand")
                self._tabs = ui.tabs(on_change=self._tab_chosen).props("dense no-caps inline-label mobile-arrows")
                with self._tabs:
                    for name, title in TABS.items():
                        ui.tab(name, title)
                ui.space()
                self.end = ui.row().classes("head-end")
                self._updated = ui.label("").classes("updated")
                self._pause = icon("pause", "Pause the automatic refresh", self._paused)
                icon("refresh", "Refresh now", acts.refresh)
                icon("contrast", "Light or dark", acts.switch)
                if acts.sign_out:
                    icon("logout", "Sign out", acts.sign_out)
            with ui.row().classes("head-row filters"):
                self._range = ui.select(self._ranges(), value=view.range, on_change=self._range_chosen)
                self._range.props('dense outlined options-dense aria-label="Time range"').classes("filter")
                for name in FILTERS:
                    self._filters[name] = self._filter(name)
                self._clear = ui.button("Clear filters", on_click=self._cleared).props("flat dense no-caps")
        self.show(view)

    def show(self, view: View) -> None:
        """Show what is looked at."""
        self._view = view
        self._tabs.set_value(view.tab)
        if (ranges := self._ranges()) != self._range.options or self._range.value != view.range:
            self._range.set_options(ranges, value=view.range)
        for name, select in self._filters.items():
            values = list(getattr(view, name))
            if select.value != values:
                select.set_options(list(dict.fromkeys([*values, *select.options])), value=values)
        self._clear.set_visibility(view.is_filtered)

    def refreshed(self, moment: datetime) -> None:
        """Show when the picture was made."""
        self._updated.set_text(f"{moment:%H:%M:%S}")
        self._updated.props["title"] = f"Last refreshed, {moment.tzinfo}"

    def _filter(self, name: str) -> ui.select:
        chosen = list(getattr(self._view, name))
        options = _LABELS if name == "label" else chosen
        select = ui.select(options, multiple=True, value=[one for one in chosen if one in options], label=_TITLES[name])
        select.props("dense outlined options-dense use-chips clearable").classes("filter")
        select.on_value_change(lambda event: self._chosen(name, event))
        if name != "label":
            select.props("use-input input-debounce=0").on("popup-show", lambda: self._offer(name))
        return select

    async def _offer(self, name: str) -> None:
        """Fill a filter with what there is, when somebody opens it."""
        there = await self._acts.choices(self._view, name)
        self._filters[name].set_options(list(dict.fromkeys([*getattr(self._view, name), *there])))

    async def _chosen(self, name: str, event: Change) -> None:
        changed: dict[str, Any] = {name: tuple(event.value or ())}
        await self._acts.go(self._view._replace(**changed))

    async def _cleared(self) -> None:
        none: dict[str, Any] = dict.fromkeys(FILTERS, ())
        await self._acts.go(self._view._replace(**none))

    async def _tab_chosen(self, event: Change) -> None:
        if event.value != self._view.tab:
            await self._acts.go(self._view._replace(tab=event.value, drawer=None))

    async def _range_chosen(self, event: Change) -> None:
        if event.value == CUSTOM and self._view.range != CUSTOM:
            self._ask_range()
        elif event.value != self._view.range:
            await self._acts.go(self._view._replace(range=event.value, begin=None, end=None))

    def _ask_range(self) -> None:
        period = period_of(self._view)
        with ui.dialog() as dialog, ui.card():
            ui.label("Days (UTC), the last one included")
            dates = ui.date({"from": f"{period.begin:%Y-%m-%d}", "to": f"{_last_day(period.end)}"}).props("range")

            async def take() -> None:
                chosen = dates.value if isinstance(dates.value, dict) else {"from": dates.value, "to": dates.value}
                dialog.close()
                begin, last = (datetime.fromisoformat(str(chosen[name])) for name in ("from", "to"))
                await self._acts.go(self._view._replace(range=CUSTOM, begin=begin, end=last + timedelta(days=1)))

            def leave() -> None:
                dialog.close()
                self.show(self._view)

            with ui.row():
                ui.button("Show", on_click=take).props("no-caps")
                ui.button("Cancel", on_click=leave).props("flat no-caps")
        dialog.open()

    def _ranges(self) -> dict[str, str]:
        custom = "Custom …"
        if self._view.begin and self._view.end:
            custom = f"{self._view.begin:%Y-%m-%d} – {_last_day(self._view.end)}"
        return {name: title for name, (_, title) in RANGES.items()} | {CUSTOM: custom}

    def _paused(self) -> None:
        runs = self._acts.pause()
        self._pause.props(f"icon={'pause' if runs else 'play_arrow'}")
        self._pause.props["aria-label"] = f"{'Pause' if runs else 'Resume'} the automatic refresh"


def icon(name: str, words: str, act: Callable[[], Any]) -> ui.button:
    """A button that is only a picture, with words for who does not see it."""
    button = ui.button(icon=name, on_click=act).props("flat round dense")
    button.props["aria-label"] = words
    return button


def _last_day(end: datetime) -> str:
    return f"{end - timedelta(minutes=1):%Y-%m-%d}"
