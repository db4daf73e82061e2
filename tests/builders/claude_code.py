"""The real Claude Code client, run without a person and without a model."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from builders.machine import Machine

_ROOT = Path(__file__).parents[2]
CLAUDE = _ROOT / ".claude-code" / "node_modules" / ".bin" / "claude"
NEWEST_CLAUDE = _ROOT / ".claude-code-newest" / "node_modules" / ".bin" / "claude"
CLIENTS = [pytest.param(CLAUDE, id="2.1.197", marks=pytest.mark.long), pytest.param(NEWEST_CLAUDE, id="newest")]
"""For what takes long with each client. Shorter tests, and those that name no client, run 2.1.197 in every run."""


class Session(NamedTuple):
    """The client's result of a session that has ended. ``cost_usd``: its own ``total_cost_usd``."""

    id: str
    cost_usd: float


def client_environment(machine: Machine, messages_api: str) -> dict[str, str]:
    """Return the environment of a client on ``machine`` that connects only to ``messages_api``."""
    return machine.environment | {
        "ANTHROPIC_BASE_URL": messages_api,
        "ANTHROPIC_API_KEY": "any",
        "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "IS_SANDBOX": "1",
    }


def start_session(
    machine: Machine, messages_api: str, cwd: Path, prompt: str, client: Path = CLAUDE, *options: str, **more: str
) -> dict[str, Any]:
    """Run ``claude -p`` in ``cwd`` until it exits, even with an error, with ``more`` in its environment; return the
    process's result."""
    environment = client_environment(machine, messages_api) | more
    command = [str(client), "-p", prompt, "--dangerously-skip-permissions", "--output-format", "json", *options]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)
    try:
        result: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise AssertionError(done.stdout + done.stderr) from error
    return result


def run_session(
    machine: Machine,
    messages_api: str,
    cwd: Path,
    prompt: str,
    client: Path = CLAUDE,
    options: Sequence[str] = (),
    /,
    **more: str,
) -> Session:
    """Run ``claude -p`` in ``cwd`` to its normal end, with ``options``, and ``more`` in its environment."""
    result = start_session(machine, messages_api, cwd, prompt, client, *options, **more)
    assert not result["is_error"], result
    assert not result["permission_denials"]
    return Session(result["session_id"], result["total_cost_usd"])
