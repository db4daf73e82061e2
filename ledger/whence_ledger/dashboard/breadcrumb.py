"""The filters that are set, below the head: one chip each, with a button that removes it."""

from collections.abc import Callable, Coroutine
from typing import Any

from nicegui import ui

from whence_ledger.dashboard.view import FILTERS, View

TITLES = {"user": "User", "model": "Model", "repository": "Repository", "label": "Label", "team": "Team"}
Chip = tuple[str, str]
"""A filter and one of its values."""


class Breadcrumb:
    """Shows a view's filters, and asks the screen for the view without one or without all."""

    def __init__(self, view: View, go: Callable[[View], Coroutine[Any, Any, None]]) -> None:
        """Draw the line into the current element; it is hidden while no filter is set."""
        self._view, self._go = view, go
        self._shown: list[Chip] = []
        # page.js keeps the focus among these buttons by this id.
        self._line = ui.element("div").classes("crumbs").props('id="crumbs" role="group" aria-label="Set filters"')
        with self._line:
            self._chips = ui.element("ul").classes("crumb-list")
            ui.button("Clear all", on_click=self._clear).props("flat dense no-caps")
        self._line.set_visibility(False)

    def show(self, view: View) -> None:
        """Show a view's filters."""
        self._view = view
        chips = [(name, value) for name in FILTERS for value in getattr(view, name)]
        if chips == self._shown:
            return
        self._shown = chips
        self._line.set_visibility(bool(chips))
        self._chips.clear()
        with self._chips:
            for chip in chips:
                self._draw(chip)

    def _draw(self, chip: Chip) -> None:
        name, value = chip
        with ui.element("li").classes("crumb"):
            words = ui.label(f"{TITLES[name]}: {value}").classes("crumb-words")
            words.props["title"] = value
            remove = ui.element("button").classes("crumb-remove").on("click", lambda: self._remove(chip))
            remove.props["aria-label"] = remove.props["title"] = f"Remove the filter {TITLES[name]}: {value}"
            with remove:
                ui.icon("close").props("aria-hidden=true")

    async def _remove(self, chip: Chip) -> None:
        name, value = chip
        rest: dict[str, Any] = {name: tuple(one for one in getattr(self._view, name) if one != value)}
        await self._go(self._view._replace(**rest))

    async def _clear(self) -> None:
        none: dict[str, Any] = dict.fromkeys(FILTERS, ())
        await self._go(self._view._replace(**none))
