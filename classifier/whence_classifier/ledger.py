"""The ledger, as the classifier sees it: what it has observed, and where the labels go."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from whence_classifier.error import ClassifierError
from whence_classifier.judge import Judgement, Observation
from whence_contract.repository import Repository

TIMEOUT_SECONDS = 60


def get_observations(ledger: str, token: str | None) -> list[Observation]:
    """Every repository that the ledger has seen (``GET /api/v1/observations``)."""
    rows = _request("GET", ledger, "observations", token)
    try:
        return [
            Observation(
                Repository(row["host"], row["owner"], row["name"]),
                tuple(row["root_commits"]),
                row["label"],
                row["reason"],
            )
            for row in rows
        ]
    except (KeyError, TypeError) as error:
        raise ClassifierError(f"{ledger} answers like no ledger of this version.") from error


def get_changes(ledger: str, token: str | None) -> list[dict[str, str | None]]:
    """Which labels changed, the newest first (``GET /api/v1/labels/changes``)."""
    return list(_request("GET", ledger, "labels/changes", token))


def put_labels(ledger: str, token: str | None, organizations: Sequence[str], judgements: Sequence[Judgement]) -> None:
    """Store the result of a complete classification (``PUT /api/v1/labels``)."""
    labels = [
        {"repository": one.repository.key, "label": one.label, "reason": one.reason, "evidence": one.evidence}
        for one in judgements
    ]
    _request("PUT", ledger, "labels", token, {"organizations": list(organizations), "labels": labels})


def _request(method: str, ledger: str, name: str, token: str | None, body: Mapping[str, Any] | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{ledger.rstrip('/')}/api/v1/{name}"
    try:
        answer = httpx.request(method, url, json=body, headers=headers, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        hint = " Put its admin token into WHENCE_ADMIN_TOKEN." if status == 401 else ""
        raise ClassifierError(f"{url} answered {status}.{hint}") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ClassifierError(
            f"No ledger answers at {ledger} ({type(error).__name__}). Start one: whence serve"
        ) from error
