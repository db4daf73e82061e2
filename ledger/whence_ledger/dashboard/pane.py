"""A pane: a part of the page that keeps its old content until the new content is complete."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from nicegui import ui

from whence_ledger.dashboard.card import nothing

_log = logging.getLogger(__name__)


class Pane:
    """Shows one content at a time in the element ``place``. ``failed``: whether the last drawing did."""

    def __init__(self, place: ui.element) -> None:
        self._place = place
        self.failed = False
        self._drawing: asyncio.Task[None] | None = None

    async def show(self, classes: str, draw: Callable[[], Awaitable[None]], keeps: bool = False) -> bool:
        """Replace the content with what ``draw`` draws; return false if a newer call replaced this one.

        If ``draw`` raises an exception, log it and show an error message; if it ``keeps``, leave the former content.
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
        self.failed = failure is not None
        if failure:
            _log.error("Could not draw the dashboard (%s)", classes, exc_info=failure)
            if keeps:
                fresh.delete()
                return True
            fresh.clear()
            with fresh, ui.element("div").classes("state").props("role=alert"):
                ui.label("The ledger did not answer").classes("state-title")
                nothing("Its log has the reason. This page retries automatically.")
        for old in [child for child in self._place if child is not fresh]:
            old.delete()
        return True

    def clear(self) -> None:
        """Remove the content."""
        self._stop()
        self._place.clear()

    def _stop(self) -> None:
        # An unfinished drawing would add elements to deleted content, and the browser would still receive them.
        if self._drawing:
            self._drawing.cancel()
            self._drawing = None


async def _draw(picture: ui.element, draw: Callable[[], Awaitable[None]]) -> None:
    with picture:
        await draw()
