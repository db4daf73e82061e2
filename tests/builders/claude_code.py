"""The real Claude Code client, run without a person and without a model."""

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

from builders.machine import Machine

_ROOT = Path(__file__).parents[2]
CLAUDE = _ROOT / ".claude-code" / "node_modules" / ".bin" / "claude"
NEWEST_CLAUDE = _ROOT / ".claude-code-newest" / "node_modules" / ".bin" / "claude"


class Session(NamedTuple):
    """What the client says of a session that has ended. ``cost_usd``: its own ``total_cost_usd``."""

    id: str
    cost_usd: float


def run_session(
    machine: Machine, messages_api: str, cwd: Path, prompt: str, client: Path = CLAUDE, /, **more: str
) -> Session:
    """Run ``claude -p`` in ``cwd`` to its end, with ``more`` in its environment."""
    environment = (
        machine.environment
        | more
        | {
            "ANTHROPIC_BASE_URL": messages_api,
            "ANTHROPIC_API_KEY": "any",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "IS_SANDBOX": "1",
        }
    )
    command = [str(client), "-p", prompt, "--dangerously-skip-permissions", "--output-format", "json"]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert not result["permission_denials"]
    return Session(result["session_id"], result["total_cost_usd"])
