"""Copy the address of a view as others open it."""

from nicegui import ui

from whence_ledger.dashboard.setup import Place
from whence_ledger.dashboard.view import View, write_view


def copy_link(place: Place, view: View) -> None:
    """Put a view's address into the clipboard, where the browser reached the ledger, and say so."""
    ui.clipboard.write(f"{place.url.rstrip('/')}/{write_view(view)}")
    ui.notify("Link copied", type="positive")
