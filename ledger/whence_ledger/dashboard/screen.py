"""The screen: one browser tab that looks at the ledger, from its first picture until it is closed."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nicegui import background_tasks, events, ui
from nicegui.client import ClientConnectionTimeout

from whence_ledger.alert.watch import Watch
from whence_ledger.dashboard import drawer
from whence_ledger.dashboard.bell import Bell
from whence_ledger.dashboard.card import command, nothing
from whence_ledger.dashboard.head import Acts, Head, icon
from whence_ledger.dashboard.look import Answers, Leafed, Look
from whence_ledger.dashboard.pane import Pane
from whence_ledger.dashboard.tabs import DRAW
from whence_ledger.dashboard.view import View, parameters, period_of, read_view, write_view

REFRESH_SECONDS = 60
CONNECT_SECONDS = 10
_FILES = files("whence_ledger.dashboard")
_log = logging.getLogger(__name__)


class Viewer(NamedTuple):
    """Who looks. ``zone``: the name of their time zone, or nothing. ``signs_in``: whether that takes a token.
    ``is_admin``: whether they may silence alerts. ``name``: a user or an address."""

    locale: str
    zone: str
    signs_in: bool
    is_admin: bool
    name: str


def sign_out() -> None:
    """End the viewer's session."""
    ui.run_javascript("fetch('/sign-out', {method: 'POST'}).then(() => { location.href = '/sign-in'; })")


