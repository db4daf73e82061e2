"""Check a saved view before either store writes it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from whence_ledger.model.query import Query
from whence_ledger.model.saved_view import MAX_VIEW, MAX_VIEWS, SavedView, ViewError

Ask = Callable[[str, Query], list[dict[str, Any]]]


def view_row(ask: Ask, view: SavedView) -> dict[str, Any]:
    """Return the row to store, saved now. Raises ``ViewError`` if the view is too long or there are too many."""
    if len(view.view) > MAX_VIEW:
        raise ViewError("The view has too many filters to be saved.")
    known = {row["name"] for row in ask("saved_views", Query())}
    if view.name not in known and len(known) >= MAX_VIEWS:
        raise ViewError(f"There are {len(known)} saved views. Delete one first.")
    return view._asdict() | {"saved_at": datetime.now(UTC).replace(tzinfo=None)}
