"""Several runs against one ledger, each with its own GitHub hosts and credentials; and how they use history."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.telemetry import cost, metrics, span, traces
from fakes.github import TOKEN, GitHub, github
from fakes.old_ledger import old_ledger

pytestmark = pytest.mark.slow

ROOT, LINUX = "c0ffee" + "0" * 34, "1da177" + "0" * 34
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with running_ledger(tmp_path / "data") as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def seen(ledger: Ledger, *remotes: str, **more: Any) -> None:
    """Report these repositories as the hook does."""
    ledger.accept("traces", traces(*(span(one if ":" in one else f"https://{one}", **more) for one in remotes)))
    ledger.accept("metrics", metrics(cost(1.0, more.get("session", "s1"))))


def labels(ledger: Ledger) -> dict[str, tuple[str, str]]:
    """Label and reason by key."""
    return {row["repository"]: (row["label"], row["reason"]) for row in ledger.get("observations")}


def run(
    machine: Machine, ledger: Ledger, *arguments: str, token: str = TOKEN, code: int = 0
) -> subprocess.CompletedProcess[str]:
    done = machine.whence("classify", *arguments, "--ledger", ledger.url, GITHUB_TOKEN=token)
    assert done.returncode == code, done.stderr
    return done


def forget_cache(machine: Machine) -> None:
    shutil.rmtree(machine.home / ".cache" / "whence" / "classifier")


def alternate(ledger: Ledger, *runs: Any) -> list[dict[str, Any]]:
    """Run each three times, in turn; return the label changes after each had run once."""
    for one in runs:
        one()
    settled, before = labels(ledger), len(ledger.get("labels/changes"))
    for _ in range(2):
        for one in runs:
            one()
            assert labels(ledger) == settled
    changes: list[dict[str, Any]] = ledger.get("labels/changes")
    return changes[: len(changes) - before]


@pytest.mark.parametrize("server_first", [False, True])
def test_github_com_and_an_enterprise_server_do_not_overwrite_each_other(
    ledger: Ledger, machine: Machine, server_first: bool
) -> None:
    seen(ledger, "github.com/acme/api", "github.com/jane/game", "git.acme.example/tools/build")
    seen(ledger, "git.acme.example/jane/x", "gitlab.com/jane/y", "local:notes")
    with github({"acme": ["api"]}) as com, github({"tools": ["build"]}, web="https://git.acme.example") as server:
        runs = [
            lambda: run(machine, ledger, "--org", "acme", "--github-url", com.url),
            lambda: run(machine, ledger, "--org", "tools", "--github-url", server.url),
        ]
        assert alternate(ledger, *(reversed(runs) if server_first else runs)) == []
    assert labels(ledger) == {
        "github.com/acme/api": ("Managed", "in-organization"),
        "github.com/jane/game": ("Unmanaged", "outside-organization"),
        "git.acme.example/tools/build": ("Managed", "in-organization"),
        "git.acme.example/jane/x": ("Unmanaged", "outside-organization"),
        "gitlab.com/jane/y": ("Unmanaged", "other-host"),
        "local/notes": ("Unknown", "not-pushed"),
    }
    scopes = [(row["host"], row["organization"]) for row in ledger.get("labels/scopes")]
    assert scopes == [("git.acme.example", "tools"), ("github.com", "acme")]


def two_organizations(fake: GitHub) -> None:
    """Two organizations, each with a token that sees only its own private repositories."""
    fake.limit("t-acme", "acme")
    fake.limit("t-labs", "labs")
    fake.create("jane/given")
    fake.rename("jane/given", "labs/given")
    fake.create("jane/api", parent="labs/lab", private=False)
    fake.create("jane/game", private=False)


SEEN = [f"github.com/{name}" for name in ("acme/api", "labs/lab", "labs/gone", "jane/given", "jane/api", "jane/game")]
EXPECTED = {
    "github.com/acme/api": ("Managed", "in-organization"),
    "github.com/labs/lab": ("Managed", "in-organization"),
    "github.com/labs/gone": ("Unknown", "hidden-or-deleted"),
    "github.com/jane/given": ("Managed", "renamed-in-organization"),
    "github.com/jane/api": ("Unmanaged", "fork-of"),
    "github.com/jane/game": ("Unmanaged", "outside-organization"),
}


@pytest.mark.parametrize("labs_first", [False, True])
@pytest.mark.parametrize("same_machine", [False, True])
def test_a_token_for_each_organization_in_runs_of_its_own_does_not_flap(
    ledger: Ledger, machine: Machine, labs_first: bool, same_machine: bool
) -> None:
    seen(ledger, *SEEN)
    other = machine if same_machine else Machine(machine.home / "other")
    with github({"acme": ["api"], "labs": ["lab"]}) as fake:
        two_organizations(fake)
        runs = [
            lambda: run(machine, ledger, "--org", "acme", "--github-url", fake.url, token="t-acme"),
            lambda: run(other, ledger, "--org", "labs", "--github-url", fake.url, token="t-labs"),
        ]
        assert alternate(ledger, *(reversed(runs) if labs_first else runs)) == []
    assert labels(ledger) == EXPECTED


def test_one_run_holds_several_githubs_and_credentials(ledger: Ledger, machine: Machine) -> None:
    seen(ledger, *SEEN, "git.acme.example/tools/build", "git.acme.example/jane/x")
    (machine.home / "labs-token").write_text("t-labs")
    (machine.home / "labs-token").chmod(0o600)
    config = machine.home / "classify.toml"
    with (
        github({"acme": ["api"], "labs": ["lab"]}) as fake,
        github({"tools": ["build"]}, web="https://git.acme.example") as server,
    ):
        two_organizations(fake)
        config.write_text(
            f"""
            [[github]]
            url = "{fake.url}"
            organizations = ["labs"]
            token-file = "labs-token"

            [[github]]
            url = "{server.url}"
            organizations = ["tools"]
            token-variable = "SERVER_TOKEN"
            """
        )
        arguments = ["--org", "acme", "--github-url", fake.url, "--config", str(config), "--ledger", ledger.url]
        for _ in range(2):
            done = machine.whence("classify", *arguments, GITHUB_TOKEN="t-acme", SERVER_TOKEN=TOKEN)
            assert (done.returncode, done.stderr) == (0, "")
            assert labels(ledger) == EXPECTED | {
                "git.acme.example/tools/build": ("Managed", "in-organization"),
                "git.acme.example/jane/x": ("Unmanaged", "outside-organization"),
            }
        assert len(ledger.get("labels/changes")) == len(EXPECTED) + 2
        # A run for only one of them is another scope, and does not change the other's labels.
        run(machine, ledger, "--org", "tools", "--github-url", server.url)
    assert len(ledger.get("labels/changes")) == len(EXPECTED) + 2


def test_a_scope_that_is_forgotten_is_judged_by_the_others(ledger: Ledger, machine: Machine) -> None:
    seen(ledger, "github.com/acme/api", "git.acme.example/tools/build")
    with github({"acme": ["api"]}) as com, github({"tools": ["build"]}, web="https://git.acme.example") as server:
        run(machine, ledger, "--org", "tools", "--github-url", server.url)
        refused = run(machine, ledger, "--forget", "git.acme.example/nobody", code=1)
        assert "Known scopes: git.acme.example/tools" in refused.stderr
        refused = run(machine, ledger, "forget", "git.acme.example/nobody", code=1)
        assert "Known scopes: git.acme.example/tools" in refused.stderr
        run(machine, ledger, "forget", "git.acme.example/Tools")
        run(machine, ledger, "--org", "acme", "--github-url", com.url)
    assert labels(ledger)["git.acme.example/tools/build"] == ("Unmanaged", "other-host")


def test_an_option_of_a_run_is_not_taken_by_a_command(ledger: Ledger, machine: Machine) -> None:
    refused = machine.whence("classify", "--org", "acme", "changes", "--ledger", ledger.url)
    assert refused.returncode == 2
    assert "Give the options after the command: whence classify changes" in refused.stderr


def test_an_older_ledger_without_scopes_is_labelled_as_before(machine: Machine) -> None:
    row = {"repository": "github.com/acme/api", "host": "github.com", "owner": "acme", "name": "api"}
    with (
        github({"acme": ["api"]}) as fake,
        old_ledger(row | {"root_commits": [], "label": None, "reason": None}) as old,
    ):
        arguments = ["--org", "acme", "--github-url", fake.url, "--ledger", old.url]
        done = machine.whence("classify", *arguments, GITHUB_TOKEN=TOKEN)
    assert (done.returncode, done.stderr) == (0, "")
    (body,) = old.put
    assert [(one["repository"], one["label"]) for one in body["labels"]] == [("github.com/acme/api", "Managed")]
    assert body["organizations"] == ["acme"]


def test_a_lost_cache_and_a_name_registered_again_do_not_swap_owners(ledger: Ledger, machine: Machine) -> None:
    seen(ledger, "github.com/acme/api")
    with github({"acme": ["api"]}) as fake:
        arguments = ["--org", "acme", "--github-url", fake.url]
        run(machine, ledger, *arguments)
        before = labels(ledger)
        fake.rename_owner("acme", "acme-inc")
        fake.create("acme/api")
        forget_cache(machine)
        refused = run(machine, ledger, *arguments, code=1)
        assert "acme is now another organization" in refused.stderr
        assert "classify forget github.com/acme" in refused.stderr
        assert labels(ledger) == before
        run(machine, ledger, "forget", "github.com/acme")
        run(machine, ledger, *arguments)


def test_an_organization_renamed_while_the_cache_was_lost_is_found_by_the_ledger_s_id(
    ledger: Ledger, machine: Machine
) -> None:
    seen(ledger, "127.0.0.1/acme/api")
    with github({"acme": ["api"]}, web="https://127.0.0.1") as fake:
        arguments = ["--org", "acme", "--github-url", fake.url]
        run(machine, ledger, *arguments)
        fake.rename_owner("acme", "acme-inc")
        forget_cache(machine)
        done = run(machine, ledger, *arguments)
    assert "acme was renamed to acme-inc" in done.stderr
    assert labels(ledger)["127.0.0.1/acme/api"] == ("Managed", "renamed-in-organization")
    assert [row["organization"] for row in ledger.get("labels/scopes")] == ["acme-inc"]


def test_what_is_used_after_it_left_for_a_hidden_place_is_flagged_with_the_day(
    ledger: Ledger, machine: Machine
) -> None:
    seen(ledger, "github.com/acme/api")
    with github({"acme": ["api"]}) as fake:
        arguments = ["--org", "acme", "--github-url", fake.url]
        run(machine, ledger, *arguments)
        fake.create("jane/other", private=False)
        fake.rename("acme/api", "jane/api")
        fake.hides.add("jane/api")
        run(machine, ledger, *arguments)
        today = str(datetime.now(UTC).date())
        (row,) = ledger.get("observations")
        assert (row["label"], row["reason"], row["left_on"]) == ("Managed", "deleted-from-organization", today)
        # As if it had left two days before its last use.
        label = {"repository": "github.com/acme/api", "label": "Managed", "reason": row["reason"]}
        label |= {"scope": row["scope"], "left_on": "2026-11-20"}
        body = {"organizations": ["acme"], "labels": [label]}
        assert httpx.put(f"{ledger.url}/api/v1/labels", json=body, timeout=60).status_code == 200
        for _ in range(2):
            run(machine, ledger, *arguments)
            (row,) = ledger.get("observations")
            assert (row["label"], row["reason"], row["left_on"]) == ("Unknown", "left-organization", "2026-11-20")
    assert "acme until 2026-11-20" in {one["evidence"] for one in ledger.get("repositories")}


def test_company_history_names_the_copy_and_accuses_no_innocent(ledger: Ledger, machine: Machine) -> None:
    root: dict[str, Any] = {"whence_repository_root__commit": [ROOT]}
    linux: dict[str, Any] = {"whence_repository_root__commit": [LINUX]}
    seen(ledger, "github.com/acme/api", "github.com/joe/api", "github.com/jane/copy", **root)
    seen(ledger, "gitlab.com/acme/api", "gitlab.com/jane/copy", "local:api", **root)
    seen(ledger, "github.com/acme/linux", "github.com/torvalds/linux", "github.com/jane/linux", **linux)
    with github({"acme": ["api"]}) as fake:
        fake.create("joe/api", parent="acme/api", private=False)
        fake.create("torvalds/linux", private=False)
        fake.create("acme/linux", parent="torvalds/linux")
        fake.create("jane/linux", private=False)
        fake.commit(ROOT, BEGAN, "acme/api")
        fake.commit(LINUX, BEGAN, "torvalds/linux", "acme/linux", "jane/linux")
        run(machine, ledger, "--org", "acme", "--github-url", fake.url)
        assert labels(ledger) == {
            "github.com/acme/api": ("Managed", "in-organization"),
            "github.com/acme/linux": ("Managed", "in-organization"),
            "github.com/joe/api": ("Unmanaged", "fork-of"),
            "github.com/jane/copy": ("Unmanaged", "shares-history-with"),
            "github.com/torvalds/linux": ("Unmanaged", "outside-organization"),
            "github.com/jane/linux": ("Unmanaged", "outside-organization"),
            "gitlab.com/acme/api": ("Unknown", "mirror-of"),
            "gitlab.com/jane/copy": ("Unmanaged", "shares-history-with"),
            "local/api": ("Unknown", "not-pushed"),
        }
        # GitHub's answer is kept; a later refusal to answer does not revoke it.
        fake.requests.clear()
        run(machine, ledger, "--org", "acme", "--github-url", fake.url)
        assert not any("search" in request for request in fake.requests)
        changes = len(ledger.get("labels/changes"))
        forget_cache(machine)
        fake.fail("/search/commits", 403, 10, "Resource not accessible by personal access token")
        run(machine, ledger, "--org", "acme", "--github-url", fake.url)
    assert len(ledger.get("labels/changes")) == changes


def test_accounts_that_an_enterprise_manages_are_its_own(ledger: Ledger, machine: Machine) -> None:
    seen(ledger, "github.com/jane_acme/tool", "github.com/jane_other/tool")
    with github({"acme": ["api"]}) as fake:
        run(machine, ledger, "--org", "acme", "--short-code", "ACME", "--github-url", fake.url)
    assert labels(ledger) == {
        "github.com/jane_acme/tool": ("Managed", "enterprise-account"),
        "github.com/jane_other/tool": ("Unmanaged", "outside-organization"),
    }


def test_overrides_alone_label_for_companies_that_are_not_on_github(ledger: Ledger, machine: Machine) -> None:
    seen(ledger, "gitlab.com/acme/api", "gitlab.com/jane/x", "bitbucket.org/acme/web", "github.com/jane/y")
    seen(ledger, "dev.azure.com/acme/platform/_git/api", "local:notes")
    overrides = machine.home / "overrides.toml"
    overrides.write_text(
        '[managed]\n"gitlab.com/acme/*" = "Ours"\n"bitbucket.org/acme/*" = ""\n"dev.azure.com/acme/*" = ""\n'
    )
    arguments = ["classify", "--overrides", str(overrides), "--ledger", ledger.url]
    expected = {
        "gitlab.com/acme/api": ("Managed", "override"),
        "gitlab.com/jane/x": ("Unmanaged", "outside-organization"),
        "bitbucket.org/acme/web": ("Managed", "override"),
        "dev.azure.com/acme/platform/api": ("Managed", "override"),
        "github.com/jane/y": ("Unmanaged", "other-host"),
        "local/notes": ("Unknown", "not-pushed"),
    }
    with github({"acme": ["api"]}) as fake:
        changes = alternate(
            ledger,
            lambda: machine.whence(*arguments),
            lambda: run(machine, ledger, "--org", "acme", "--github-url", fake.url),
        )
    assert changes == []
    assert labels(ledger) == expected | {"github.com/jane/y": ("Unmanaged", "outside-organization")}


def test_an_organization_that_many_work_in_is_suggested_once(ledger: Ledger, machine: Machine) -> None:
    for number in range(14):
        seen(ledger, "github.com/acme-research/x", session=f"r{number}", user_email=f"u{number}@acme.example")
    for number in range(4):
        seen(ledger, "github.com/few/x", session=f"f{number}", user_email=f"u{number}@acme.example")
    with github({"acme": ["api"]}) as fake:
        arguments = ["--org", "acme", "--github-url", fake.url]
        assert run(machine, ledger, *arguments).stderr == (
            "14 people worked in acme-research. Is it yours? Then add --org acme-research.\n"
        )
        assert run(machine, ledger, *arguments).stderr == ""
