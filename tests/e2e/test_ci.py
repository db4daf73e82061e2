"""A session in CI: the variables of GitHub's runner, and a checkout as ``actions/checkout`` makes it."""

from pathlib import Path

import pytest

from builders.claude_code import CLAUDE, NEWEST_CLAUDE, run_session
from builders.git_repository import git, make_repository
from builders.ledger import running_ledger
from builders.machine import Machine
from fakes.messages_api import ToolCall, messages_api

EMPTY = (
    "CLAUDE_CODE_ENABLE_TELEMETRY",
    "OTEL_METRICS_EXPORTER",
    "OTEL_LOGS_EXPORTER",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_LOGS_EXPORT_INTERVAL",
    "OTEL_RESOURCE_ATTRIBUTES",
)
"""What ``claude-code-action`` sets to an empty text, where the workflow does not set it (its ``action.yml``)."""


@pytest.mark.parametrize("client", [CLAUDE, NEWEST_CLAUDE], ids=["oldest", "newest"])
def test_a_session_on_a_runner_belongs_to_the_repository_that_was_checked_out(client: Path, tmp_path: Path) -> None:
    origin = make_repository(tmp_path / "origin", "https://github.com/acme/api.git")
    work = tmp_path / "_work" / "api" / "api"
    work.mkdir(parents=True)
    git(work, "init", "--quiet")
    git(work, "remote", "add", "origin", "https://github.com/acme/api")
    git(work, "config", "http.https://github.com/.extraheader", "AUTHORIZATION: basic eDpzM2NyZXQ=")
    git(work, "fetch", "--quiet", "--depth=1", f"file://{origin}", "HEAD")
    git(work, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    variables = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        # Not the repository that was checked out: what counts is where Claude worked.
        "GITHUB_REPOSITORY": "acme/workflows",
        "GITHUB_WORKSPACE": str(work),
        "GITHUB_REF": "refs/pull/7/merge",
        "CLAUDE_CODE_ENTRYPOINT": "claude-code-github-action",
    } | dict.fromkeys(EMPTY, "")
    runner = Machine(tmp_path / "runner")
    runner.home.mkdir()
    scripts = {"work": [[ToolCall("Read", {"file_path": str(work / "README.md")})]]}
    with running_ledger(tmp_path / "data") as ledger, messages_api(scripts) as url:
        assert runner.whence("install", "--endpoint", ledger.url, **variables).returncode == 0
        session = run_session(runner, url, work, "SCRIPT:work", client, **variables)
        # The last step of the job.
        assert runner.whence("hook", "flush", **variables).returncode == 0
        assert "Nothing waits." in runner.whence("hook", "status").stdout
        assert ledger.costs() == {"acme/api": pytest.approx(session.cost_usd)}
    assert b"s3cret" not in runner.everything_written()
    assert b"eDpzM2NyZXQ" not in runner.everything_written()
