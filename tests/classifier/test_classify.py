"""``whence classify``: from GitHub's list to labels in the ledger."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.telemetry import cost, metrics, span, traces
from fakes.github import TOKEN, github


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with running_ledger(tmp_path / "data") as running:
        spans = [span(f"https://github.com/{name}") for name in ("Acme/api", "jane/game")]
        running.accept("traces", traces(*spans, span("local:notes")))
        running.accept("metrics", metrics(cost(3.0), cost(1.0, "s2")))
        yield running


def labels(ledger: Ledger) -> dict[str | None, str | None]:
    return {row["repository"]: row["label"] for row in ledger.get("repositories")}


def test_every_repository_that_was_seen_gets_its_label(ledger: Ledger, tmp_path: Path) -> None:
    with github({"acme": ["api", "web"]}) as fake:
        arguments = ["classify", "--org", "acme", "--github-url", fake.url, "--ledger", ledger.url]
        done = Machine(tmp_path).whence(*arguments, "--format", "json", GITHUB_TOKEN=TOKEN)
    assert (done.returncode, done.stderr) == (0, "")
    assert {row["repository"]: (row["label"], row["reason"]) for row in json.loads(done.stdout)} == {
        "Acme/api": ("Managed", "in-organization"),
        "jane/game": ("Unmanaged", "outside-organization"),
        "local/notes": ("Unmanaged", "no-remote"),
    }
    assert labels(ledger) == {
        "Acme/api": "Managed",
        "jane/game": "Unmanaged",
        "local/notes": "Unmanaged",
        None: "Unknown",
    }
    assert {row["session"]: row["label"] for row in ledger.get("sessions")} == {"s1": "Unmanaged", "s2": "Unknown"}


def test_table_and_csv_say_the_same(ledger: Ledger, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    with github({"acme": ["api"]}) as fake:
        arguments = ["classify", "--org", "acme", "--github-url", fake.url, "--ledger", ledger.url]
        table = machine.whence(*arguments, GITHUB_TOKEN=TOKEN).stdout
        sheet = machine.whence(*arguments, "--format", "csv", GITHUB_TOKEN=TOKEN).stdout
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert [row["label"] for row in rows] == ["Managed", "Unmanaged", "Unmanaged"]
    assert all(row["repository"] in table and row["reason"] in table for row in rows)


@pytest.mark.parametrize(
    ("organization", "token", "failure", "message"),
    [
        ("acme", "wrong", None, "refused the token"),
        ("nobody", TOKEN, None, "knows no organization nobody"),
        ("acme", TOKEN, 500, "answered 500"),
        ("acme", "", None, "GITHUB_TOKEN is not set"),
    ],
)
def test_what_cannot_be_completed_changes_no_label(
    ledger: Ledger, tmp_path: Path, organization: str, token: str, failure: int | None, message: str
) -> None:
    ledger.label(**{"github.com/acme/api": "Unmanaged"})
    before = labels(ledger)
    with github({"acme": [f"r{number}" for number in range(150)] + ["api"]}) as fake:
        if failure:
            fake.failures[2] = failure
        arguments = ["classify", "--org", organization, "--github-url", fake.url, "--ledger", ledger.url]
        done = Machine(tmp_path).whence(*arguments, GITHUB_TOKEN=token)
    assert done.returncode == 1
    assert done.stdout == ""
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not token or token not in done.stderr
    assert labels(ledger) == before


def test_a_ledger_that_is_away_is_named(tmp_path: Path) -> None:
    with github({"acme": ["api"]}) as fake:
        arguments = ["classify", "--org", "acme", "--github-url", fake.url, "--ledger", "http://127.0.0.1:9"]
        done = Machine(tmp_path).whence(*arguments, GITHUB_TOKEN=TOKEN)
    assert done.returncode == 1
    assert "Start one: whence serve" in done.stderr


def test_no_cell_of_the_csv_runs_in_a_spreadsheet(ledger: Ledger, tmp_path: Path) -> None:
    ledger.accept("traces", traces(span("https://github.com/=cmd()/x")))
    with github({"acme": ["api"]}) as fake:
        arguments = ["classify", "--org", "acme", "--github-url", fake.url, "--ledger", ledger.url]
        sheet = Machine(tmp_path).whence(*arguments, "--format", "csv", GITHUB_TOKEN=TOKEN).stdout
    assert next(row["repository"] for row in csv.DictReader(io.StringIO(sheet))) == "'=cmd()/x"
