"""Share a drawer: a link to it, and its evidence as files."""

from nicegui import ui

from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.evidence.files import File, files_of
from whence_ledger.dashboard.evidence.gather import fixed, gather
from whence_ledger.dashboard.link import copy_link
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.view import FILTERS, only
from whence_ledger.model.query import Query


def share_buttons(look: Look) -> None:
    """Draw the buttons, and below them the files when they are ready."""
    with ui.row().classes("drawer-share"):
        # With a fixed range, so that others see the same data.
        copy = ui.button("Copy link", icon="link", on_click=lambda: copy_link(look.place, fixed(look.view)))
        copy.props("flat dense no-caps")
        _filter_button(look)
        export = ui.button("Export evidence", icon="description").props("flat dense no-caps")
    files = ui.element("div").classes("evidence-files").props('aria-live="polite"')

    async def made() -> None:
        export.disable()
        try:
            await _draw_files(look, files)
        finally:
            export.enable()

    export.on_click(made)


def _filter_button(look: Look) -> None:
    """Draw a button that filters the page by the drawer's subject."""
    kind, about = look.view.drawer or ("", "")
    name = "user" if kind == "unmanaged" else kind
    if name not in FILTERS or (name in {"user", "model"} and about == UNKNOWN):
        return
    view = only(look.view, name, about)
    if kind == "unmanaged":
        view = only(view, "label", "Unmanaged")
    button = ui.button(
        f"Show only this {name}", icon="filter_alt", on_click=lambda: look.go(view._replace(drawer=None))
    )
    button.props("flat dense no-caps")


async def _draw_files(look: Look, place: ui.element) -> None:
    async def ask(question: str, query: Query) -> list[Row]:
        return await look.answers.ask(look.viewer, question, query)

    pack = await gather(ask, look.view, look.keep, look.place.url)
    place.clear()
    with place:
        if pack is None:
            nothing("This session is no longer in the ledger.")
            return
        for file in files_of(pack):
            _file(file)


def _file(file: File) -> None:
    with ui.row().classes("evidence-file"):
        form = file.name.rpartition(".")[2].upper()
        save = ui.button(form, icon="download", on_click=lambda: ui.download.content(file.content, file.name))
        save.props("flat dense no-caps").props["aria-label"] = f"Download the evidence as {form}"
        ui.label(f"SHA-256 {file.sha256}").classes("evidence-sha")
