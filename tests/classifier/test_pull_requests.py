"""``whence classify --pull-requests``: from GitHub's list to the cost of each."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.telemetry import NOON, cost, metrics, span, traces
from fakes.github import TOKEN, GitHub, github
from whence_classifier.error import ClassifierError
from whence_classifier.github import parse

WORKED = datetime.fromtimestamp(NOON / 1e9, UTC)
HOUR = timedelta(hours=1)
PATH = "/api/v1/pull-requests"
DENIED = "Resource not accessible by personal access token"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with running_ledger(tmp_path / "data") as running:
        spans = [
            span("https://github.com/acme/api", "s1", vcs_ref_head_name="topic"),
            span("https://github.com/acme/web", "s2", vcs_ref_head_name="topic"),
            span("https://github.com/acme/docs", "s3"),
            span("https://github.com/jane/game", "s4", vcs_ref_head_name="topic"),
        ]
        running.accept("traces", traces(*spans))
        running.accept("metrics", metrics(*(cost(float(number), f"s{number}") for number in (1, 2, 3, 4))))
        yield running


@pytest.fixture
def fake() -> Iterator[GitHub]:
    with github({"acme": ["api", "web", "docs"]}) as served:
        served.create("jane/game", private=False)
        served.create("jane/api", parent="acme/api")
        yield served


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def classify(machine: Machine, fake: GitHub, ledger: Ledger, *more: str) -> subprocess.CompletedProcess[str]:
    arguments = ["--org", "acme", "--github-url", fake.url, "--ledger", ledger.url, "--pull-requests", *more]
    done = machine.whence("classify", *arguments, GITHUB_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    return done


def listed(ledger: Ledger) -> dict[tuple[str, int | None], dict[str, Any]]:
    return {(row["repository"], row["number"]): row for row in ledger.get("pull-requests")}


def asked(fake: GitHub) -> list[str]:
    """The repositories whose pull requests were requested since the last call."""
    found = [one.split("/repos/")[1].partition("/pulls")[0] for one in fake.requests if "/pulls?" in one]
    fake.requests.clear()
    return found


def test_a_pull_request_has_the_cost_of_its_branch_and_the_hours_to_its_merge(
    ledger: Ledger, fake: GitHub, machine: Machine
) -> None:
    fake.pull_request("acme/api", "topic", "merged", WORKED + 3 * HOUR, "Log in")
    fake.pull_request("acme/web", "topic", "closed", WORKED + HOUR)
    assert classify(machine, fake, ledger).stderr == ""
    # Usage without a branch, or outside the organization, has no pull requests.
    assert sorted(asked(fake)) == ["acme/api", "acme/web"]
    rows = listed(ledger)
    merged = rows["acme/api", 1]
    assert (merged["title"], merged["state"], merged["author"], merged["cost_usd"]) == ("Log in", "merged", "jane", 1)
    assert (merged["hours_to_merge"], merged["branch"]) == (3, "topic")
    assert (rows["acme/web", 1]["state"], rows["acme/web", 1]["cost_usd"]) == ("closed", 2)
    assert rows["acme/web", 1]["hours_to_merge"] is None
    assert sum(row["cost_usd"] for row in rows.values()) == 10
    shown = machine.whence("report", "pull-requests", "--ledger", ledger.url).stdout
    assert "#1" in shown
    assert "Log in" in shown


def test_a_squashed_pull_request_of_a_renamed_branch_has_the_sessions_that_made_its_commits(
    ledger: Ledger, fake: GitHub, machine: Machine
) -> None:
    first, last = "b" * 40, "c" * 40
    made: dict[str, Any] = {"vcs_ref_head_name": "wip", "vcs_ref_head_revision": first, "commits": 1}
    ledger.accept("traces", traces(span("https://github.com/acme/api", "s5", **made)))
    ledger.accept("metrics", metrics(cost(16.0, "s5")))
    fake.pull_request("acme/api", "feature", "merged", WORKED + 5 * HOUR, commits=(first, last))
    classify(machine, fake, ledger)
    row = listed(ledger)["acme/api", 1]
    assert (row["branch"], row["work_branches"], row["cost_usd"], row["hours_to_merge"]) == ("feature", "wip", 16, 5)
    assert sum(one["cost_usd"] for one in ledger.get("pull-requests")) == 26
    assert sum("/pulls/1/commits" in one for one in fake.requests) == 1


def test_without_the_list_of_commits_the_last_one_is_known(ledger: Ledger, fake: GitHub, machine: Machine) -> None:
    last = "c" * 40
    made: dict[str, Any] = {"vcs_ref_head_name": "wip", "vcs_ref_head_revision": last, "commits": 1}
    ledger.accept("traces", traces(span("https://github.com/acme/api", "s5", **made)))
    ledger.accept("metrics", metrics(cost(16.0, "s5")))
    fake.pull_request("acme/api", "feature", "open", WORKED + HOUR, commits=("b" * 40, last))
    fake.fail("/commits", 403, 5, "Forbidden")
    classify(machine, fake, ledger)
    assert listed(ledger)["acme/api", 1]["cost_usd"] == 16


def test_a_branch_of_the_same_name_in_a_fork_is_not_taken(ledger: Ledger, fake: GitHub, machine: Machine) -> None:
    fake.pull_request("acme/api", "topic", "open", WORKED + HOUR, fork="jane/api")
    classify(machine, fake, ledger)
    assert asked(fake)
    assert ("acme/api", 1) not in listed(ledger)
    assert ledger.get("pull-requests", repository="acme/api")[0]["cost_usd"] == 1


def test_without_titles_none_is_sent(ledger: Ledger, fake: GitHub, machine: Machine) -> None:
    fake.pull_request("acme/api", "topic", "open", WORKED + HOUR, "Secret")
    classify(machine, fake, ledger, "--no-titles")
    row = listed(ledger)["acme/api", 1]
    assert (row["title"], row["state"], row["cost_usd"]) == (None, "open", 1)


def test_a_later_run_asks_conditionally_and_hears_of_changes(ledger: Ledger, fake: GitHub, machine: Machine) -> None:
    pull = fake.pull_request("acme/api", "topic", "open", WORKED + HOUR)
    classify(machine, fake, ledger)
    fake.answers.clear()
    fake.requests.clear()
    classify(machine, fake, ledger)
    answers = [status for one, status in zip(fake.requests, fake.answers, strict=True) if "/pulls" in one]
    assert answers == [304, 304]
    ends = WORKED + 2 * HOUR
    pull.update(state="closed", updated_at=ends, closed_at=ends, merged_at=ends)
    classify(machine, fake, ledger)
    assert listed(ledger)["acme/api", 1]["state"] == "merged"


def test_what_the_ledger_lost_is_listed_again(ledger: Ledger, fake: GitHub, machine: Machine, tmp_path: Path) -> None:
    fake.pull_request("acme/api", "topic", "open", WORKED + HOUR)
    classify(machine, fake, ledger)
    with running_ledger(tmp_path / "other") as other:
        other.accept("traces", traces(span("https://github.com/acme/api", vcs_ref_head_name="topic")))
        other.accept("metrics", metrics(cost(1.0)))
        classify(machine, fake, other)
        assert ("acme/api", 1) in listed(other)


def test_only_what_changed_since_the_first_touch_is_read(ledger: Ledger, fake: GitHub, machine: Machine) -> None:
    for number in range(250):
        fake.pull_request("acme/api", f"old-{number}", "merged", WORKED - (number + 1) * HOUR)
    fake.pull_request("acme/api", "topic", "merged", WORKED + HOUR)
    classify(machine, fake, ledger)
    assert asked(fake).count("acme/api") == 1
    for number in range(150):
        fake.pull_request("acme/api", f"new-{number}", "open", WORKED + (number + 2) * HOUR)
    classify(machine, fake, ledger)
    assert asked(fake).count("acme/api") == 2
    assert listed(ledger)["acme/api", 251]["cost_usd"] == 1


@pytest.mark.parametrize(("status", "said"), [(403, "Forbidden"), (404, "Not Found"), (451, "Blocked")])
def test_a_repository_that_github_refuses_is_told_once_and_stops_no_other(
    ledger: Ledger, fake: GitHub, machine: Machine, status: int, said: str
) -> None:
    fake.pull_request("acme/web", "topic", "open", WORKED + HOUR)
    fake.fail("acme/api/pulls", status, 5, said)
    first = classify(machine, fake, ledger)
    assert "no pull requests of github.com/acme/api" in first.stderr
    assert str(status) in first.stderr
    assert ("acme/web", 1) in listed(ledger)
    assert {row["label"] for row in json.loads(classify(machine, fake, ledger, "--format", "json").stdout)}
    assert classify(machine, fake, ledger).stderr == ""


def test_a_missing_permission_is_told_at_the_end_and_labels_are_given(
    ledger: Ledger, fake: GitHub, machine: Machine
) -> None:
    fake.fail("/pulls", 403, 5, DENIED)
    done = classify(machine, fake, ledger)
    assert "Pull requests: read" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert len(asked(fake)) == 1
    assert {row["label"] for row in ledger.get("repositories")} == {"Managed", "Unmanaged"}


def test_a_renamed_repository_is_asked_for_by_its_new_name(ledger: Ledger, fake: GitHub, machine: Machine) -> None:
    fake.pull_request("acme/api", "topic", "merged", WORKED + HOUR)
    fake.rename("acme/api", "acme/core")
    classify(machine, fake, ledger)
    assert "acme/core" in asked(fake)
    assert listed(ledger)["acme/api", 1]["cost_usd"] == 1


def test_a_dry_run_lists_none(ledger: Ledger, fake: GitHub, machine: Machine) -> None:
    classify(machine, fake, ledger, "--dry-run")
    assert asked(fake) == []


def test_a_fork_that_was_deleted_and_an_account_that_was_are_no_error() -> None:
    body = {
        "number": 1,
        "state": "open",
        "title": None,
        "user": None,
        "head": {"ref": "topic", "repo": None},
        "base": {"ref": "main", "repo": {"id": 5}},
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    ((found, own),) = parse.pull_requests([body])
    assert (found.author, found.title, own) == ("", "", False)
    for name, wrong in (("number", 0), ("state", "?"), ("head", None), ("updated_at", "9999"), ("base", None)):
        with pytest.raises(ClassifierError):
            parse.pull_requests([body | {name: wrong}])
