"""``whence classify``: from GitHub's list to labels in the ledger."""

import csv
import io
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock
import pytest

from builders.command import WHENCE
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.telemetry import cost, metrics, span, traces
from classifier.github.test_github import KEY, PEM
from classifier.github.test_lookup import REFUSALS
from fakes.github import ENTERPRISE, TOKEN, GitHub, github
from fakes.otlp_receiver import otlp_receiver


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with running_ledger(tmp_path / "data") as running:
        spans = [span(f"https://github.com/{name}") for name in ("Acme/api", "jane/game")]
        running.accept("traces", traces(*spans, span("local:notes")))
        running.accept("metrics", metrics(cost(3.0), cost(1.0, "s2")))
        yield running


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def classify(
    machine: Machine, fake: GitHub, *arguments: str, org: str = "acme", **environment: str
) -> subprocess.CompletedProcess[str]:
    whose = ["--org", org] if org else []
    token = {} if "GITHUB_TOKEN" in environment else {"GITHUB_TOKEN": TOKEN}
    return machine.whence("classify", *whose, "--github-url", fake.url, *arguments, **token, **environment)


def labels(ledger: Ledger) -> dict[str | None, str | None]:
    return {row["repository"]: row["label"] for row in ledger.get("repositories")}


def reasons(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    return {row["repository"]: (row["label"], row["reason"]) for row in json.loads(done.stdout)}


def test_every_repository_that_was_seen_gets_its_label(ledger: Ledger, machine: Machine) -> None:
    with github({"acme": ["api", "web"]}) as fake:
        done = classify(machine, fake, "--ledger", ledger.url, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert reasons(done) == {
        "Acme/api": ("Managed", "in-organization"),
        "jane/game": ("Unmanaged", "outside-organization"),
        "local/notes": ("Unknown", "not-pushed"),
    }
    assert labels(ledger) == {
        "Acme/api": "Managed",
        "jane/game": "Unmanaged",
        "local/notes": "Unknown",
        None: "Unknown",
    }
    assert {row["session"]: row["label"] for row in ledger.get("sessions")} == {"s1": "Unmanaged", "s2": "Unknown"}


def test_a_second_run_asks_for_little_and_keeps_its_secrets(ledger: Ledger, machine: Machine) -> None:
    with github({"acme": [f"r{number}" for number in range(250)] + ["api"]}) as fake:
        classify(machine, fake, "--ledger", ledger.url)
        first = labels(ledger)
        fake.requests.clear()
        assert classify(machine, fake, "--ledger", ledger.url).returncode == 0
        assert len(fake.requests) <= 3
    assert labels(ledger) == first
    kept = list((machine.home / ".cache" / "whence" / "classifier").iterdir())
    assert {path.suffix for path in kept} == {".json", ".lock"}
    for path in kept:
        assert path.stat().st_mode & 0o077 == 0
        assert TOKEN not in path.read_text()


def test_names_from_before_a_rename_are_managed_and_a_label_is_explained(ledger: Ledger, machine: Machine) -> None:
    def run(fake: GitHub) -> None:
        done = classify(machine, fake, "--ledger", ledger.url)
        assert (done.returncode, done.stderr) == (0, "")

    with github({"acme": ["api"]}) as fake:
        fake.create("jane/game")
        run(fake)
        fake.rename("acme/api", "acme/core")
        fake.rename("jane/game", "acme/game")
        run(fake)
        # A lookup is repeated after a day; here another machine repeats it.
        (machine.home / ".cache" / "whence" / "classifier").rename(machine.home / "elsewhere")
        run(fake)
        shown = machine.whence("classify", "changes", "--ledger", ledger.url, "--format", "json")
        before = machine.whence("classify", "--changes", "--ledger", ledger.url, "--format", "json")
    assert before.stdout == shown.stdout
    changes = [(row["repository"], row["from"], row["to"], row["reason"]) for row in json.loads(shown.stdout)]
    assert set(changes) == {
        ("Acme/api", None, "Managed", "in-organization"),
        ("jane/game", None, "Unmanaged", "outside-organization"),
        ("local/notes", None, "Unknown", "not-pushed"),
        ("Acme/api", "Managed", "Managed", "renamed-in-organization"),
        ("jane/game", "Unmanaged", "Managed", "renamed-in-organization"),
    }
    assert ledger.get("labels/changes", limit=1)[0]["to"] == "Managed"
    assert {row["repository"] for row in ledger.get("labels/changes", repository="jane/game")} == {"jane/game"}


def test_a_dry_run_shows_what_would_change_and_changes_nothing(ledger: Ledger, machine: Machine) -> None:
    ledger.label(**{"github.com/acme/api": "Unmanaged", "local/notes": "Unmanaged"})
    before = labels(ledger)
    with github({"acme": ["api"]}) as fake:
        done = classify(machine, fake, "--ledger", ledger.url, "--dry-run", "--format", "json")
        assert [(row["repository"], row["from"], row["to"]) for row in json.loads(done.stdout)] == [
            ("Acme/api", "Unmanaged", "Managed"),
            ("jane/game", None, "Unmanaged"),
            ("local/notes", "Unmanaged", "Unknown"),
        ]
        assert labels(ledger) == before
        classify(machine, fake, "--ledger", ledger.url)
        done = classify(machine, fake, "--ledger", ledger.url, "--dry-run")
    assert done.stdout == "Nothing would change.\n"


def test_people_who_know_better_are_heard(ledger: Ledger, machine: Machine) -> None:
    overrides = machine.home / "overrides.toml"
    overrides.write_text('[managed]\n"jane/*" = "Our contractor"\n[external]\n"acme/api" = ""\n')
    with github({"acme": ["api"]}) as fake:
        done = classify(machine, fake, "--ledger", ledger.url, "--overrides", str(overrides))
    assert done.returncode == 0
    assert "jane/*: Our contractor" in done.stdout
    assert labels(ledger) == {
        "Acme/api": "Unmanaged",
        "jane/game": "Managed",
        "local/notes": "Unknown",
        None: "Unknown",
    }


def test_table_and_csv_say_the_same(ledger: Ledger, machine: Machine) -> None:
    with github({"acme": ["api"]}) as fake:
        table = classify(machine, fake, "--ledger", ledger.url).stdout
        sheet = classify(machine, fake, "--ledger", ledger.url, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert [row["label"] for row in rows] == ["Managed", "Unmanaged", "Unknown"]
    assert all(row["repository"] in table and row["reason"] in table for row in rows)


@pytest.mark.parametrize(
    ("organization", "token", "failure", "message"),
    [
        ("acme", "ghp_other", None, "refused the token"),
        ("nobody", TOKEN, None, "has no organization nobody"),
        ("acme", TOKEN, "page=2", "answered 500"),
        ("acme", "", None, "GITHUB_TOKEN is not set"),
    ],
)
def test_what_cannot_be_completed_changes_no_label(
    ledger: Ledger, machine: Machine, organization: str, token: str, failure: str | None, message: str
) -> None:
    ledger.label(**{"github.com/acme/api": "Unmanaged"})
    before = labels(ledger)
    with github({"acme": [f"r{number}" for number in range(150)] + ["api"]}) as fake:
        if failure:
            fake.fail(failure, times=10)
        done = classify(machine, fake, "--ledger", ledger.url, org=organization, GITHUB_TOKEN=token)
    assert done.returncode == 1
    assert done.stdout == ""
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not token or token not in done.stderr
    assert labels(ledger) == before


@pytest.mark.parametrize(("status", "said", "headers", "more"), [REFUSALS["SAML"], REFUSALS["DMCA"]])
def test_one_repository_that_github_refuses_keeps_its_label_and_stops_no_other(
    ledger: Ledger, machine: Machine, status: int, said: str, headers: dict[str, str], more: dict[str, Any]
) -> None:
    ledger.accept("traces", traces(span("https://github.com/joe/tool")))
    ledger.label(**{"github.com/jane/game": "Unmanaged", "github.com/acme/api": "Unmanaged"})
    cache = machine.home / ".cache" / "whence" / "classifier"
    with github({"acme": ["api"]}) as fake:
        fake.create("joe/tool")
        fake.fail("repos/jane/game", status, 100, said, headers, **more)
        first = classify(machine, fake, "--ledger", ledger.url, "--format", "json")
        asked = sum("repos/jane/game" in one for one in fake.requests)
        fake.requests.clear()
        second = classify(machine, fake, "--ledger", ledger.url, "--format", "json")
        assert not any("repos/jane/game" in one for one in fake.requests)
        assert labels(ledger) == {
            "Acme/api": "Managed",
            "jane/game": "Unmanaged",
            "joe/tool": "Unmanaged",
            "local/notes": "Unknown",
            None: "Unknown",
        }
        fake.faults.clear()
        fake.create("jane/game")
        for kept in cache.glob("*.json"):
            kept.write_text(re.sub(r'("asked_at": )[0-9.]+', r"\g<1>0", kept.read_text()))
        third = classify(machine, fake, "--ledger", ledger.url, "--format", "json")
    assert "jane/game" not in reasons(first)
    assert reasons(first)["joe/tool"] == ("Unmanaged", "outside-organization")
    # Reported once, with GitHub's reason, and counted once in the exit code.
    assert (first.returncode, second.returncode, third.returncode) == (3, 0, 0)
    (line,) = first.stderr.splitlines()
    assert "jane/game" in line
    assert f"{status}: {said}".rstrip(".") in line
    assert all(part in line for block in more.values() for part in (block["reason"], block["html_url"]))
    assert "SECRET" not in line
    assert (second.stderr, third.stderr) == ("", "")
    assert asked <= 2
    assert reasons(third)["jane/game"] == ("Unmanaged", "outside-organization")


def test_an_outage_during_the_look_ups_leaves_the_rest_for_the_next_run(ledger: Ledger, machine: Machine) -> None:
    for number in range(8):
        ledger.accept("traces", traces(span(f"https://github.com/joe/r{number}")))
    with github({"acme": ["api"]}) as fake:
        fake.fail("/repos/", 503, 100)
        first = classify(machine, fake, "--ledger", ledger.url)
        assert labels(ledger)["Acme/api"] == "Managed"
        assert sum("/repos/j" in one for one in fake.requests) == 6
        fake.faults.clear()
        second = classify(machine, fake, "--ledger", ledger.url)
    assert (first.returncode, second.returncode) == (3, 0)
    assert "503: Server Error" in first.stderr
    assert "6 repositories wait for the next run" in first.stderr
    assert second.stderr == ""


def test_a_limit_that_is_used_up_by_look_ups_keeps_what_was_learnt(ledger: Ledger, machine: Machine) -> None:
    for number in range(8):
        ledger.accept("traces", traces(span(f"https://github.com/joe/r{number}")))
    with github({"acme": ["api"]}) as fake:
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4000000000"}
        fake.fail("joe/r5", 403, 1, "API rate limit exceeded for user ID 1.", headers)
        first = classify(machine, fake, "--ledger", ledger.url)
        fake.requests.clear()
        second = classify(machine, fake, "--ledger", ledger.url)
        asked = sum("/repos/j" in one for one in fake.requests)
    assert (first.returncode, second.returncode) == (3, 0)
    assert "rate limit" in first.stderr
    assert f"{asked} repositories wait for the next run" in first.stderr
    assert 0 < asked < 9


def test_a_ledger_that_is_away_is_named(machine: Machine) -> None:
    with github({"acme": ["api"]}) as fake:
        done = classify(machine, fake, "--ledger", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "Start one: whence serve" in done.stderr


def test_no_cell_of_the_csv_runs_in_a_spreadsheet(ledger: Ledger, machine: Machine) -> None:
    ledger.accept("traces", traces(span("https://github.com/=cmd()/x")))
    with github({"acme": ["api"]}) as fake:
        sheet = classify(machine, fake, "--ledger", ledger.url, "--format", "csv").stdout
    assert next(row["repository"] for row in csv.DictReader(io.StringIO(sheet))) == "'=cmd()/x"


def test_names_from_anywhere_are_labelled_without_a_ledger(machine: Machine) -> None:
    names = machine.home / "names"
    names.write_text("acme/api\njane/game\ngit@gitlab.com:a/b.git\n")
    with github({"acme": ["api"]}) as fake:
        done = classify(machine, fake, "--repositories", str(names), "--format", "json")
        piped = subprocess.run(
            [*WHENCE, "classify", "--org", "acme", "--github-url", fake.url, "--repositories", "-"],
            check=True,
            input="https://github.com/acme/api\n",
            capture_output=True,
            text=True,
            env=machine.environment | {"GITHUB_TOKEN": TOKEN},
        )
    # A name without a host is on the organization's host, not on the gateway's.
    assert [(row["label"], row["reason"]) for row in json.loads(done.stdout)] == [
        ("Managed", "in-organization"),
        ("Unmanaged", "outside-organization"),
        ("Unmanaged", "other-host"),
    ]
    assert "Managed" in piped.stdout
    assert "in-organization" in piped.stdout


def test_labels_are_exported_as_a_metric_with_and_without_a_ledger(ledger: Ledger, machine: Machine) -> None:
    with github({"acme": ["api", "web"]}) as fake, otlp_receiver() as receiver:
        headers = {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20secret"}
        assert classify(machine, fake, "--otlp", receiver.url, **headers).returncode == 0
        assert classify(machine, fake, "--otlp", receiver.url, "--ledger", ledger.url).returncode == 0
        receiver.statuses.append(503)
        refused = classify(machine, fake, "--otlp", receiver.url, "--ledger", ledger.url)
    assert receiver.authorizations[0] == "Bearer secret"
    sent = [
        {
            (point.attributes[0].value.string_value, point.attributes[1].value.string_value, point.as_int)
            for point in metric.gauge.data_points
        }
        for metric in receiver.metrics()
    ]
    assert {metric.name for metric in receiver.metrics()} == {"claude_code.repository.info"}
    assert sent[0] == {("acme/api", "Managed", 1), ("acme/web", "Managed", 1)}
    assert sent[1] == {("Acme/api", "Managed", 1), ("jane/game", "Unmanaged", 1), ("local/notes", "Unknown", 1)}
    assert refused.returncode == 1
    assert "answered 503" in refused.stderr


def test_an_app_and_an_enterprise_do_as_well_as_a_token(ledger: Ledger, machine: Machine) -> None:
    key = machine.home / "key.pem"
    key.write_text(PEM)
    key.chmod(0o600)
    with github({"acme": ["api"], "labs": ["lab"]}) as fake:
        fake.install("acme", KEY.public_key())
        app = {"GITHUB_APP_ID": "7", "GITHUB_APP_KEY": str(key), "GITHUB_TOKEN": ""}
        done = classify(machine, fake, "--ledger", ledger.url, "--format", "json", **app)
        assert (done.returncode, reasons(done)["Acme/api"]) == (0, ("Managed", "in-organization"))
        done = classify(machine, fake, "--ledger", ledger.url, "--enterprise", ENTERPRISE, "--format", "json", org="")
        assert (done.returncode, reasons(done)["Acme/api"]) == (0, ("Managed", "in-organization"))
        key.chmod(0o644)
        assert "chmod 600" in classify(machine, fake, "--ledger", ledger.url, **app).stderr


def test_what_the_credentials_may_not_see_accuses_nobody(ledger: Ledger, machine: Machine) -> None:
    with github({"acme": ["api", "web"]}) as fake:
        fake.hides.add("acme/api")
        done = classify(machine, fake, "--ledger", ledger.url, "--format", "json")
    assert "1 of the 2 repositories of acme" in done.stderr
    assert reasons(done)["Acme/api"] == ("Unknown", "hidden-or-deleted")
    assert labels(ledger)["Acme/api"] == "Unknown"


def test_two_runs_at_once_do_not_mix(ledger: Ledger, machine: Machine) -> None:
    with github({"acme": ["api"]}) as fake:
        classify(machine, fake, "--ledger", ledger.url)
        (lock,) = (machine.home / ".cache" / "whence" / "classifier").glob("*.lock")
        fake.requests.clear()
        with filelock.FileLock(lock):
            second = classify(machine, fake, "--ledger", ledger.url)
    assert second.returncode == 1
    assert "Another 'whence classify'" in second.stderr
    assert fake.requests == []


def test_what_has_to_wait_for_the_next_run_keeps_its_label_and_is_counted(machine: Machine) -> None:
    names = machine.home / "names"
    names.write_text("".join(f"https://github.com/jane/r{number}\n" for number in range(2003)))
    with github({"acme": ["api"]}) as fake:
        first = classify(machine, fake, "--repositories", str(names), "--format", "json")
        second = classify(machine, fake, "--repositories", str(names), "--format", "json")
    assert (first.returncode, len(json.loads(first.stdout))) == (3, 2000)
    assert "3 repositories wait for the next run" in first.stderr
    assert (second.returncode, len(json.loads(second.stdout))) == (0, 2003)


@pytest.mark.parametrize(
    "arguments", [["--repositories", "names", "--ledger", "http://127.0.0.1:9"], ["--format", "xml"], []]
)
def test_a_command_that_makes_no_sense_is_refused_as_such(machine: Machine, arguments: list[str]) -> None:
    done = machine.whence("classify", *(["--org", "acme"] if arguments else []), *arguments, GITHUB_TOKEN=TOKEN)
    assert done.returncode == 2
    assert "Usage" in done.stderr
