"""Cases in the store: they are kept, they change no figure, and a settled one raises no alert before new spend."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from builders.telemetry import EVER, SECOND, cost, metrics, span, traces
from whence_ledger.ingest.otlp import decode_metrics, decode_traces
from whence_ledger.model.case import Case, NoCaseError, Status
from whence_ledger.model.item import Rows
from whence_ledger.model.query import Query
from whence_ledger.model.saved_view import SavedView
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.store import Store

SCHEMA_8 = Path(__file__).parents[2] / "data" / "ledger" / "schema-8.sql"
JANE, NOTES, KEY = "jane@acme.example", "https://github.com/jane/notes", "github.com/jane/notes"
TODAY = datetime.now(UTC).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
NOW = TODAY + timedelta(hours=23, minutes=45)
YESTERDAY = TODAY.date() - timedelta(days=1)
ALERTS = ("company-history-outside", "left-organization", "unmanaged-share", "settled-case-goes-on")
THRESHOLDS = {"usd": 0, "share": 0.25}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def spend(store: Store, session: str, at: datetime, dollars: float, user: str = JANE) -> None:
    moment = int(at.replace(tzinfo=UTC).timestamp()) * SECOND
    spans = decode_traces(traces(span(NOTES, session, moment)), True, EVER).rows.spans
    points = decode_metrics(metrics(cost(dollars, session, moment, user_email=user)), True, EVER).rows.points
    store.insert(Rows(points=points, spans=spans))


def case(status: Status, day: date = YESTERDAY, note: str = "", repository: str = "jane/notes") -> Case:
    return Case("Jane@acme.example", repository, status, note, day, "admin at 127.0.0.1")


def alerts(store: Store) -> set[str]:
    """The alerts that are so."""
    return {name for name in ALERTS if store.ask_alert(name, {"now": NOW} | THRESHOLDS)}


def label(store: Store) -> None:
    left = TODAY.date() - timedelta(days=9)
    store.put_labels([Verdict(KEY, "Unmanaged", "shares-history-with", "acme/notes", "", left)], ["acme"])


def test_a_ledger_from_before_takes_cases_and_keeps_its_figures(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    with duckdb.connect(path) as database:
        database.execute(SCHEMA_8.read_text())
    store = Store(path)
    before = store.ask("repositories")
    assert [float(row["cost_usd"]) for row in before] == [5, 4]
    assert store.ask("cases") == store.ask("case_changes") == []
    store.put_case(case(Status.MOVED, date(2026, 11, 21), "into acme/notes"))
    store.close()
    store = Store(path)
    (row,) = store.ask("cases")
    assert (row["user"], row["repository"], row["label"]) == (JANE, "jane/notes", "Unmanaged")
    assert (row["status"], row["note"], row["day"]) == ("moved", "into acme/notes", date(2026, 11, 21))
    assert (row["is_settled"], row["cost_usd_since"]) == (True, 4)
    assert store.ask("repositories") == before
    store.close()


def test_who_decided_what_and_when_is_kept_and_the_newest_counts(store: Store) -> None:
    spend(store, "s1", NOW, 3)
    for status in (Status.NEW, Status.TALKED_TO, Status.DISMISSED):
        store.put_case(case(status, note=f"then {status}", repository=KEY))
    changes = store.ask("case_changes", Query(users=(JANE,), repositories=("jane/notes",)))
    assert [one["status"] for one in changes] == ["dismissed", "talked-to", "new"]
    assert [one["note"] for one in changes] == ["then dismissed", "then talked-to", "then new"]
    assert {one["by"] for one in changes} == {"admin at 127.0.0.1"}
    assert [one["at"] for one in changes] == sorted((one["at"] for one in changes), reverse=True)
    assert [one["status"] for one in store.ask("cases")] == ["dismissed"]
    assert store.ask("cases", Query(users=("joe@acme.example",))) == []


@pytest.mark.parametrize("wrong", [("joe@acme.example", "jane/notes"), (JANE, "jane/nothing"), ("", "jane/notes")])
def test_a_case_about_what_nobody_spent_is_refused(store: Store, wrong: tuple[str, str]) -> None:
    spend(store, "s1", NOW, 3)
    with pytest.raises(NoCaseError, match="has no spend"):
        store.put_case(case(Status.MOVED)._replace(user=wrong[0], repository=wrong[1]))
    assert store.ask("case_changes") == []


def test_what_is_settled_raises_no_alert_and_says_so_when_it_goes_on(store: Store) -> None:
    label(store)
    spend(store, "s1", NOW, 3)
    nagging = {"company-history-outside", "left-organization", "unmanaged-share"}
    assert alerts(store) == nagging
    store.put_case(case(Status.TALKED_TO))
    assert alerts(store) == nagging
    store.put_case(case(Status.MOVED, TODAY.date()))
    assert alerts(store) == set()
    store.put_case(case(Status.MOVED, YESTERDAY))
    assert alerts(store) == {"settled-case-goes-on"}
    (found,) = store.ask_alert("settled-case-goes-on", {"now": NOW} | THRESHOLDS)
    assert (found["subject"], found["value"], found["day"]) == (f"{JANE} on jane/notes", 3, str(YESTERDAY))
    # Below its floor it is quiet.
    assert store.ask_alert("settled-case-goes-on", {"now": NOW, "usd": 3}) == []
    # Legitimate spend may continue, and the lists say that it does.
    store.put_case(case(Status.LEGITIMATE, YESTERDAY))
    assert alerts(store) == set()
    assert store.ask("cases")[0]["cost_usd_since"] == 3
    # A case is about one user: another's spend on the same repository is not settled by it.
    spend(store, "s2", NOW, 2, "joe@acme.example")
    assert alerts(store) == nagging


def test_a_case_goes_with_the_last_of_what_it_was_about(store: Store) -> None:
    spend(store, "old", TODAY - timedelta(days=40), 2)
    spend(store, "new", TODAY - timedelta(days=2), 1, "joe@acme.example")
    store.put_case(case(Status.DISMISSED, TODAY.date() - timedelta(days=40)))
    store.put_case(case(Status.MOVED)._replace(user="joe@acme.example"))
    store.tidy(timedelta(0))
    # A decision of today is newer than what is forgotten.
    store.forget(TODAY - timedelta(days=30))
    assert len(store.ask("cases")) == 2
    # The run may have begun before midnight.
    store.forget(TODAY + timedelta(days=2))
    assert store.ask("cases") == []


def test_a_backup_holds_the_cases_and_the_saved_views(store: Store, tmp_path: Path) -> None:
    spend(store, "s1", NOW, 3)
    store.put_view(SavedView("kept", "?tab=cost", "admin"))
    store.put_case(case(Status.MOVED, note="kept"))
    store.backup(tmp_path / "copy.duckdb")
    store.put_case(case(Status.NEW))
    store.put_view(SavedView("kept", "?tab=users", "admin"))
    store.put_view(SavedView("new", "?tab=users", "admin"))
    store.restore(tmp_path / "copy.duckdb")
    assert [(one["name"], one["view"]) for one in store.ask("saved_views")] == [("kept", "?tab=cost")]
    assert [(one["status"], one["note"]) for one in store.ask("case_changes")] == [("moved", "kept")]
