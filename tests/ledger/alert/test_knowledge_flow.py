"""The alert knowledge-flow: quiet through ordinary work, and heard where much of it crosses."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders.telemetry import EVER, SECOND, cost, metrics, span, traces
from whence_ledger.alert.book import Found
from whence_ledger.alert.find import find
from whence_ledger.alert.rule import Rules, load_rules
from whence_ledger.ingest.otlp import decode_metrics, decode_traces
from whence_ledger.model.case import Case, Status
from whence_ledger.model.item import Rows
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.store import Store

JANE = "jane@acme.example"
NOW = datetime.now(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
LABELS = {
    "acme/api": ("Managed", "in-organization", None),
    "acme/vendored": ("Managed", "in-organization", None),
    "jane/notes": ("Unmanaged", "outside-organization", None),
    "jane/dotfiles": ("Unmanaged", "outside-organization", None),
    "jane/upstream": ("Unmanaged", "fork-of", "oss/upstream"),
    "oss/upstream": ("Unmanaged", "outside-organization", None),
    "jane/copy": ("Unmanaged", "shares-history-with", "acme/api"),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def prompt(store: Store, name: str, at: datetime, read: str, edited: str, lines: int) -> None:
    """One prompt that reads in one repository and adds lines to another."""
    moment = int(at.replace(tzinfo=UTC).timestamp()) * SECOND
    remote = "https://github.com/"
    spans = traces(
        span(remote + read, "s1", moment, touches=3, prompt_id=name),
        span(remote + edited, "s1", moment, touches=0, added=lines, whence_activity_edit=2, prompt_id=name),
    )
    points = metrics(cost(0.1, "s1", moment, user_email=JANE))
    store.insert(
        Rows(points=decode_metrics(points, True, EVER).rows.points, spans=decode_traces(spans, True, EVER).rows.spans)
    )


def label(store: Store) -> None:
    verdicts = [Verdict(f"github.com/{name}", *told) for name, told in LABELS.items()]
    store.put_labels(verdicts, ["acme"])


def found(store: Store, tmp_path: Path, now: datetime = NOW) -> list[Found]:
    rules = load_rules(tmp_path / "none.toml")
    only = Rules({"knowledge-flow": rules.rules["knowledge-flow"]}, {})
    return find(store.ask_alert, only, now)


@pytest.mark.slow
def test_a_week_of_ordinary_work_raises_no_alarm(store: Store, tmp_path: Path) -> None:
    for day in range(7):
        morning = NOW - timedelta(days=day, hours=8)
        for hour in range(8):
            at, name = morning + timedelta(hours=hour), f"{day}-{hour}"
            # Company work, and a fix for a library that it vendors, made in one's own fork of it with the copy open.
            prompt(store, f"a{name}", at, "acme/api", "acme/api", 400)
            prompt(store, f"b{name}", at, "acme/vendored", "jane/upstream", 300)
            # The fork and its upstream, and dotfiles: nothing of the company's is read.
            prompt(store, f"c{name}", at, "oss/upstream", "jane/upstream", 500)
            prompt(store, f"d{name}", at, "jane/dotfiles", "jane/dotfiles", 300)
            # Notes about the company's code, and reading them while it is written.
            prompt(store, f"e{name}", at, "acme/api", "jane/notes", 12)
            prompt(store, f"f{name}", at, "jane/notes", "acme/api", 600)
        # Once a day an editor setting is tried against company code.
        prompt(store, f"g{day}", morning, "acme/api", "jane/dotfiles", 80)
    label(store)
    # They are flows all the same, and the report has them.
    assert {row["to"] for row in store.ask("flows")} == {"jane/notes", "jane/upstream", "jane/dotfiles"}
    for day in range(7):
        assert found(store, tmp_path, NOW - timedelta(days=day)) == []


def test_many_prompts_with_many_lines_are_heard_and_a_settled_case_is_not(store: Store, tmp_path: Path) -> None:
    label(store)
    for number in range(4):
        prompt(store, f"p{number}", NOW - timedelta(hours=number), "acme/api", "jane/notes", 200)
    assert found(store, tmp_path) == []
    prompt(store, "p4", NOW - timedelta(hours=5), "acme/api", "jane/notes", 200)
    (one,) = found(store, tmp_path)
    assert one.subject == f"{JANE}: acme/api to jane/notes"
    assert one.says == (
        f"5 prompts of {JANE} in 24 hours read in acme/api and added 1,000 lines to jane/notes. "
        "It does not show that anything was copied."
    )
    assert one.look == {"tab": "repositories", "range": "24h", "user": JANE}
    assert found(store, tmp_path, NOW + timedelta(days=1)) == []
    store.put_case(Case(JANE, "jane/notes", Status.LEGITIMATE, "", NOW.date(), "admin"))
    assert found(store, tmp_path) == []


def test_where_history_is_shared_fewer_lines_are_enough(store: Store, tmp_path: Path) -> None:
    label(store)
    for number in range(5):
        prompt(store, f"p{number}", NOW - timedelta(hours=number), "acme/api", "jane/copy", 10)
        prompt(store, f"q{number}", NOW - timedelta(hours=number), "acme/api", "jane/notes", 10)
    (one,) = found(store, tmp_path)
    assert "50 lines to jane/copy, which shares history with the organization." in one.says
    rows = store.ask("flows")
    assert [(row["to"], row["shares_history"]) for row in rows] == [("jane/copy", True), ("jane/notes", False)]
