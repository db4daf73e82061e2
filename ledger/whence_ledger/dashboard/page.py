"""The page at ``/``: one ``Screen`` for each browser tab."""

from functools import partial

from fastapi import FastAPI
from nicegui import core, ui
from starlette.datastructures import State
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request

from whence_ledger.dashboard.look import Answers
from whence_ledger.dashboard.screen import Screen
from whence_ledger.dashboard.view import read_view
from whence_ledger.dashboard.viewer import viewer_at

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0072B2"/>'
    '<path d="M6 10l4 13 6-10 6 10 4-13" fill="none" stroke="#fff" stroke-width="3"/></svg>'
)


def mount(web: FastAPI, state: State) -> None:
    """Serve the dashboard of ``state.store`` under every path of ``web`` that has no other route."""

    answers = Answers(state.turns)
    # NiceGUI's socket allows every origin, with credentials. Our page has the same origin and needs no CORS.
    core.sio.eio.cors_allowed_origins = []

    @ui.page("/", title="whence", favicon=_ICON, language="en-US", response_timeout=30)
    async def index(request: Request) -> None:
        view = read_view(request.query_params.multi_items())
        await Screen(answers, state, view, viewer_at(request, state)).start()

    ui.run_with(
        web,
        title="whence",
        dark=None,
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=10,
        # Half the time of the default, 9, for 4 % more bytes.
        gzip_middleware_factory=partial(GZipMiddleware, compresslevel=4),
    )
