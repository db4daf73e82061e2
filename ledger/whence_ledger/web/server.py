"""The server: the telemetry receiver and, once it has loaded, the web application, on one port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import CapacityLimiter
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from whence_ledger.access.auth import Tokens
from whence_ledger.access.browser_session import Sessions
from whence_ledger.access.gate import Gate
from whence_ledger.access.problem import http_error, unexpected_error
from whence_ledger.access.proxy import Proxy
from whence_ledger.alert.keep import BookFile, SharedBook
from whence_ledger.alert.rule import Rules
from whence_ledger.alert.watch import Watch
from whence_ledger.ingest import receiver
from whence_ledger.ingest.commit import Committer
from whence_ledger.ingest.room import Room
from whence_ledger.model.working_hours import WorkingHours
from whence_ledger.store.store import Store
from whence_ledger.store.turns import REMOTE_PLACES, Turns
from whence_ledger.store.upkeep import Upkeep
from whence_ledger.web import test_session as trial

if TYPE_CHECKING:
    from fastapi import FastAPI

    # Imported for types only: it needs the extra "clickhouse".
    from whence_ledger.store.clickhouse import ClickHouseStore

DECODERS = 2
"""Large requests decoded at the same time: each takes one processor and up to 100 MB."""
GRACE_SECONDS = 5
"""How long gRPC calls may take to finish on shutdown."""
GATHER_SECONDS = 0.1
"""How long requests gather between two inserts into ClickHouse, which prefers few large ones."""
LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]


def create_server(  # noqa: PLR0917
    store: "Store | ClickHouseStore",
    tokens: Tokens,
    keep: timedelta | None = None,
    proxy: Proxy | None = None,
    rules: Rules | None = None,
    folder: Path | None = None,
    grpc: str | None = None,
    working: WorkingHours = WorkingHours(),  # noqa: B008 immutable
) -> Starlette:
    """Return the application over ``store``; it closes ``store`` on shutdown. ``keep``: how long to keep sessions
    (``None``: forever). ``folder``: where to store ended browser sessions (``None``: in memory). ``grpc``: where
    to receive OTLP over gRPC, host and port (``None``: nowhere). ``working``: the organization's working hours."""

    @asynccontextmanager
    async def lifespan(server: Starlette) -> AsyncIterator[None]:
        if isinstance(store, Store):
            committer, upkeep = Committer(store, keep), None
        else:
            committer, upkeep = Committer(store, gathers=GATHER_SECONDS, tidies=False), Upkeep(store, keep)
        server.state.committer = committer
        server.state.room, server.state.decoding = Room(), CapacityLimiter(DECODERS)
        receiving = None
        if grpc:
            # Imported lazily: it needs the extra "grpc".
            from whence_ledger.ingest.grpc_receiver import start_grpc  # noqa: PLC0415

            receiving = await start_grpc(server.state, grpc)
        if server.state.watch:
            server.state.watch.start()
        async with AsyncExitStack() as running:
            server.state.web = asyncio.create_task(_load(server.state, running))
            yield
            server.state.web.cancel()
        if receiving:
            await receiving.stop(GRACE_SECONDS)
        if server.state.watch:
            await run_in_threadpool(server.state.watch.close)
        server.state.turns.close()
        await run_in_threadpool(committer.close)
        if upkeep:
            await run_in_threadpool(upkeep.close)
        store.close()

    # Without tokens, only the address protects the ledger: check the Host header against DNS rebinding.
    lock = [Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_NAMES)] if tokens.missing() else []
    trials = [Route("/v1/sessions/{session}", trial.withdraw, methods=["DELETE"])] if isinstance(store, Store) else []
    server = Starlette(
        # Telemetry arrives all the time and bypasses the middleware that only the API needs.
        routes=[Route("/v1/{signal}", receiver.receive, methods=["POST"]), *trials, Mount("/", _web)],
        middleware=[*lock, Middleware(Gate)],
        exception_handlers={HTTPException: http_error, Exception: unexpected_error},
        lifespan=lifespan,
    )
    server.state.store, server.state.tokens, server.state.keep = store, tokens, keep
    server.state.working = working
    # Whether the store takes rows as the Collector's exporter writes them.
    server.state.exports = not isinstance(store, Store)
    server.state.proxy = proxy or Proxy()
    server.state.sessions = Sessions(tokens, folder and folder / "sessions.json")
    server.state.turns = Turns(store, grouped=store) if isinstance(store, Store) else Turns(store, REMOTE_PLACES)
    # has_received: whether any telemetry arrived since the start. progress: of loading a demo.
    server.state.has_received, server.state.progress = False, None
    server.state.watch = None
    if rules is not None:
        kept = BookFile(store.folder / "alerts.json") if isinstance(store, Store) else SharedBook(store.duty())
        server.state.watch = Watch(store.ask_alert, rules, kept)
    return server


async def _load(state: State, running: AsyncExitStack) -> ASGIApp:
    """Load and start the web application; it stops with ``running``."""

    def create() -> "FastAPI":
        # Slow to import: loaded in the background, so that telemetry does not wait for it after a restart.
        from whence_ledger.web.app import create_web  # noqa: PLC0415

        return create_web(state)

    web = await run_in_threadpool(create)
    await running.enter_async_context(web.router.lifespan_context(web))
    return web


async def _web(scope: Scope, receive: Receive, send: Send) -> None:
    web: ASGIApp = await asyncio.shield(scope["app"].state.web)
    await web(scope, receive, send)
