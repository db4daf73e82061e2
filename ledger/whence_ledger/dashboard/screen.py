"""The screen: the dashboard in one browser tab, from its first drawing until the tab is closed."""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import duckdb
import nicegui
from nicegui import background_tasks, events, ui
from nicegui.client import ClientConnectionTimeout
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State as Server

from whence_ledger.dashboard import drawers
from whence_ledger.dashboard.bell import Bell
from whence_ledger.dashboard.card import card, show_mark
from whence_ledger.dashboard.empty import State, say, state_of
from whence_ledger.dashboard.head import Acts, Head, icon
from whence_ledger.dashboard.link import copy_link
from whence_ledger.dashboard.look import Answers, Leafed, Look
from whence_ledger.dashboard.palette import Palette, Places
from whence_ledger.dashboard.pane import Pane
from whence_ledger.dashboard.picture import Picture
from whence_ledger.dashboard.saved_views import SavedViews
from whence_ledger.dashboard.saved_views import Store as Saved
from whence_ledger.dashboard.setup import Chain, checklist
from whence_ledger.dashboard.sheet import Table
from whence_ledger.dashboard.stale import Answered, reason_of
from whence_ledger.dashboard.tabs import ASK, DRAW
from whence_ledger.dashboard.view import WITHIN_DAYS, View, period_of, query_of, view_at, with_sort, write_view
from whence_ledger.dashboard.viewer import Viewer, zone_of
from whence_ledger.model.case import Case, Status
from whence_ledger.model.saved_view import SavedView
from whence_ledger.store.damage import StoreError
from whence_ledger.store.turns import BusyError

REFRESH_SECONDS = 60
WAIT_SECONDS = 2
"""How often an empty page checks for data, and an old one whether there are answers again."""
MAX_ORIGIN = 300
CONNECT_SECONDS = 120
"""How long a browser may take to connect and to report its time zone; a busy machine is slow at both."""
_FILES = files("whence_ledger.dashboard")
_log = logging.getLogger(__name__)


def sign_out() -> None:
    """End the viewer's session."""
    ui.run_javascript("fetch('/sign-out', {method: 'POST'}).then(() => { location.href = '/sign-in'; })")


def _ahead() -> list[str]:
    """Return the scripts that tabs and drawers need, as NiceGUI serves them."""
    kinds: tuple[type[ui.element], ...] = (Picture, Table, ui.html, ui.input)
    keys = [kind.component.key for kind in kinds if kind.component]
    return ["nicegui-echart", *(f"/_nicegui/{nicegui.__version__}/components/{key}" for key in keys)]


