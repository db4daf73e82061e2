"""The head of the screen: tabs, filters, and what to do with the picture."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from nicegui import events, ui

from whence_ledger.dashboard.custom_range import ask_range, range_title
from whence_ledger.dashboard.view import CUSTOM, FILTERS, RANGES, SPLITS, TABS, View

ASK = "ask"
"""The choice of the time range that opens the dialog."""
_TITLES = {"user": "Users", "model": "Models", "repository": "Repositories", "label": "Label", "team": "Team"}
_LABELS = ["Managed", "Unmanaged", "Unknown"]

Change = events.ValueChangeEventArguments[Any]


class Acts(NamedTuple):
    """What the head asks of the screen. ``choices``: what a filter may be set to in the range of a view. ``pause``:
    stops or resumes the automatic refresh, and says whether it runs. ``zone``: of the viewer's clock. ``sign_out``:
    where people sign in."""

    go: Callable[[View], Coroutine[Any, Any, None]]
    choices: Callable[[View, str], Coroutine[Any, Any, list[str]]]
    refresh: Callable[[], Coroutine[Any, Any, None]]
    pause: Callable[[], bool]
    switch: Callable[[], Coroutine[Any, Any, None]]
    zone: Callable[[], tzinfo]
    sign_out: Callable[[], None] | None


class Head:
    """Shows the view that it was last told, and asks for others."""

    def __init__(self, view: View, acts: Acts) -> None:
        """Draw it where the page is being built."""
        self._view, self._acts = view, acts
        self._filters: dict[str, ui.select] = {}
        self._instead: dict[str, ui.item] = {}
        with ui.element("header").classes("head"):
            with ui.row().classes("head-row"):
                ui.label("whence").classes("brand").props('role="heading" aria-level="1"')
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
            with ui.row().classes("head-row filters").props('role="group" aria-label="Filters"'):
                self._range = ui.select(self._ranges(), value=view.range, on_change=self._range_chosen)
                self._range.props('dense outlined options-dense aria-label="Time range"').classes("filter")
                for name in FILTERS:
                    self._filters[name] = self._filter(name)
                self._split = ui.select(SPLITS, value=view.split, on_change=self._split_chosen)
                self._split.props('dense outlined options-dense aria-label="Rule that divides sessions"').classes(
                    "filter"
                )
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
            _summarize(select, name, values)
        self._split.set_value(view.split)
        self._clear.set_visibility(view.is_filtered)

    def refreshed(self, moment: datetime) -> None:
        """Show when the picture was made."""
        self._updated.set_text(f"{moment:%H:%M:%S}")
        self._updated.props["title"] = f"Last refreshed, {moment.tzinfo}"

    def _filter(self, name: str) -> ui.select:
        chosen = list(getattr(self._view, name))
        options = _LABELS if name == "label" else chosen
        select = ui.select(options, multiple=True, value=[one for one in chosen if one in options])
        select.props("dense outlined options-dense clearable use-input input-debounce=0").classes("filter")
        select.props["aria-label"] = _TITLES[name]
        _summarize(select, name, chosen)
        select.on_value_change(lambda event: self._chosen(name, event))
        # What was typed to find one value is in the way of the next.
        select.on("update:model-value", js_handler=f"() => runMethod({select.id}, 'updateInputValue', ['', true])")
        if name != "label":
            select.on("popup-show", lambda: self._offer(name))
        # Quasar opens no menu without options, unless it has something to show instead.
        with select.add_slot("no-option"):
            self._instead[name] = ui.item("No match" if name == "label" else "Loading …")
        return select

    async def _offer(self, name: str) -> None:
        """Fill an opened filter with the values in the range; chosen values that are not in it come first."""
        found = await self._acts.choices(self._view, name)
        chosen = [one for one in getattr(self._view, name) if one not in found]
        if (options := chosen + found) != self._filters[name].options:
            self._filters[name].set_options(options)
        self._instead[name].clear()
        with self._instead[name]:
            ui.item_section("No match" if options else "Nothing in this range")

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
        if event.value == ASK:
            # The dialog may be left: until it is not, what is shown stays chosen.
            self._range.set_value(self._view.range)
            ask_range(self._view, self._acts.zone(), self._acts.go)
        elif event.value != self._view.range:
            await self._acts.go(self._view._replace(range=event.value, begin=None, end=None))

    async def _split_chosen(self, event: Change) -> None:
        if event.value != self._view.split:
            await self._acts.go(self._view._replace(split=event.value))

    def _ranges(self) -> dict[str, str]:
        ranges = {name: title for name, (_, title) in RANGES.items()}
        if self._view.begin and self._view.end:
            ranges[CUSTOM] = range_title(self._view.begin, self._view.end, self._acts.zone())
        return ranges | {ASK: "Custom …"}

    def _paused(self) -> None:
        runs = self._acts.pause()
        self._pause.props(f"icon={'pause' if runs else 'play_arrow'}")
        name_icon(self._pause, f"{'Pause' if runs else 'Resume'} the automatic refresh")


def icon(name: str, words: str, act: Callable[[], Any]) -> ui.button:
    """Draw a button that is only a picture, with its name for screen readers and as a tooltip."""
    button = ui.button(icon=name, on_click=act).props("flat round dense")
    with button:
        tip = ui.tooltip()
    # Quasar shows a tooltip to the mouse only.
    button.on("focus", js_handler=f"() => getElement({tip.id})?.show?.()")
    button.on("blur", js_handler=f"() => getElement({tip.id})?.hide?.()")
    name_icon(button, words)
    return button


def name_icon(button: ui.button, words: str) -> None:
    """Give a button that ``icon`` drew another name."""
    button.props["aria-label"] = words
    for child in button:
        if isinstance(child, ui.tooltip):
            child.set_text(words)
    button.update()


def _summarize(select: ui.select, name: str, values: Sequence[str]) -> None:
    """Show what a filter is set to in one line: its title, the one value, or how many there are."""
    title = _TITLES[name]
    # Without a label: Quasar replaces the input, and so drops the focus, whenever a label comes or goes.
    select.props["placeholder"] = "" if values else title
    select.props["display-value"] = (values[0] if len(values) == 1 else f"{title} · {len(values)}") if values else ""
    select.props["title"] = ", ".join(values[:20])
    select.update()
