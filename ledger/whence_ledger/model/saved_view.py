"""Saved views: names that people gave to views of the dashboard."""

from typing import NamedTuple

MAX_NAME, MAX_VIEW, MAX_VIEWS = 100, 4096, 500
"""The most characters in a name and in a view, and the most views of a ledger."""


class SavedView(NamedTuple):
    """``view``: the dashboard's query string, from ``?`` on. ``saved_by``: who saved it, if the ledger knows."""

    name: str
    view: str
    saved_by: str


class ViewError(Exception):
    """The view cannot be saved; the message says why."""


def name_of(text: str) -> str:
    """Return a name as it is stored: without space around it. Raises ``ViewError``."""
    name = text.strip()
    if not name or not name.isprintable():
        raise ViewError("Give the view a name of printable characters.")
    if len(name) > MAX_NAME:
        raise ViewError(f"The name has {len(name)} characters; the most is {MAX_NAME}.")
    return name
