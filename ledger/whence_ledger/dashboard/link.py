"""Copy the address of a view as others open it."""

from whence_ledger.dashboard.clipboard import copy_text
from whence_ledger.dashboard.setup import Place
from whence_ledger.dashboard.view import View, write_view


def copy_link(place: Place, view: View) -> None:
    """Put a view's address into the clipboard, where the browser reached the ledger, and say so."""
    copy_text(f"{place.url.rstrip('/')}/{write_view(view)}", "Link copied")
