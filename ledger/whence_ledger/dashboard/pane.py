"""A pane: a place on the screen that shows the newest picture asked for, and the one before until it is there."""

import logging
from collections.abc import Awaitable, Callable

from nicegui import ui

from whence_ledger.dashboard.card import nothing

_log = logging.getLogger(__name__)


class Pane:
    """``place`` holds one picture at a time."""

    def __init__(self, place: ui.element) -> None:
        self._place = place
        self._pictures = 0

    async def show(self, classes: str, draw: Callable[[], Awaitable[None]]) -> bool:
        """Put what ``draw`` draws in place of what is there; false if something newer was asked for meanwhile.

        Where it cannot be drawn, that is said.
        """
        self._pictures += 1
        mine = self._pictures
        with self._place:
            fresh = ui.element("div").classes(classes)
        try:
            with fresh:
                await draw()
        except Exception:
            _log.exception("The dashboard could not show a picture (%s)", classes)
            fresh.clear()
            with fresh, ui.element("div").classes("state").props("role=alert"):
                ui.label("The ledger did not answer").classes("state-title")
                nothing("Its log says why. This page tries again by itself.")
        if fresh.is_deleted:
            return False
        if mine != self._pictures:
            fresh.delete()
            return False
        for old in [child for child in self._place if child is not fresh]:
            old.delete()
        return True

    def clear(self) -> None:
        """Show nothing."""
        self._pictures += 1
        self._place.clear()
