"""Skills, subagents, plugins, MCP servers and slash commands of real sessions, with both clients.

The client's own metrics say what was spent on each. The reports are made of its requests, and must agree with them.
"""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from builders.claude_code import CLAUDE, NEWEST_CLAUDE, run_session
from builders.git_repository import make_repository
from builders.ledger import running_ledger
from builders.machine import Machine
from fakes import mcp_server
from fakes.messages_api import ToolCall, messages_api
from fakes.telemetry_tap import Tap, telemetry_tap

SECRET = "xyzzyplugh"
ATTRIBUTES = {
    "skill": "skill.name",
    "subagent": "agent.name",
    "plugin": "plugin.name",
    "mcp-server": "mcp_server.name",
}
# The ledger keeps whole nano-dollars: what a session cost in a quarter of an hour is divided between its requests, and
# each division may round by one.
WHOLE_NANO_USD = 1e-8
WITHHELD = {"custom": "(withheld)", "third-party": "(withheld)", None: "(none)"}


def extend(machine: Machine, plugin: Path) -> list[str]:
    """Write a skill, a slash command, a subagent, and a plugin that has a skill and a subagent; return the client's
    options that add the plugin and an MCP server."""
    server = {"files": {"type": "stdio", "command": sys.executable, "args": [mcp_server.__file__]}}
    own = machine.home / ".claude"
    named = "---\nname: {}\ndescription: Does it\n---\nDo it.\n"
    files = {
        own / "skills" / "tidy" / "SKILL.md": named.format("tidy"),
        own / "commands" / "ship.md": "---\ndescription: Ship it\n---\nShip it: $ARGUMENTS\n",
        own / "agents" / "reviewer.md": named.format("reviewer"),
        plugin / ".claude-plugin" / "plugin.json": json.dumps({"name": "acme-tools", "version": "1.0.0"}),
        plugin / "skills" / "polish" / "SKILL.md": named.format("polish"),
        plugin / "agents" / "auditor.md": named.format("auditor"),
        machine.home / "mcp.json": json.dumps({"mcpServers": server}),
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return ["--plugin-dir", str(plugin), "--mcp-config", str(machine.home / "mcp.json")]


def measured(tap: Tap, attribute: str) -> dict[str, float]:
    """The client's metric of cost by one of its attributes."""
    sums: Counter[str] = Counter()
    for path, body in tap.bodies:
        if path == "/v1/metrics":
            request = ExportMetricsServiceRequest.FromString(body)
            for metric in (m for r in request.resource_metrics for s in r.scope_metrics for m in s.metrics):
                if metric.name == "claude_code.cost.usage":
                    for point in metric.sum.data_points:
                        given = {pair.key: pair.value.string_value for pair in point.attributes}
                        name = given.get(attribute)
                        sums[WITHHELD.get(name) or str(name)] += point.as_double  # type: ignore[assignment]
    return dict(sums)


# Only newer clients name custom extensions when told to.
@pytest.mark.parametrize(("client", "details"), [(CLAUDE, False), (NEWEST_CLAUDE, True)], ids=["withheld", "named"])
def test_what_was_spent_on_each_extension_is_what_the_clients_metrics_say(
    tmp_path: Path, client: Path, details: bool
) -> None:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    api = make_repository(tmp_path / "src" / "api", "https://github.com/acme/api")
    options = extend(machine, tmp_path / "plugin")
    ls = [ToolCall("Bash", {"command": "ls", "description": "list"})]
    agents = [
        ToolCall("Agent", {"description": "a", "prompt": "SCRIPT:helper", "subagent_type": kind})
        for kind in ("general-purpose", "reviewer", "acme-tools:auditor")
    ]
    scripts = {
        "tidy": [ls, [ToolCall("Skill", {"skill": "tidy"})], ls],
        "polish": [[ToolCall("Skill", {"skill": "acme-tools:polish"})], ls, agents, ls],
        "ship": [ls, [ToolCall("mcp__files__copy", {"path": SECRET})], ls],
        "helper": [ls],
    }
    more = {"OTEL_LOG_TOOL_DETAILS": "1"} if details else {}
    with (
        running_ledger(tmp_path / "data") as ledger,
        telemetry_tap(ledger.url) as tap,
        messages_api(scripts) as url,
    ):
        assert machine.whence("install", "--endpoint", tap.url).returncode == 0
        prompts = ("SCRIPT:tidy", "SCRIPT:polish", f"/ship SCRIPT:ship {SECRET}")
        with ThreadPoolExecutor(3) as pool:
            runs = [pool.submit(run_session, machine, url, api, one, client, options, **more) for one in prompts]
            spent = sum(run.result().cost_usd for run in runs)
        assert machine.flush().returncode == 0

        def found(by: str) -> dict[str, float]:
            rows = ledger.get(f"extensions/{by}")
            return {row["name"] or f"({row['status']})": row["cost_usd"] for row in rows}

        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and abs(sum(measured(tap, "skill.name").values()) - spent) > 1e-9:
            time.sleep(0.2)
        for by, attribute in ATTRIBUTES.items():
            assert found(by) == pytest.approx(measured(tap, attribute), abs=WHOLE_NANO_USD), by
            assert sum(found(by).values()) == pytest.approx(spent, abs=WHOLE_NANO_USD)
        assert found("skill")["tidy"] > 0
        assert found("subagent")["general-purpose"] > 0
        assert ("reviewer" in found("subagent")) == details
        # The prompt's event may withhold the command's name, but its requests name the command as their skill.
        assert set(found("slash-command")) == {"ship", "(none)"}
        assert found("slash-command")["ship"] > 0
        assert {row["repository"] for row in ledger.get("repositories")} == {"acme/api"}
        written = b"".join(file.read_bytes() for file in ledger.data.rglob("*") if file.is_file())
        assert SECRET.encode() not in written
