"""Saved views: the dialog that lists, saves and deletes them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from nicegui import ui

from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.head import icon
from whence_ledger.dashboard.view import FILTERS, RANGES, TABS, View, saved, view_at
from whence_ledger.model.saved_view import MAX_NAME, ViewError, name_of

NOT_ADMIN = "Sign in with the admin token to save or delete views."
# With a key, the browser opens the link in another tab.
_FOLLOW = "event => { if (!event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); emit(); } }"

Row = dict[str, Any]


class Store(NamedTuple):
    """What the dialog asks of the ledger. ``save`` and ``delete``: ``None`` for viewers who may not."""

    list: Callable[[], Awaitable[Sequence[Row]]]
    save: Callable[[str, str], Awaitable[None]] | None
    delete: Callable[[str], Awaitable[None]] | None


class SavedViews:
    """A button and its dialog."""

    def __init__(self, store: Store, view: Callable[[], View], go: Callable[[View], None]) -> None:
        """Draw the button into the current element. ``view``: the current view. ``go``: shows another one."""
        self._store, self._view, self._go = store, view, go
        icon("bookmark_border", "Saved views", self.open)
        with ui.dialog().props('aria-label="Saved views"') as self._dialog, ui.card().classes("alerts saved-views"):
            ui.label("Saved views").classes("state-title").props('role="heading" aria-level="2"')
            self._list = ui.element("ul").classes("saved-list")
            self._form = ui.element("div").classes("saved-form")
            icon("close", "Close", self._dialog.close).classes("alerts-close")

    async def open(self) -> None:
        """Open the dialog."""
        await self._fill()
        self._form.clear()
        with self._form:
            self._draw_form()
        self._dialog.open()

    async def _fill(self) -> None:
        rows = await self._store.list()
        self._list.clear()
        with self._list:
            for row in rows:
                self._draw(row)
            if not rows:
                with ui.element("li"):
                    nothing("No views are saved yet.")

    def _draw(self, row: Row) -> None:
        name, view = row["name"], view_at(row["view"])
        with ui.element("li"):
            with ui.element("div").classes("insight-words"):
                link = ui.element("a").classes("name").on("click", lambda: self._follow(view), js_handler=_FOLLOW)
                link.props["href"] = saved(view)
                with link:
                    ui.label(name)
                ui.label(words_of(view)).classes("evidence")
            if self._store.delete:
                delete = ui.button(icon="delete", on_click=lambda: self._delete(name)).props("flat round dense")
                delete.props["aria-label"] = f"Delete the view {name}"

    def _draw_form(self) -> None:
        if self._store.save is None:
            nothing(NOT_ADMIN)
            return
        ui.label(f"Now: {words_of(self._view())}").classes("evidence")
        with ui.row().classes("saved-row"):
            name = ui.input("Name of this view").props(f"outlined dense maxlength={MAX_NAME}").classes("saved-name")
            button = ui.button("Save").props("unelevated no-caps")
        problem = ui.label().classes("problem").props("role=alert")

        async def save() -> None:
            assert self._store.save  # noqa: S101
            try:
                await self._store.save(name_of(name.value or ""), saved(self._view()))
            except ViewError as error:
                problem.set_text(str(error))
                return
            problem.set_text("")
            name.set_value("")
            await self._fill()

        button.on_click(save)
        name.on("keydown.enter", save)

    async def _delete(self, name: str) -> None:
        assert self._store.delete  # noqa: S101
        await self._store.delete(name)
        await self._fill()

    def _follow(self, view: View) -> None:
        self._dialog.close()
        self._go(view)


def words_of(view: View) -> str:
    """Say what a view shows: its tab, its range and its filters."""
    if view.begin and view.end:
        period = f"{view.begin:%Y-%m-%d %H:%M} to {view.end:%Y-%m-%d %H:%M} UTC"
    else:
        period = RANGES[view.range][1]
    filters = [value for name in FILTERS for value in getattr(view, name)]
    grouped = [f"by {view.group}"] if view.group != View().group else []
    return " · ".join([TABS[view.tab], period, *grouped, *filters])
