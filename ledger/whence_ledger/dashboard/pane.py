"""A pane: a place on the screen that shows the newest picture asked for, and the one before until it is there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from nicegui import ui

from whence_ledger.dashboard.card import nothing

_log = logging.getLogger(__name__)


class Pane:
    """``place`` holds one picture at a time."""

    def __init__(self, place: ui.element) -> None:
        self._place = place
        self._drawing: asyncio.Task[None] | None = None

    async def show(self, classes: str, draw: Callable[[], Awaitable[None]]) -> bool:
        """Replace the picture with what ``draw`` draws; return false if another was asked for meanwhile.

        If ``draw`` fails, show that instead.
        """
        self._stop()
        with self._place:
            fresh = ui.element("div").classes(classes)
        drawing = self._drawing = asyncio.create_task(_draw(fresh, draw))
        try:
            await asyncio.wait({drawing})
        finally:
            drawing.cancel()
        failure = None if drawing.cancelled() else drawing.exception()
        if fresh.is_deleted:
            return False
        if drawing.cancelled() or self._drawing is not drawing:
            fresh.delete()
            return False
        if failure:
            _log.error("The dashboard could not show a picture (%s)", classes, exc_info=failure)
            fresh.clear()
            with fresh, ui.element("div").classes("state").props("role=alert"):
                ui.label("The ledger did not answer").classes("state-title")
                nothing("Its log says why. This page tries again by itself.")
        for old in [child for child in self._place if child is not fresh]:
            old.delete()
        return True

    def clear(self) -> None:
        """Show nothing."""
        self._stop()
        self._place.clear()

    def _stop(self) -> None:
        # What is still being drawn would be added to a picture that is gone: the browser would get it all the same.
        if self._drawing:
            self._drawing.cancel()
            self._drawing = None


async def _draw(picture: ui.element, draw: Callable[[], Awaitable[None]]) -> None:
    with picture:
        await draw()
