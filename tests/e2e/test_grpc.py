"""The newest Claude Code sends its telemetry over gRPC, configured as in its documentation."""

import json
from pathlib import Path
from typing import Any

import httpx

from builders.claude_code import NEWEST_CLAUDE, Session, run_session
from builders.git_repository import make_repository
from builders.ledger import Ledger, free_port, running_ledger
from builders.machine import Machine
from fakes.messages_api import ToolCall, messages_api

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}


def ask(ledger: Ledger, report: str, **parameters: str) -> Any:
    headers = {"Authorization": f"Bearer {TOKENS['WHENCE_READ_TOKEN']}"}
    answer = httpx.get(f"{ledger.url}/api/v1/{report}", params=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(ledger: Ledger, session: Session) -> dict[str, Any]:
    """Everything that the ledger knows about a session, except its id and times."""
    (row,) = (one for one in ask(ledger, "sessions") if one["session"] == session.id)
    figures = {name: value for name, value in row.items() if name not in {"session", "started", "ended"}}
    parts = {name: ask(ledger, f"sessions/{name}", session=session.id) for name in ("repositories", "tools", "prompts")}
    for prompt in parts["prompts"]:
        del prompt["prompt"], prompt["started"]
    # Events without a prompt may come first or last.
    return figures | parts | {"prompts": sorted(parts["prompts"], key=str)}


def test_a_session_over_grpc_has_the_figures_of_one_over_http(tmp_path: Path) -> None:
    machine, port = Machine(tmp_path / "home"), free_port()
    machine.home.mkdir()
    api = make_repository(tmp_path / "api", "https://github.com/acme/api")
    script = [[ToolCall("Read", {"file_path": f"{api}/README.md"})], [ToolCall("Bash", {"command": "ls"})]]
    with (
        running_ledger(tmp_path / "data", "--grpc-port", str(port), **TOKENS) as ledger,
        messages_api({"read": script}) as url,
    ):
        assert machine.whence("install", "--endpoint", ledger.url, "--token", "iii").returncode == 0

        def play() -> Session:
            session = run_session(machine, url, api, "SCRIPT:read", NEWEST_CLAUDE)
            assert machine.flush().returncode == 0
            return session

        over_http = play()
        settings = json.loads(machine.settings.read_text())
        settings["env"] |= {
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
            # Claude Code uses its headers helper over HTTP only.
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer iii",
        }
        machine.settings.write_text(json.dumps(settings))
        over_grpc = play()
        assert told(ledger, over_grpc) == told(ledger, over_http)
        assert told(ledger, over_grpc)["cost_usd"] == over_grpc.cost_usd > 0
        settings["env"]["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer wrong"
        machine.settings.write_text(json.dumps(settings))
        refused = play()
        assert refused.id not in {row["session"] for row in ask(ledger, "sessions")}
