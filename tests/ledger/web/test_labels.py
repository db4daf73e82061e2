"""Labels in the ledger: which run's label stays, and what older classifiers and older ledgers send and hold."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import httpx
import pytest

from builders.ledger import Ledger, running_ledger
from builders.telemetry import cost, metrics, span, traces
from whence_ledger.model.verdict import Scope, Verdict
from whence_ledger.store.store import Store

ACME = Scope("github.com/1", "github.com", "acme", 1)
LABS = Scope("github.com/2", "github.com", "labs", 2)
GITLAB = Scope("gitlab.com", "gitlab.com", "", 0)
KEY = "github.com/jane/copy"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with running_ledger(tmp_path_factory.mktemp("labels") / "data") as running:
        spans = [
            span("https://github.com/jane/copy", "s1", user_email="jane@acme.example"),
            span("https://github.com/acme-research/a", "s2", user_email="ann@acme.example"),
            span("https://github.com/acme-research/b", "s3", user_email="ben@acme.example"),
        ]
        running.accept("traces", traces(*spans))
        running.accept("metrics", metrics(*(cost(1.0, f"s{number}") for number in (1, 2, 3))))
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def changes(store: Store) -> list[tuple[str, str]]:
    """What the label became each time, the first change first."""
    return [(row["to"], row["reason"]) for row in reversed(store.ask("label_changes"))]


def test_a_label_of_another_run_s_organization_stays(store: Store) -> None:
    assert store.put_labels([Verdict(KEY, "Unmanaged", "fork-of", "labs/api", LABS.scope)], ["labs"], [LABS]) == 1
    for _ in range(3):
        assert store.put_labels([Verdict(KEY, "Unmanaged", "outside-organization")], ["acme"], [ACME]) == 0
        store.put_labels([Verdict(KEY, "Unmanaged", "fork-of", "labs/api", LABS.scope)], ["labs"], [LABS])
    assert changes(store) == [("Unmanaged", "fork-of")]
    assert [row["organization"] for row in store.ask("scopes")] == ["acme", "labs"]


def test_what_only_the_organization_can_know_replaces_it(store: Store) -> None:
    store.put_labels([Verdict(KEY, "Unmanaged", "fork-of", "labs/api", LABS.scope)], ["labs"], [LABS])
    store.put_labels([Verdict(KEY, "Managed", "renamed-in-organization", "acme/copy", ACME.scope)], ["acme"], [ACME])
    store.put_labels([Verdict(KEY, "Unknown", "hidden-or-deleted", "labs", LABS.scope)], ["labs"], [LABS])
    assert changes(store) == [("Unmanaged", "fork-of"), ("Managed", "renamed-in-organization")]


def test_what_people_wrote_replaces_it_and_is_replaced_by_no_other_run(store: Store) -> None:
    store.put_labels([Verdict(KEY, "Managed", "in-organization", "labs", LABS.scope)], ["labs"], [LABS])
    store.put_labels([Verdict(KEY, "Unmanaged", "override", "jane/*", ACME.scope)], ["acme"], [ACME])
    for verdict in (
        Verdict(KEY, "Managed", "in-organization", "labs", LABS.scope),
        Verdict(KEY, "Managed", "override", "jane/copy", LABS.scope),
    ):
        assert store.put_labels([verdict], ["labs"], [LABS]) == 0
    assert changes(store) == [("Managed", "in-organization"), ("Unmanaged", "override")]


def test_a_run_may_change_what_it_said_itself_and_what_nobody_holds(store: Store) -> None:
    store.put_labels([Verdict(KEY, "Managed", "in-organization", "labs", LABS.scope)], ["labs"], [LABS])
    store.put_labels([Verdict(KEY, "Unmanaged", "outside-organization")], ["labs"], [LABS])
    store.put_labels([Verdict(KEY, "Unmanaged", "other-host")], ["acme"], [ACME])
    assert [reason for _, reason in changes(store)] == ["in-organization", "outside-organization", "other-host"]


def test_a_forgotten_scope_holds_nothing(store: Store) -> None:
    store.put_labels([Verdict(KEY, "Managed", "override", "jane/*", GITLAB.scope)], [], [GITLAB])
    assert store.put_labels([Verdict(KEY, "Unmanaged", "outside-organization")], ["acme"], [ACME]) == 0
    assert store.forget_scope(GITLAB.scope)
    assert not store.forget_scope(GITLAB.scope)
    assert store.put_labels([Verdict(KEY, "Unmanaged", "outside-organization")], ["acme"], [ACME]) == 1


def test_a_renamed_organization_keeps_its_scope(store: Store) -> None:
    store.put_labels([], ["acme"], [ACME])
    store.put_labels([], ["acme-inc"], [ACME._replace(organization="acme-inc")])
    assert [(row["organization"], row["organization_id"]) for row in store.ask("scopes")] == [("acme-inc", 1)]


def test_a_classifier_from_before_scopes_is_understood(ledger: Ledger) -> None:
    item = {"repository": KEY, "label": "Unmanaged", "reason": "no-remote", "evidence": None}
    body = {"organizations": ["acme"], "labels": [item]}
    answer = httpx.put(f"{ledger.url}/api/v1/labels", json=body, timeout=120)
    assert (answer.status_code, answer.json()) == (200, {"labels": 1})
    row = next(row for row in ledger.get("observations") if row["repository"] == KEY)
    assert (row["label"], row["reason"], row["scope"], row["left_on"]) == ("Unmanaged", "no-remote", "", None)


def test_scopes_and_the_day_it_left_come_back_as_they_were_put(ledger: Ledger) -> None:
    item = {"repository": KEY, "label": "Managed", "reason": "deleted-from-organization", "scope": ACME.scope}
    body = {"organizations": ["acme"], "labels": [item | {"left_on": "2026-11-20"}], "scopes": [ACME._asdict()]}
    assert httpx.put(f"{ledger.url}/api/v1/labels", json=body, timeout=120).status_code == 200
    row = next(row for row in ledger.get("observations") if row["repository"] == KEY)
    assert (row["scope"], row["left_on"]) == (ACME.scope, "2026-11-20")
    (scope,) = ledger.get("labels/scopes")
    assert scope.pop("classified_at")
    assert scope == ACME._asdict()
    forgotten = httpx.delete(f"{ledger.url}/api/v1/labels/scopes", params={"scope": ACME.scope}, timeout=120)
    assert (forgotten.status_code, ledger.get("labels/scopes")) == (200, [])
    again = httpx.delete(f"{ledger.url}/api/v1/labels/scopes", params={"scope": ACME.scope}, timeout=120)
    assert (again.status_code, again.json()["error"]) == (404, "There is no scope github.com/1.")


def test_owners_are_counted_by_people(ledger: Ledger) -> None:
    assert ledger.get("owners") == [
        {"host": "github.com", "owner": "acme-research", "users": 2, "repositories": 2},
        {"host": "github.com", "owner": "jane", "users": 1, "repositories": 1},
    ]


def test_labels_of_an_older_ledger_stay_and_know_the_day_they_left(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    with duckdb.connect(str(path)) as old:
        old.execute((Path(__file__).parents[2] / "data" / "ledger" / "schema-3.sql").read_text())
        old.execute("DELETE FROM labels; DELETE FROM label_changes")
        old.execute("INSERT INTO classifications VALUES ('2026-11-21', ['acme'])")
        for repository, reason in (("github.com/acme/gone", "deleted-from-organization"), ("local/notes", "no-remote")):
            old.execute("INSERT INTO labels VALUES (?, 'Managed', ?, '', '2026-11-21')", [repository, reason])
            old.execute(
                "INSERT INTO label_changes VALUES ('2026-11-20 12:00', ?, NULL, 'Managed', ?, '')", [repository, reason]
            )
    store = Store(path)
    with store._database.cursor() as cursor:
        rows = cursor.execute(
            "SELECT repository, reason, scope, left_on FROM ledger.labels ORDER BY repository"
        ).fetchall()
    store.close()
    assert rows == [
        ("github.com/acme/gone", "deleted-from-organization", "", date(2026, 11, 20)),
        ("local/notes", "no-remote", "", None),
    ]