class Screen:
    """``view`` is what it shows; everything else follows from that and from the ledger."""

    def __init__(
        self, answers: Answers, keep: timedelta | None, view: View, viewer: Viewer, watch: Watch | None
    ) -> None:
        """Draw the frame where the page is being built; ``start`` fills it. ``watch``: of the alerts, if any are."""
        self.view = view
        self._answers, self._keep = answers, keep
        self._locale, self._zone = viewer.locale, zone_of(viewer.zone)
        self._knows_zone = bool(viewer.zone)
        self._sheets: dict[str, Leafed] = {}
        self._client = ui.context.client
        self._viewer = f"{viewer.name.replace(' ', '')} {self._client.id}"
        self._client.on_delete(lambda: answers.leave(self._viewer))
        ui.add_css(_FILES.joinpath("style.css").read_text(encoding="utf-8"))
        ui.add_head_html(f"<script>{_FILES.joinpath('page.js').read_text(encoding='utf-8')}</script>")
        ui.colors(primary="#0072B2")
        self._dark = ui.dark_mode(None)
        leave = sign_out if viewer.signs_in else None
        acts = Acts(self.go, self._choices, self._draw, self._pause, self._switch, lambda: self._zone, leave)
        self._head = Head(view, acts)
        self._bell: Bell | None = None
        if watch:
            with self._head.end:
                self._bell = Bell(watch, lambda: self._zone, self._go_soon, viewer.is_admin)
        content = ui.element("div").classes("content")
        self._content = Pane(content)
        with content:
            ui.spinner(size="lg").classes("loading")
        self._dialog = ui.dialog().props("position=right full-height transition-duration=120").on("hide", self._closed)
        self._dialog.props["aria-label"] = "Details"
        with self._dialog:
            self._drawer = Pane(ui.element("div").classes("drawer"))
        ui.on("whence-view", self._navigated)
        ui.on("whence-zone", self._moved)
        self._timer = ui.timer(REFRESH_SECONDS, self._draw, immediate=False)

    async def start(self) -> None:
        """Draw the page for the first time: at once if the browser named its time zone, else when it has."""
        if not self._knows_zone:
            try:
                await self._client.connected(timeout=CONNECT_SECONDS)
                self._zone = zone_of(str(await self._client.run_javascript("whenceZone", timeout=CONNECT_SECONDS)))
            except ClientConnectionTimeout:
                # Not a browser: nobody waits for the page.
                return
            except TimeoutError:
                _log.warning("A browser did not name its time zone: it gets UTC")
            self._head.show(self.view)
        await self._draw()
        await self._draw_drawer()

    async def go(self, view: View, push: bool = True) -> None:
        """Show another view, and put it into the address bar."""
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
            await self._draw_drawer()

    def _go_soon(self, view: View) -> None:
        background_tasks.create(self.go(view))

    async def _choices(self, view: View, name: str) -> list[str]:
        every = View(range=view.range, begin=view.begin, end=view.end)
        asked = parameters(every, period_of(every), self._keep)
        rows = await self._answers.ask(self._viewer, "choices", asked)
        return [row["name"] for row in rows if row["kind"] == name]

    async def _navigated(self, event: events.GenericEventArguments) -> None:
        """The browser went back or forward."""
        query = parse_qsl(str(event.args).removeprefix("?"), max_num_fields=1000)
        await self.go(read_view(query), push=False)

    async def _moved(self, event: events.GenericEventArguments) -> None:
        """The browser says in which time zone it is."""
        zone = zone_of(str(event.args))
        if str(zone) != str(self._zone):
            self._zone = zone
            self._head.show(self.view)
            # Days are UTC's; only hours are the viewer's.
            if period_of(self.view).bucket == "hour":
                await self._draw()
            await self._draw_drawer()

    def _pause(self) -> bool:
        self._timer.active = not self._timer.active
        return bool(self._timer.active)

    async def _switch(self) -> None:
        is_dark = await ui.run_javascript("document.body.classList.contains('body--dark')")
        self._dark.set_value(not is_dark)

    async def _closed(self) -> None:
        ui.run_javascript("whenceRefocus()")
        self._drawer.clear()
        await self.go(self.view._replace(drawer=None))

    def _look(self) -> Look:
        period = period_of(self.view)
        asked = parameters(self.view, period, self._keep)
        return Look(
            self._answers, self._viewer, self.view, period, asked, self._locale, self._zone, self._go_soon, self._sheets
        )

    async def _draw(self) -> None:
        look = self._look()

        async def draw() -> None:
            if not await self._state(look):
                await DRAW[look.view.tab](look)

        if await self._content.show(f"tab tab-{look.view.tab}", draw):
            self._head.refreshed(datetime.now(UTC).astimezone(self._zone))
            if self._bell:
                self._bell.refresh()

    async def _state(self, look: Look) -> bool:
        """Say what to do where there is nothing to show."""
        if (await look.ask("any"))[0]["found"]:
            return False
        with ui.element("div").classes("state"):
            if look.view.is_filtered:
                ui.label("Nothing matches these filters").classes("state-title")
                nothing("Choose another time range, or clear the filters.")
            elif not await self._answers.is_empty():
                ui.label("No sessions in this range").classes("state-title")
                nothing("Choose a longer time range.")
            else:
                ui.label("No sessions yet").classes("state-title")
                nothing("Work in Claude Code where the hook is installed. On another machine, install it with:")
                command("./install.sh --endpoint https://THIS-LEDGER --token INGEST-TOKEN")
                nothing("On this machine, see whether everything is in place:")
                command("whence doctor")
        return True

    async def _draw_drawer(self) -> None:
        look = self._look()
        if not look.view.drawer:
            self._dialog.close()
            return
        kind, about = look.view.drawer

        async def draw() -> None:
            icon("close", "Close", self._dialog.close).classes("drawer-close")
            await drawer.draw(look, kind, about)

        # It slides in with its title while the ledger is asked for the rest.
        self._dialog.open()
        await self._drawer.show("drawer-content", draw)


def zone_of(name: str) -> tzinfo:
    """The time zone of that name; UTC where there is none."""
    try:
        return ZoneInfo(name) if name and len(name) < 100 else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def zone_of_cookie(cookies: Mapping[str, str]) -> str:
    """The time zone that the browser told before."""
    return unquote(cookies.get("whence_zone", ""))
