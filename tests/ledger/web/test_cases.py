"""The API of cases: who may set one, what is refused, and how much was spent since."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from builders.ledger import Ledger, running_ledger
from builders.telemetry import cost, metrics, now, span, traces

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
JANE, NOTES = "jane@acme.example", "jane/notes"
TODAY = datetime.now(UTC).date()


def put(ledger: Ledger, token: str, **more: Any) -> httpx.Response:
    body = {"user": JANE, "repository": NOTES, "status": "moved"} | more
    return httpx.put(f"{ledger.url}/api/v1/cases", json=body, headers={"Authorization": f"Bearer {token}"})


def get(ledger: Ledger, path: str) -> Any:
    answer = httpx.get(f"{ledger.url}/api/v1/{path}", headers={"Authorization": "Bearer rrr"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def spend(ledger: Ledger) -> None:
    headers = {"Authorization": "Bearer iii"}
    for signal, body in (
        ("traces", traces(span("https://github.com/jane/notes", at=now()))),
        ("metrics", metrics(cost(4.0, user_email=JANE, at=now()))),
    ):
        assert ledger.send(signal, body, **headers).status_code == 200


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with running_ledger(tmp_path_factory.mktemp("cases") / "data", **TOKENS) as running:
        spend(running)
        yield running


def test_who_may_silence_alerts_may_set_a_case_and_nobody_else(ledger: Ledger) -> None:
    assert [put(ledger, token).status_code for token in ("iii", "rrr", "xxx")] == [401, 401, 401]
    assert get(ledger, "cases") == []
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    assert put(ledger, "aaa", note=" into acme/notes ", day=yesterday).status_code == 204
    (row,) = get(ledger, "cases")
    # The run may have begun before midnight.
    now = {TODAY.isoformat(), (TODAY + timedelta(days=1)).isoformat()}
    assert row.pop("at")[:10] in now
    assert row.pop("last_seen")[:10] == TODAY.isoformat()
    assert row == {
        "user": JANE,
        "repository": NOTES,
        "label": None,
        "status": "moved",
        "is_settled": True,
        "note": "into acme/notes",
        "day": yesterday,
        "by": "admin",
        "cost_usd_since": 4,
    }
    assert put(ledger, "aaa", status="talked-to").status_code == 204
    assert [one["status"] for one in get(ledger, "cases/changes")] == ["talked-to", "moved"]
    assert get(ledger, "cases")[0]["day"] in now
    assert get(ledger, "cases?user=joe@acme.example") == []


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"status": "guilty"}, 422, "status"),
        ({"day": "2999-01-01"}, 422, "`day` must be from 2025-01-01 to today"),
        ({"day": "soon"}, 422, "day"),
        ({"note": "x" * 2001}, 422, "note"),
        ({"user": "joe@acme.example"}, 404, "has no spend of joe@acme.example on jane/notes"),
        ({"repository": "acme/none"}, 404, "has no spend"),
    ],
)
def test_what_cannot_be_a_case_is_refused_with_a_reason(
    ledger: Ledger, given: dict[str, Any], status: int, words: str
) -> None:
    before = get(ledger, "cases/changes")
    answer = put(ledger, "aaa", **given)
    assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
    assert get(ledger, "cases/changes") == before


def test_a_proxys_user_is_named(tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data", "--user-header", "X-Forwarded-User", **TOKENS) as ledger:
        spend(ledger)
        body = {"user": JANE, "repository": NOTES, "status": "legitimate"}
        for names in ({"X-Forwarded-User": "lea@acme.example"}, {"X-Forwarded-For": "192.0.2.7"}):
            answer = httpx.put(f"{ledger.url}/api/v1/cases", json=body, headers=names | {"Authorization": "Bearer aaa"})
            assert answer.status_code == 204
        assert [one["by"] for one in get(ledger, "cases/changes")] == ["admin at 192.0.2.7", "lea@acme.example"]
