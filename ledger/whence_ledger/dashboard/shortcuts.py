"""The dialog that lists the keyboard shortcuts. ``page.js`` handles the keys."""

from nicegui import events, ui

from whence_ledger.dashboard.view import TABS

_KEYS = [(str(number), title) for number, title in enumerate(TABS.values(), 1)]
_KEYS += [("Ctrl K", "Command palette (on a Mac: Cmd K)")]
_KEYS += [("/", "Search in the table"), ("?", "This list"), ("Esc", "Close what is open")]


class Shortcuts:
    """The dialog, which the browser opens with the event ``whence-shortcuts``."""

    def __init__(self) -> None:
        with ui.dialog().props('aria-label="Keyboard shortcuts"') as self._dialog, ui.card().classes("shortcuts"):
            ui.label("Keyboard shortcuts").classes("state-title").props('role="heading" aria-level="2"')
            with ui.element("dl"):
                for key, does in _KEYS:
                    with ui.element("dt"), ui.element("kbd"):
                        ui.label(key)
                    with ui.element("dd"):
                        ui.label(does)
            # Single keys can be in the way of speech input: https://www.w3.org/TR/WCAG22/#character-key-shortcuts
            self._on = ui.checkbox("Shortcuts on", value=True, on_change=self._switch)
            ui.button("Close", on_click=self._dialog.close).props("flat no-caps")
        ui.on("whence-shortcuts", self._open)

    def _open(self, event: events.GenericEventArguments) -> None:
        self._on.set_value(bool(event.args))
        self._dialog.open()

    def _switch(self, event: events.ValueChangeEventArguments[bool | None]) -> None:
        ui.run_javascript(f"localStorage.setItem('whence_shortcuts', '{int(bool(event.value))}')")
