"""Read observations from the ledger and write labels to it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from whence_classifier.error import ClassifierError
from whence_classifier.github.parse import PullRequest
from whence_classifier.judge import Judgement, Observation
from whence_classifier.scope import Scope
from whence_client.ledger import Ledger, LedgerError
from whence_contract.repository import Repository

PULL_REQUESTS_AT_ONCE = 1000
"""As many as the ledger takes in one request."""


class Owner(NamedTuple):
    """An owner of repositories, and how many people worked in them."""

    host: str
    name: str
    users: int


def get_observations(ledger: str, token: str | None) -> list[Observation]:
    """Return every repository that the ledger has seen (``GET /api/v1/observations``)."""
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
                _moment(row.get("branches_since")),
                _moment(row.get("pull_requests_until")),
            )
            for row in rows
        ]
        # A repository that is added between two pages moves others to the next page, so that one may come twice.
        return list({one.repository: one for one in observations}.values())
    except (KeyError, TypeError, ValueError) as error:
        raise ClassifierError(f"{ledger} does not answer like a ledger of this version.") from error


def get_scopes(ledger: str, token: str | None) -> list[Scope]:
    """Return the scopes of earlier runs (``GET /api/v1/labels/scopes``); none if the ledger does not store them."""
    rows = _rows(ledger, "labels/scopes", token, optional=True)
    try:
        return [Scope(row["host"], row["organization"], row["organization_id"]) for row in rows]
    except (KeyError, TypeError) as error:
        raise ClassifierError(f"{ledger} does not answer like a ledger of this version.") from error


def forget_scope(ledger: str, token: str | None, scope: Scope) -> None:
    """Remove a scope, so that other runs may judge its repositories (``DELETE /api/v1/labels/scopes``)."""
    _request("DELETE", ledger, f"labels/scopes?scope={quote(scope.key, safe='')}", token)


def get_owners(ledger: str, token: str | None) -> list[Owner]:
    """Return the owners of repositories used within 90 days, most users first (``GET /api/v1/owners``); none if the
    ledger does not count them."""
    since = (datetime.now(UTC) - timedelta(days=90)).date()
    rows = _rows(ledger, f"owners?from={since}", token, optional=True)
    try:
        return [Owner(row["host"], row["owner"], row["users"]) for row in rows]
    except (KeyError, TypeError) as error:
        raise ClassifierError(f"{ledger} does not answer like a ledger of this version.") from error


def get_changes(ledger: str, token: str | None) -> list[dict[str, str | None]]:
    """Return the label changes, newest first (``GET /api/v1/labels/changes``)."""
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
    _request("PUT", ledger, "labels", token, body)


def put_pull_requests(
    ledger: str, token: str | None, pull_requests: Sequence[tuple[str, PullRequest]], titles: bool
) -> None:
    """Store pull requests, each with its repository's key (``PUT /api/v1/pull-requests``), the oldest change first, so
    that a run that is stopped in between goes on where it was."""
    rows = [
        {"repository": key, **one._asdict()} for key, one in sorted(pull_requests, key=lambda one: one[1].updated_at)
    ]
    for row in rows:
        row["title"] = row["title"] if titles else ""
    for begin in range(0, len(rows), PULL_REQUESTS_AT_ONCE):
        _request("PUT", ledger, "pull-requests", token, {"pull_requests": rows[begin : begin + PULL_REQUESTS_AT_ONCE]})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _rows(url: str, name: str, token: str | None, *, optional: bool = False) -> list[dict[str, Any]]:
    """Return all rows of an answer. ``optional``: return none if an older ledger does not have this address."""
    try:
        with Ledger(url, "admin", token) as ledger:
            return ledger.rows(f"/api/v1/{name}")
    except LedgerError as error:
        if optional and error.status in {404, 405}:
            return []
        raise ClassifierError(str(error)) from error


def _request(method: str, url: str, name: str, token: str | None, body: Mapping[str, Any] | None = None) -> None:
    try:
        with Ledger(url, "admin", token) as ledger:
            ledger.ask(method, f"/api/v1/{name}", json=body)
    except LedgerError as error:
        raise ClassifierError(str(error)) from error
