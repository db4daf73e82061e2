"""The page at ``/``: what each repository cost, as a plain table."""

from fastapi import APIRouter, Depends, Request, Response
from jinja2 import Environment, PackageLoader

from whence_ledger.api import Filters, answer
from whence_ledger.auth import Role, requires

router = APIRouter(dependencies=[Depends(requires(Role.READ))], include_in_schema=False)

_templates = Environment(loader=PackageLoader("whence_ledger"), autoescape=True)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@router.get("/")
async def index(request: Request, chosen: Filters) -> Response:
    """The repositories report; takes the same filters as the API."""
    rows = await answer(request, "repositories", chosen)
    totals = (await answer(request, "overview", chosen))[0]
    html = _templates.get_template("index.html").render(rows=rows, totals=totals)
    return Response(html, media_type="text/html", headers=_HEADERS)
