"""``whence report``: what the ledger says, printed for people, programs and spreadsheets."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.telemetry import cost, metrics, span, traces

REPORTS: tuple[str, ...] = ("overview", "cost", "usage", "models", "tools", "users", "repositories", "labels")
REPORTS += ("unmanaged", "sessions", "series", "insights", "bases", "flows", "groups")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with running_ledger(tmp_path / "data") as running:
        running.accept("traces", traces(span("https://github.com/acme/api", touches=3), span("local:=cmd()")))
        running.accept("metrics", metrics(cost(4.0), cost(0.002, "s2")))
        yield running


def test_json_is_what_the_api_gives(ledger: Ledger, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for name in REPORTS:
        done = machine.whence("report", name, "--format", "json", "--ledger", ledger.url)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == ledger.get("groups/model" if name == "groups" else name)
    by_user = machine.whence("report", "series", "--by", "user", "--format", "json", "--ledger", ledger.url)
    assert json.loads(by_user.stdout) == ledger.get("series/user")


def test_every_report_has_a_table_for_people(ledger: Ledger, tmp_path: Path) -> None:
    ledger.label(**{"github.com/acme/api": "Unmanaged"})
    user = ledger.get("users")[0]["user"]
    case = {"user": user, "repository": "acme/api", "status": "moved", "note": "", "day": "2025-01-01"}
    answer = httpx.put(f"{ledger.url}/api/v1/cases", json=case)
    assert answer.status_code == 204, answer.text
    cases = Machine(tmp_path).whence("report", "cases", WHENCE_LEDGER=ledger.url).stdout
    assert re.search(r" 2025-01-01 +\$3\.00 +20\d\d-\d\d-\d\d \d\d:\d\d ", cases), cases
    for arguments in [[name] for name in REPORTS] + [["series", "--by", "repository"], ["sessions", "--limit", "1"]]:
        done = Machine(tmp_path).whence("report", *arguments, "--split", "prompt", WHENCE_LEDGER=ledger.url)
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) >= 1
    shown = Machine(tmp_path).whence("report", "unmanaged", WHENCE_LEDGER=ledger.url).stdout
    assert "$3.00" in shown
    # 0.002 of 4.002 dollars: not nothing.
    shown = Machine(tmp_path).whence("report", "repositories", WHENCE_LEDGER=ledger.url).stdout
    assert "<0.1%" in shown
    assert " 0.0%" not in shown


def test_csv_has_the_same_columns_and_no_formula(ledger: Ledger, tmp_path: Path) -> None:
    done = Machine(tmp_path).whence("report", "repositories", "--format", "csv", WHENCE_LEDGER=ledger.url)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == list(ledger.get("repositories")[0])
    assert [row["repository"] for row in rows] == ["acme/api", "local/=cmd()", ""]
    done = Machine(tmp_path).whence("report", "overview", "--format", "csv", WHENCE_LEDGER=ledger.url)
    assert len(done.stdout.splitlines()) == 2


def test_csv_has_a_header_row_where_there_is_nothing(tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger:
        ask = ("report", "repositories", "--format", "csv")
        empty = Machine(tmp_path).whence(*ask, WHENCE_LEDGER=ledger.url)
        by = Machine(tmp_path).whence("report", "series", "--by", "user", "--format", "csv", WHENCE_LEDGER=ledger.url)
        ledger.accept("metrics", metrics(cost(0.0000001)))
        told = Machine(tmp_path).whence(*ask, WHENCE_LEDGER=ledger.url)
    assert (empty.returncode, len(empty.stdout.splitlines())) == (0, 1), empty.stderr
    assert empty.stdout.splitlines() == told.stdout.splitlines()[:1]
    assert by.stdout.startswith("bucket,name,in_others,cost_usd,")
    (row,) = csv.DictReader(io.StringIO(told.stdout))
    assert (row["cost_usd"], row["cost_share"], row["sessions"], row["commits"]) == ("0.0000001", "1", "1", "0")


def test_a_table_is_for_people(ledger: Ledger, tmp_path: Path) -> None:
    done = Machine(tmp_path).whence("report", "repositories", WHENCE_LEDGER=ledger.url)
    lines = done.stdout.splitlines()
    assert lines[1].split()[:4] == ["acme/api", "–", "$3.00", "75.0%"]  # noqa: RUF001
    assert "$0.0020" in lines[3]
    assert "Unknown" in lines[3]
    assert "whence classify" in done.stdout


def test_an_empty_ledger_says_what_to_do(tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger:
        done = Machine(tmp_path).whence("report", "repositories", WHENCE_LEDGER=ledger.url)
    assert "Nothing yet" in done.stdout


def test_filters_that_match_nothing_are_named_as_the_cause(ledger: Ledger, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    narrow = machine.whence("report", "repositories", "--repository", "acme/none", WHENCE_LEDGER=ledger.url)
    rare = machine.whence("report", "flows", WHENCE_LEDGER=ledger.url)
    assert narrow.stdout.strip() == "Nothing found for this time range and these filters."
    assert rare.stdout.strip() == "Nothing found."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "soon"], "write 30m, 12h, 7d or 4w"),
        (["--from", "soon"], "write 2026-01-31"),
        (["--since", "7d", "--to", "2026-01-01"], "--since cannot be used with"),
    ],
)
def test_a_time_that_is_none_is_explained(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = Machine(tmp_path).whence("report", "overview", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_no_ledger_and_a_ledger_that_wants_a_token_are_explained(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    nobody = machine.whence("report", "overview", "--ledger", "http://127.0.0.1:9")
    assert (nobody.returncode, "Start one: whence serve" in nobody.stderr) == (1, True)
    with running_ledger(tmp_path / "data", WHENCE_READ_TOKEN="rrr") as ledger:
        refused = machine.whence("report", "overview", "--ledger", ledger.url)
        assert (refused.returncode, "WHENCE_READ_TOKEN" in refused.stderr) == (1, True)
        assert machine.whence("report", "overview", "--ledger", ledger.url, WHENCE_READ_TOKEN="rrr").returncode == 0


def test_a_report_says_how_sessions_are_divided_and_what_the_cost_stands_on(ledger: Ledger, tmp_path: Path) -> None:
    for split in ("request", "session"):
        done = Machine(tmp_path).whence("report", "repositories", "--split", split, "--ledger", ledger.url)
        assert f"Divided by {split}. Basis of the cost: session 100.0%, none <0.1%" in done.stdout
