"""The web application: API and dashboard, without the telemetry receiver."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import State
from starlette.exceptions import HTTPException

from whence_ledger.access import sign_in
from whence_ledger.access.problem import http_error, store_error, unexpected_error, validation_error
from whence_ledger.access.security_headers import SafeHeaders
from whence_ledger.dashboard import page
from whence_ledger.store.damage import StoreError
from whence_ledger.store.store import Store
from whence_ledger.web import alerts as alert_api
from whence_ledger.web import api, backup, cases, evidence, report, views


def create_web(state: State) -> FastAPI:
    """Return the web application over ``state.store``."""
    web = FastAPI(title="whence ledger", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
    web.add_exception_handler(HTTPException, http_error)
    web.add_exception_handler(StoreError, store_error)
    web.add_exception_handler(RequestValidationError, validation_error)
    web.add_exception_handler(Exception, unexpected_error)
    routers = [report.router, api.router, cases.router, views.router, evidence.router, sign_in.router]
    if isinstance(state.store, Store):
        routers.append(backup.router)
    if state.watch:
        routers.append(alert_api.router)
    for router in routers:
        # Not ``include_router``: it would build every route a second time, which takes longer than opening the ledger.
        web.router.routes.extend(router.routes)
    web.add_api_route("/api/v1/backup", backup.elsewhere, methods=["GET", "PUT"], include_in_schema=False)
    web.add_api_route("/api/{path:path}", _no_such, include_in_schema=False)
    web.add_middleware(SafeHeaders)
    web.state = state
    page.mount(web, state)
    return web


async def _no_such(path: str) -> None:
    # Otherwise the dashboard would answer with a page.
    raise HTTPException(404, "Not Found")
