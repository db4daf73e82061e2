"""The page header: tabs, filters and page controls."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from nicegui import events, ui

from whence_ledger.dashboard.breadcrumb import Breadcrumb
from whence_ledger.dashboard.custom_range import ask_range, range_title
from whence_ledger.dashboard.shortcuts import Shortcuts
from whence_ledger.dashboard.view import CUSTOM, FILTERS, RANGES, SPLITS, TABS, View

ASK = "ask"
"""The entry of the time range menu that opens the dialog."""
_TITLES = {"user": "Users", "model": "Models", "repository": "Repositories", "label": "Label", "team": "Team"}
_LABELS = ["Managed", "Unmanaged", "Unknown"]

Change = events.ValueChangeEventArguments[Any]


class Acts(NamedTuple):
    """Callbacks to the screen. ``choices``: the values of a filter in a view's range. ``pause``: pauses or resumes the
    automatic refresh, and returns whether it is running. ``zone``: the viewer's time zone. ``sign_out``: ``None`` if
    the viewer did not sign in with a token."""

    go: Callable[[View], Coroutine[Any, Any, None]]
    choices: Callable[[View, str], Coroutine[Any, Any, list[str]]]
    refresh: Callable[[], Coroutine[Any, Any, None]]
    pause: Callable[[], bool]
    switch: Callable[[], Coroutine[Any, Any, None]]
    zone: Callable[[], tzinfo]
    sign_out: Callable[[], None] | None


class Head:
    """Shows the current view and asks the screen for others."""

    def __init__(self, view: View, acts: Acts) -> None:
        """Draw the header into the current element."""
        self._view, self._acts = view, acts
        self._filters: dict[str, ui.select] = {}
        self._instead: dict[str, ui.item_section] = {}
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
                self._pause_button = icon("pause", "Pause the automatic refresh", self.pause)
                icon("refresh", "Refresh now", acts.refresh)
                palette = icon("search", "Command palette", lambda: None)
                palette.on("click", js_handler="() => emitEvent('whence-palette')")
                keys = icon("keyboard", "Keyboard shortcuts", lambda: None)
                keys.on("click", js_handler="() => whenceShortcuts()").classes("keyboard-only")
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
            self._stale = ui.label("").classes("stale").props("role=status")
        self._breadcrumb = Breadcrumb(view, acts.go)
        Shortcuts()
        self.show(view)

    def show(self, view: View) -> None:
        """Show a view's tab, range and filters."""
        self._view = view
        self._tabs.set_value(view.tab)
        if (ranges := self._ranges()) != self._range.options or self._range.value != view.range:
            self._range.set_options(ranges, value=view.range)
        is_custom = view.range == CUSTOM
        self._range.classes(add="long" if is_custom else "", remove="" if is_custom else "long")
        for name, select in self._filters.items():
            values = list(getattr(view, name))
            if select.value != values:
                select.set_options(list(dict.fromkeys([*values, *select.options])), value=values)
            _summarize(select, name, values)
        self._split.set_value(view.split)
        self._breadcrumb.show(view)

    def warn(self, words: str) -> None:
        """Show why the figures are old; nothing, if ``words`` are empty."""
        self._stale.set_text(words)

    def refreshed(self, moment: datetime) -> None:
        """Show when the page was last refreshed."""
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
        # Clear the search text after a choice.
        select.on("update:model-value", js_handler=f"() => runMethod({select.id}, 'updateInputValue', ['', true])")
        # On a busy machine Quasar may filter by the last key only after Escape, and so open the menu again.
        close = f"setTimeout(() => runMethod({select.id}, 'hidePopup', []))"
        select.on("keyup", js_handler=f"event => event.key === 'Escape' && {close}")
        if name != "label":
            select.on("popup-show", lambda: self._offer(name))
        # Without options, Quasar opens a menu only if this slot is filled.
        with select.add_slot("no-option"), ui.item():
            self._instead[name] = ui.item_section("No match" if name == "label" else "Loading …")
        return select

    async def _offer(self, name: str) -> None:
        """Fill an opened filter with the range's values; list chosen values outside the range first."""
        found = await self._acts.choices(self._view, name)
        chosen = [one for one in getattr(self._view, name) if one not in found]
        if (options := chosen + found) != self._filters[name].options:
            self._filters[name].set_options(options)
        self._instead[name].set_text("No match" if options else "No data in this range")

    async def _chosen(self, name: str, event: Change) -> None:
        changed: dict[str, Any] = {name: tuple(event.value or ())}
        await self._acts.go(self._view._replace(**changed))

    async def _tab_chosen(self, event: Change) -> None:
        if event.value != self._view.tab:
            await self._acts.go(self._view._replace(tab=event.value, drawer=None))

    async def _range_chosen(self, event: Change) -> None:
        if event.value == ASK:
            # Keep the current choice selected: the dialog may be cancelled.
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

    def pause(self) -> None:
        """Pause or resume the automatic refresh."""
        runs = self._acts.pause()
        self._pause_button.props(f"icon={'pause' if runs else 'play_arrow'}")
        name_icon(self._pause_button, f"{'Pause' if runs else 'Resume'} the automatic refresh")


def icon(name: str, words: str, act: Callable[[], Any]) -> ui.button:
    """Draw an icon button with its name as a tooltip and for screen readers."""
    button = ui.button(icon=name, on_click=act).props("flat round dense")
    with button:
        tip = ui.tooltip()
    # Quasar shows tooltips on hover only, not on keyboard focus.
    button.on("focus", js_handler=f"() => getElement({tip.id})?.show?.()")
    button.on("blur", js_handler=f"() => getElement({tip.id})?.hide?.()")
    name_icon(button, words)
    return button


def name_icon(button: ui.button, words: str) -> None:
    """Rename a button that ``icon`` drew."""
    button.props["aria-label"] = words
    for child in button:
        if isinstance(child, ui.tooltip):
            child.set_text(words)
    button.update()


def _summarize(select: ui.select, name: str, values: Sequence[str]) -> None:
    """Show a filter's state in one line: its title, its one value, or the number of values."""
    title = _TITLES[name]
    shown = {
        # No label: Quasar replaces the input, and drops the focus, whenever a label appears or disappears.
        "placeholder": "" if values else title,
        "display-value": (values[0] if len(values) == 1 else f"{title} · {len(values)}") if values else "",
        "title": ", ".join(values[:20]),
    }
    # The browser would draw the page again, as when a drawer opens.
    if any(select.props.get(prop) != value for prop, value in shown.items()):
        select.props.update(shown)
        select.update()
