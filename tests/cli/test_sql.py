"""``whence sql``: the ledger's views, read-only."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from builders.command import WHENCE
from builders.ledger import running_ledger
from builders.machine import Machine
from builders.telemetry import cost, metrics, span, traces
from whence_ledger.store.store import Store

TOTAL = "SELECT sum(cost_usd) AS cost FROM attributed WHERE contains(split, 'request')"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "home")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a ledger that nobody serves; its only session is still open."""
    with running_ledger(tmp_path / "data") as ledger:
        ledger.accept("traces", traces(span("https://github.com/acme/api", "s1")))
        ledger.accept("metrics", metrics(cost(1.25, "s1")))
    return tmp_path / "data"


def test_a_question_is_answered_as_table_json_and_csv(machine: Machine, data: Path) -> None:
    question = "SELECT repository, cost_usd FROM attributed"
    told = {form: machine.whence("sql", "--data", str(data), "--format", form, "-c", question).stdout for form in FORMS}
    assert json.loads(told["json"]) == [{"repository": "github.com/acme/api", "cost_usd": 1.25}]
    assert told["csv"].splitlines() == ["repository,cost_usd", "github.com/acme/api,1.25"]
    assert told["table"].split() == ["repository", "cost_usd", "github.com/acme/api", "1.250000000"]


def test_nothing_can_be_changed(machine: Machine, data: Path) -> None:
    for statement in ("DELETE FROM ledger.usage", "DROP TABLE ledger.usage", f"COPY sessions TO '{data}/x.csv'"):
        refused = machine.whence("sql", "--data", str(data), "-c", statement)
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
    assert sorted(path.name for path in data.iterdir() if path.suffix == ".csv") == []
    assert json.loads(machine.whence("sql", "--data", str(data), "--format", "json", "-c", TOTAL).stdout) == [
        {"cost": 1.25}
    ]


def test_a_ledger_that_is_served_is_asked_through_a_copy(machine: Machine, tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger:
        ledger.accept("metrics", metrics(cost(2.5, "s1")))
        place = ("--data", str(ledger.data), "--ledger", ledger.url)
        # On another machine, too, which has no ledger.
        for where in (place, place[2:]):
            told = machine.whence("sql", *where, "--format", "json", "-c", TOTAL)
            assert json.loads(told.stdout) == [{"cost": 2.5}]


def test_a_backup_is_a_ledger_too(machine: Machine, data: Path) -> None:
    store = Store(data / "ledger.duckdb")
    store.backup(data / "backup.duckdb")
    store.close()
    told = machine.whence("sql", str(data / "backup.duckdb"), "--format", "json", "-c", TOTAL)
    assert json.loads(told.stdout) == [{"cost": 1.25}]


def test_what_is_no_ledger_is_refused_in_words(machine: Machine, tmp_path: Path) -> None:
    assert "There is no ledger" in machine.whence("sql", "-c", TOTAL).stderr
    missing = machine.whence("sql", str(tmp_path / "none.duckdb"), "-c", TOTAL)
    assert missing.returncode == 1
    assert missing.stderr == f"Error: There is no ledger {tmp_path}/none.duckdb.\n"
    (tmp_path / "text").write_text("x" * 10_000)
    refused = machine.whence("sql", str(tmp_path / "text"), "-c", TOTAL)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


def test_a_conversation_goes_on_after_a_mistake(machine: Machine, data: Path) -> None:
    ours, theirs = pty.openpty()
    command = [*WHENCE, "sql", "--data", str(data)]
    environment = machine.environment | {"TERM": "dumb"}
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    os.write(ours, b".views\nSELECT nonsense\n  FROM sessions;\nSELECT count(*) + 41 AS answer FROM sessions;\n.quit\n")
    told, _ = process.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    words = told.decode()
    assert "attributed" in words
    assert "nonsense" in words
    assert "42" in words


FORMS = ("table", "json", "csv")