class Screen:
    """Shows ``view``; everything on the page follows from it and from the ledger."""

    def __init__(self, answers: Answers, server: Server, view: View, viewer: Viewer) -> None:
        """Draw the frame into the current page; ``start`` fills it. ``server``: the server's state."""
        self.view = view
        self._answers, self._server = answers, server
        self._place = viewer.place
        self._shown: State | None = None
        self._answered: Answered | None = None
        self._is_stale = False
        self._locale, self._zone = viewer.locale, zone_of(viewer.zone)
        self._knows_zone = bool(viewer.zone)
        self._sheets: dict[str, Leafed] = {}
        self._client = ui.context.client
        self._decider = viewer.decider if viewer.is_admin else None
        self._viewer = f"{viewer.name.replace(' ', '')} {self._client.id}"
        self._client.on_delete(lambda: answers.leave(self._viewer))
        ui.add_css(_FILES.joinpath("style.css").read_text(encoding="utf-8"))
        ui.add_head_html(f"<script>const whenceAhead = {json.dumps(_ahead())};</script>")
        ui.add_head_html(f"<script>{_FILES.joinpath('page.js').read_text(encoding='utf-8')}</script>")
        ui.colors(primary="#0072B2")
        self._dark = ui.dark_mode(viewer.dark)
        leave = sign_out if viewer.signs_in else None
        acts = Acts(self.go, self._choices, self._draw, self._pause, self._switch, lambda: self._zone, leave)
        self._head = Head(view, acts)
        self._bell: Bell | None = None
        if server.watch:
            with self._head.end:
                self._bell = Bell(server.watch, lambda: self._zone, self._go_soon, lambda: self.view, viewer.is_admin)
        with self._head.end:
            self._saved_views = self._draw_saved_views()
        Palette(Places(lambda: self.view, self.go, self._choices, self._saved_rows, self._actions(acts)))
        content = ui.element("div").classes("content")
        self._content = Pane(content)
        with content:
            ui.spinner(size="lg").classes("loading")
        self._dialog = ui.dialog().props("position=right full-height transition-duration=120")
        self._dialog.on_value_change(self._closed)
        self._dialog.on("hide", self._hidden)
        self._dialog.props["aria-label"] = "Details"
        with self._dialog:
            self._drawer = Pane(ui.element("div").classes("drawer"))
        ui.on("whence-view", self._navigated)
        ui.on("whence-browser", self._moved)
        self._timer = ui.timer(REFRESH_SECONDS, self._draw, immediate=False)
        self._waiting = ui.timer(WAIT_SECONDS, self._wait, active=False, immediate=False)

    async def start(self) -> None:
        """Draw the page for the first time, once the browser's time zone is known."""
        if not self._knows_zone:
            # The store answers while the browser fetches and compiles the scripts.
            background_tasks.create(self._ask_ahead())
            try:
                await self._client.connected(timeout=CONNECT_SECONDS)
                self._told(await self._client.run_javascript("whenceBrowser", timeout=CONNECT_SECONDS))
            except ClientConnectionTimeout:
                # Not a browser: nobody is waiting for the page.
                return
            except TimeoutError:
                _log.warning("A browser did not report its time zone; using UTC")
            self._knows_zone = True
            self._head.show(self.view)
        await self._draw()
        self._show_mark()
        await self._draw_drawer()

    async def _ask_ahead(self) -> None:
        look = self._look()
        # What fails is asked again, and said, when the page is drawn.
        with suppress(BusyError, StoreError, duckdb.Error, asyncio.CancelledError):
            if await state_of(look, self._server) is None:
                await ASK[look.view.tab](look)

    async def go(self, view: View, push: bool = True) -> None:
        """Show another view and update the address bar."""
        if push:
            # Keep the tables' sorting, which callers do not pass.
            view = view._replace(sort=self.view.sort)
            # A mark belongs to the view that it was made for.
            if view.mark == self.view.mark and view._replace(drawer=None) != self.view._replace(drawer=None):
                view = view._replace(mark=None)
        if view == self.view:
            return
        before, self.view = self.view, view
        with self._client:
            self._head.show(view)
            if push:
                ui.navigate.history.push(write_view(view))
            if before._replace(drawer=None) != view._replace(drawer=None):
                self._sheets.clear()
                await self._draw()
                self._show_mark()
            await self._draw_drawer()

    def _show_mark(self) -> None:
        if self.view.mark:
            show_mark(*self.view.mark)

    def _go_soon(self, view: View) -> None:
        background_tasks.create(self.go(view))

    def _draw_saved_views(self) -> SavedViews:
        may = self._decider is not None
        asked = Saved(self._saved_rows, self._save_view if may else None, self._forget_view if may else None)
        return SavedViews(asked, lambda: self.view, self._go_soon)

    def _actions(self, acts: Acts) -> dict[str, Callable[[], Any]]:
        """Return what the palette can do, by its name."""
        actions: dict[str, Callable[[], Any]] = {
            "Refresh now": acts.refresh,
            "Pause or resume the automatic refresh": self._head.pause,
            "Light or dark": acts.switch,
            "Saved views": self._saved_views.open,
            "Copy link": lambda: copy_link(self._place, self.view),
            "Keyboard shortcuts": lambda: ui.run_javascript("whenceShortcuts()") and None,
        }
        if self._bell:
            actions["Alerts"] = self._bell.open
        return actions | ({"Sign out": acts.sign_out} if acts.sign_out else {})

    async def _saved_rows(self) -> list[dict[str, Any]]:
        return await self._answers.ask_now(self._viewer, "saved_views")

    async def _save_view(self, name: str, view: str) -> None:
        await run_in_threadpool(self._server.store.put_view, SavedView(name, view, self._decider or ""))

    async def _forget_view(self, name: str) -> None:
        await run_in_threadpool(self._server.store.forget_view, name)

    def _sort(self, table: str, column: str | None, descending: bool) -> None:
        self.view = with_sort(self.view, table, column, descending)
        self._head.show(self.view)
        ui.navigate.history.replace(write_view(self.view))

    async def _choices(self, view: View, name: str) -> list[str]:
        every = View(range=view.range, begin=view.begin, end=view.end)
        asked = query_of(every, period_of(every), self._server.keep)
        rows = await self._answers.ask(self._viewer, "choices", asked)
        return [row["name"] for row in rows if row["kind"] == name]

    async def _navigated(self, event: events.GenericEventArguments) -> None:
        """Handle the browser's back and forward buttons."""
        await self.go(view_at(str(event.args)), push=False)

    async def _moved(self, event: events.GenericEventArguments) -> None:
        """Handle the browser's report of its time zone and of the address where it reached the ledger."""
        place, zone = self._place, self._zone
        self._told(event.args)
        if not self._knows_zone:
            # The first drawing is still to come: drawn now, it would be replaced while somebody clicks on it.
            return
        if str(zone) != str(self._zone):
            self._head.show(self.view)
            # Days are in UTC; only hours are in the viewer's time zone.
            if period_of(self.view).bucket in WITHIN_DAYS:
                await self._draw()
            await self._draw_drawer()
        elif place != self._place:
            await self._draw()
            await self._draw_drawer()

    def _told(self, browser: Any) -> None:
        if isinstance(browser, dict):
            self._zone = zone_of(str(browser.get("zone")))
            self._place = self._place._replace(url=str(browser.get("origin"))[:MAX_ORIGIN])
            if self._bell:
                self._bell.move()

    def _pause(self) -> bool:
        self._timer.active = not self._timer.active
        return bool(self._timer.active)

    async def _switch(self) -> None:
        self._dark.set_value(await ui.run_javascript("whenceSwitchScheme()"))

    async def _closed(self, event: events.ValueChangeEventArguments[bool]) -> None:
        if not event.value:
            await self.go(self.view._replace(drawer=None))

    def _hidden(self) -> None:
        """Clear the drawer after it slid out, unless it was opened again."""
        if not self._dialog.value:
            self._drawer.clear()

    def _look(self) -> Look:
        period = period_of(self.view)
        asked = query_of(self.view, period, self._server.keep)
        return Look(
            self._answers,
            self._viewer,
            self.view,
            period,
            asked,
            self._locale,
            self._zone,
            self._go_soon,
            self._sheets,
            self._place,
            self._sort,
            self._server.keep,
            self._decide if self._decider else None,
            self._server.working,
            self._server.watch,
        )

    async def _decide(self, user: str, repository: str, status: Status, note: str, day: date) -> None:
        case = Case(user, repository, status, note, day, self._decider or "")
        await run_in_threadpool(self._server.store.put_case, case)
        self._answers.forget()
        # Lists say what is settled.
        background_tasks.create(self._draw())

    async def _draw(self) -> None:
        look, view = self._look(), self.view._replace(drawer=None)

        async def draw() -> None:
            self._shown = state = await state_of(look, self._server)
            self._waiting.active = state is not None
            if isinstance(state, Chain) and state.sessions:
                with card("Next steps", "next-steps", "wide"):
                    checklist(state, self._place)
            if state is None or (isinstance(state, Chain) and state.sessions):
                await DRAW[look.view.tab](look)
            else:
                with ui.element("div").classes("state"):
                    await say(look, state)

        begun = datetime.now(UTC)
        keeps = self._answered is not None and self._answered.view == view
        if await self._content.show(f"tab tab-{look.view.tab}", draw, keeps):
            if not self._content.failed:
                self._answered = Answered(view, begun)
                self._head.refreshed(datetime.now(UTC).astimezone(self._zone))
            elif not keeps:
                self._answered = None
            self._warn()
            if self._bell:
                self._bell.refresh()

    def _warn(self) -> None:
        """Say whether the figures are old, and check soon whether there are newer ones."""
        failed = self._content.failed
        words = reason_of(self._server, self._answered, self._zone, failed)
        self._is_stale = bool(words)
        self._head.warn(words)
        self._waiting.active = self._is_stale or self._shown is not None

    async def _wait(self) -> None:
        """Redraw the page when its state changes, or when there are answers again."""
        was_stale, failed = self._is_stale, self._content.failed
        try:
            state = await state_of(self._look(), self._server)
        except (BusyError, StoreError, duckdb.Error):
            # The timer retries soon.
            return
        if not failed:
            self._warn()
        if state != self._shown or failed or was_stale != self._is_stale:
            self._answers.forget()
            await self._draw()
            if self._drawer.failed:
                await self._draw_drawer()

    async def _draw_drawer(self) -> None:
        look = self._look()
        if not look.view.drawer:
            self._dialog.close()
            return
        kind, about = look.view.drawer

        async def draw() -> None:
            icon("close", "Close", self._dialog.close).classes("drawer-close")
            await drawers.draw(look, kind, about)

        if not self._dialog.value:
            # The browser sends no "hide" event if the drawer is reopened before it has closed.
            self._drawer.clear()
        # The drawer slides in with its title while the query runs.
        self._dialog.open()
        await self._drawer.show("drawer-content", draw)
