"""The ledger, as the classifier sees it: what it has observed, and where the labels go."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from os import environ
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx

from whence_classifier.error import ClassifierError
from whence_classifier.judge import Judgement, Observation
from whence_classifier.scope import Scope
from whence_contract.address import PlainHTTPError, allows_plain_http, authorization, route
from whence_contract.page import PageError, next_page
from whence_contract.repository import Repository

TIMEOUT_SECONDS = 60


class Owner(NamedTuple):
    """An owner of repositories, and how many people worked in them."""

    host: str
    name: str
    users: int


def get_observations(ledger: str, token: str | None) -> list[Observation]:
    """Every repository that the ledger has seen (``GET /api/v1/observations``)."""
    rows = _rows(ledger, "observations", token)
    try:
        observations = [
            Observation(
                Repository(row["host"], row["owner"], row["name"]),
                tuple(row["root_commits"]),
                row["label"],
                row["reason"],
                row.get("scope", ""),
                date.fromisoformat(row["left_on"]) if row.get("left_on") else None,
                date.fromisoformat(row["last_seen"][:10]) if row.get("last_seen") else None,
            )
            for row in rows
        ]
        # A repository that the ledger sees for the first time meanwhile moves others to the next page.
        return list({one.repository: one for one in observations}.values())
    except (KeyError, TypeError, ValueError) as error:
        raise ClassifierError(f"{ledger} answers like no ledger of this version.") from error


def get_scopes(ledger: str, token: str | None) -> list[Scope]:
    """Return what the runs so far judge (``GET /api/v1/labels/scopes``); nothing from a ledger that keeps no scopes."""
    rows = _rows(ledger, "labels/scopes", token, optional=True)
    try:
        return [Scope(row["host"], row["organization"], row["organization_id"]) for row in rows]
    except (KeyError, TypeError) as error:
        raise ClassifierError(f"{ledger} answers like no ledger of this version.") from error


def forget_scope(ledger: str, token: str | None, scope: Scope) -> None:
    """Remove a scope, so that other runs may judge what it held (``DELETE /api/v1/labels/scopes``)."""
    _request("DELETE", ledger, f"{ledger.rstrip('/')}/api/v1/labels/scopes?scope={quote(scope.key, safe='')}", token)


def get_owners(ledger: str, token: str | None) -> list[Owner]:
    """Return the owners of repositories that people worked in within 90 days, most people first
    (``GET /api/v1/owners``); nothing from a ledger that does not count them."""
    since = (datetime.now(UTC) - timedelta(days=90)).date()
    rows = _rows(ledger, f"owners?from={since}", token, optional=True)
    try:
        return [Owner(row["host"], row["owner"], row["users"]) for row in rows]
    except (KeyError, TypeError) as error:
        raise ClassifierError(f"{ledger} answers like no ledger of this version.") from error


def get_changes(ledger: str, token: str | None) -> list[dict[str, str | None]]:
    """Which labels changed, the newest first (``GET /api/v1/labels/changes``)."""
    return _rows(ledger, "labels/changes", token)


def put_labels(
    ledger: str,
    token: str | None,
    scopes: Sequence[Scope],
    judgements: Sequence[Judgement],
) -> None:
    """Store the result of a complete classification (``PUT /api/v1/labels``)."""
    labels = [
        {
            "repository": one.repository.key,
            "label": one.label,
            "reason": one.reason,
            "evidence": one.evidence,
            "scope": one.scope,
            "left_on": str(one.left_on) if one.left_on else None,
        }
        for one in judgements
    ]
    organizations = [one.organization for one in scopes if one.organization]
    judged = [{"scope": one.key, **one._asdict()} for one in scopes]
    body = {"organizations": organizations, "labels": labels, "scopes": judged}
    _request("PUT", ledger, f"{ledger.rstrip('/')}/api/v1/labels", token, body)


def _rows(ledger: str, name: str, token: str | None, *, optional: bool = False) -> list[Any]:
    """Return all rows of an answer, page by page. ``optional``: an older ledger knows no such thing, and gives none."""
    url: str | None = f"{ledger.rstrip('/')}/api/v1/{name}"
    rows: list[Any] = []
    while url:
        answer = _request("GET", ledger, url, token, optional=optional)
        if answer.is_error:
            break
        try:
            rows += answer.json()
            url = next_page(url, answer.headers.get("link"))
        except PageError as error:
            raise ClassifierError(str(error)) from error
        except (TypeError, ValueError) as error:
            raise ClassifierError(f"{ledger} answers like no ledger of this version.") from error
    return rows


def _request(
    method: str,
    ledger: str,
    url: str,
    token: str | None,
    body: Mapping[str, Any] | None = None,
    *,
    optional: bool = False,
) -> httpx.Response:
    """Ask the ledger. ``optional``: that an older one knows no such thing is no error."""
    try:
        headers = authorization(ledger, token, allows_plain_http(environ))
        answer = httpx.request(method, url, json=body, headers=headers, timeout=TIMEOUT_SECONDS, **route(url))
        if not (optional and answer.status_code in {404, 405}):
            answer.raise_for_status()
        return answer
    except PlainHTTPError as error:
        raise ClassifierError(str(error)) from error
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        hint = " Put its admin token into WHENCE_ADMIN_TOKEN." if status == 401 else ""
        raise ClassifierError(f"{url} answered {status}.{hint}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ClassifierError(
            f"No ledger answers at {ledger} ({type(error).__name__}). Start one: whence serve"
        ) from error
