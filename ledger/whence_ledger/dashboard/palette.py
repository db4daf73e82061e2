"""The command palette: a dialog with one field that finds tabs, time ranges, users, repositories, saved views and
actions. ``page.js`` opens it on Ctrl-K or Cmd-K."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from nicegui import events, ui

from whence_ledger.dashboard.view import EVERY_RULE, FILTERS, GROUPS, RANGES, RULES, TABS, View, view_at

NAMES = 2000
"""The most users and the most repositories that the palette offers: with more, the browser is slow to open it."""

Do = Callable[[], Any]


class Places(NamedTuple):
    """What the palette asks of the screen. ``names``: the values of a filter in the view's range. ``saved``: the rows
    of the question saved_views. ``actions``: what can be done, by its name."""

    view: Callable[[], View]
    go: Callable[[View], Awaitable[None]]
    names: Callable[[View, str], Awaitable[Sequence[str]]]
    saved: Callable[[], Awaitable[Sequence[dict[str, Any]]]]
    actions: Mapping[str, Do]


class Palette:
    """The dialog, which the browser opens with the event ``whence-palette``."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._does: dict[str, Do] = {}
        with ui.dialog().props('position=top aria-label="Command palette"') as self._dialog:
            self._card = ui.card().classes("palette")
        # Quasar focuses nothing if the dialog opens again while it closes.
        self._dialog.on("show", js_handler="() => document.querySelector('.palette input')?.focus()")
        ui.on("whence-palette", self._open)

    async def _open(self) -> None:
        if self._dialog.value:
            return
        self._does = await self._choices()
        self._card.clear()
        with self._card:
            # A new field each time: it is empty, and takes the focus.
            field = ui.select(list(self._does), with_input=True, on_change=self._chosen)
            field.props('outlined autofocus hide-dropdown-icon options-dense placeholder="Go to …" input-debounce=0')
            field.props('popup-content-class="palette-list" behavior=menu').classes("palette-field")
            field.props["aria-label"] = "Go to a tab, a time range, a user, a repository, a saved view or an action"
            # Enter goes to the first match, unless another is chosen.
            field.on("input-value", js_handler=f"() => setTimeout(() => whenceFirst({field.id}), 50)")
            field.on("keydown", js_handler=f"event => event.key === 'Enter' && whenceFirst({field.id})")
            with field.add_slot("no-option"):
                # A list box must have an option: https://www.w3.org/TR/wai-aria-1.2/#listbox
                ui.item("No match").props("role=option aria-disabled=true")
            ui.label("↑ ↓ choose, Enter goes there, Esc closes").classes("evidence")
        self._dialog.open()

    async def _choices(self) -> dict[str, Do]:
        view, go = self._places.view(), self._places.go
        views = {f"Tab: {title}": view._replace(tab=name, drawer=None) for name, title in TABS.items()}
        views |= {
            f"Range: {title}": view._replace(range=name, begin=None, end=None) for name, (_, title) in RANGES.items()
        }
        views |= {
            f"Cost by {title.lower()}": view._replace(tab="cost", group=name, drawer=None)
            for name, title in GROUPS.items()
        }
        none: dict[str, Any] = dict.fromkeys(FILTERS, ())
        views |= {"Action: Clear all filters": view._replace(**none)} if view.is_filtered else {}
        views["Action: Alert rules"] = view._replace(drawer=(RULES, EVERY_RULE))
        saved = await self._places.saved()
        views |= {f"View: {row['name']}": view_at(row["view"]) for row in saved}
        for kind in ("user", "repository"):
            names = await self._places.names(view, kind)
            views |= {f"{GROUPS[kind]}: {name}": view._replace(drawer=(kind, name)) for name in names[:NAMES]}
        does: dict[str, Do] = {f"Action: {name}": do for name, do in self._places.actions.items()}
        return does | {name: lambda target=target: go(target) for name, target in views.items()}

    async def _chosen(self, event: events.ValueChangeEventArguments[Any]) -> None:
        do = self._does.get(str(event.value))
        if do is None:
            return
        self._dialog.close()
        done = do()
        if done is not None:
            await done
