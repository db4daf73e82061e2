"""What passes the Collector when the newest client is told to send prompts, commands and file contents."""

from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
import yaml
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from builders.claude_code import NEWEST_CLAUDE, Session, run_session
from builders.collector import COLLECTOR, ROOT, TOKEN, running_collector
from builders.git_repository import make_repository
from builders.ledger import running_ledger
from builders.machine import Machine
from builders.prometheus import running_prometheus
from fakes.messages_api import ToolCall, messages_api
from fakes.otlp_receiver import attributes, otlp_receiver

pytestmark = pytest.mark.skipif(not COLLECTOR.exists(), reason="no Go, so tests/run could not build the Collector")
LEDGER, CLICKHOUSE = ROOT / "deploy/prometheus/collector.yaml", ROOT / "deploy/ledger/collector.yaml"
CANARIES = ("canary-pr0mpt", "canary-c0mmand", "canary-descr1ption", "canary-c0ntent", "canary-f1le", "canary-0utput")
# https://code.claude.com/docs/en/monitoring-usage: everything that makes the client send content.
TALKATIVE = {
    "OTEL_LOG_USER_PROMPTS": "1",
    "OTEL_LOG_TOOL_DETAILS": "1",
    "OTEL_LOG_TOOL_CONTENT": "1",
    "OTEL_LOG_RAW_API_BODIES": "1",
    "OTEL_TRACES_EXPORTER": "otlp",
    "CLAUDE_CODE_ENHANCED_TELEMETRY_BETA": "1",
    "OTEL_METRICS_INCLUDE_REPOSITORY": "1",
    "OTEL_RESOURCE_ATTRIBUTES": "team.id=red",
}
# In place of ClickHouse: what the exporter is given, on the wire.
ON_THE_WIRE = """
exporters:
  otlphttp/wire: {{ endpoint: "{url}", compression: none }}
service:
  pipelines:
    metrics: {{ exporters: [otlphttp/wire] }}
    logs: {{ exporters: [otlphttp/wire] }}
    traces: {{ exporters: [otlphttp/wire] }}
"""


class Recorded(NamedTuple):
    """A session and the requests, path and body, that it sent."""

    session: Session
    requests: list[tuple[str, bytes]]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record a session of the newest client, told to send everything that it can, and of the hook."""
    folder = tmp_path_factory.mktemp("talkative")
    machine = Machine(folder / "home")
    machine.home.mkdir()
    api = make_repository(folder / "api", "https://github.com/acme/api")
    command = {"command": "echo canary-0utput; : canary-c0mmand", "description": "canary-descr1ption"}
    script = [
        [ToolCall("Bash", command)],
        [ToolCall("Write", {"file_path": f"{api}/canary-f1le", "content": "canary-c0ntent"})],
        [ToolCall("Agent", {"description": "look", "prompt": "SCRIPT:sub", "subagent_type": "general-purpose"})],
    ]
    sub = [[ToolCall("Read", {"file_path": f"{api}/README.md"})]]
    with otlp_receiver() as receiver, messages_api({"talkative": script, "sub": sub}) as url:
        assert machine.whence("install", "--endpoint", receiver.url).returncode == 0
        prompt = "SCRIPT:talkative canary-pr0mpt"
        session = run_session(machine, url, api, prompt, NEWEST_CLAUDE, **TALKATIVE)
        assert machine.flush().returncode == 0
        return Recorded(session, list(receiver.bodies))


def send(recorded: Recorded, url: str) -> None:
    headers = {"Content-Type": "application/x-protobuf", "Authorization": f"Bearer {TOKEN}"}
    for path, body in recorded.requests:
        assert httpx.post(url + path, content=body, headers=headers).status_code == 200


def passed(recorded: Recorded, folder: Path, configuration: Path) -> list[tuple[str, bytes]]:
    """Return what the Collector sends on of a recorded session."""
    with otlp_receiver() as receiver:
        more = ON_THE_WIRE.format(url=receiver.url) if configuration == CLICKHOUSE else ""
        addresses = {"WHENCE_LEDGER": receiver.url, "PROMETHEUS_WRITE": f"{receiver.url}/write"}
        clickhouse = {"CLICKHOUSE_ENDPOINT": receiver.url, "CLICKHOUSE_USER": "u", "CLICKHOUSE_PASSWORD": "p"}
        with running_collector(configuration, folder, more, **addresses, **clickhouse) as collector:
            send(recorded, collector.url)
        # It has ended, and with it its queues are empty.
        return [(path, body) for path, body in receiver.bodies if path.startswith("/v1/")]


def test_the_client_does_send_content(recorded: Recorded) -> None:
    sent = b"".join(body for _, body in recorded.requests)
    assert [canary for canary in CANARIES if canary.encode() not in sent] == []
    assert {path for path, _ in recorded.requests} == {"/v1/metrics", "/v1/logs", "/v1/traces"}


@pytest.mark.parametrize("configuration", [LEDGER, CLICKHOUSE], ids=["ledger", "clickhouse"])
def test_no_content_passes_and_no_figure_is_lost(recorded: Recorded, configuration: Path, tmp_path: Path) -> None:
    through = passed(recorded, tmp_path, configuration)
    everything = b"".join(body for _, body in through)
    assert [canary for canary in (*CANARIES, str(tmp_path.parent)) if canary.encode() in everything] == []
    with running_ledger(tmp_path / "through") as ledger, running_ledger(tmp_path / "direct") as direct:
        for there, requests in ((ledger, through), (direct, recorded.requests)):
            for path, body in requests:
                answer = there.send(path.removeprefix("/v1/"), body, **{"Content-Type": "application/x-protobuf"})
                assert answer.status_code == 200
        assert ledger.get("overview")["cost_usd"] == pytest.approx(recorded.session.cost_usd)
        for report in ("overview", "usage", "tools", "users", "repositories", "sessions"):
            assert ledger.get(report) == direct.get(report)
        assert [row["repository"] for row in ledger.get("repositories")] == ["acme/api"]


def test_no_content_reaches_prometheus_and_the_cost_does(recorded: Recorded, tmp_path: Path) -> None:
    with otlp_receiver() as ledger, running_prometheus(tmp_path) as prometheus:
        addresses = {"WHENCE_LEDGER": ledger.url, "PROMETHEUS_WRITE": f"{prometheus}/api/v1/write"}
        with running_collector(LEDGER, tmp_path, **addresses) as collector:
            send(recorded, collector.url)
        asked = {"match[]": '{__name__=~".+"}'}
        series = httpx.get(f"{prometheus}/api/v1/series", params=asked).json()["data"]
        cost = httpx.get(f"{prometheus}/api/v1/query", params={"query": "sum(claude_code_cost_usage_USD_total)"}).json()
    text = repr(series)
    assert [canary for canary in (*CANARIES, str(tmp_path.parent)) if canary in text] == []
    assert float(cost["data"]["result"][0]["value"][1]) == pytest.approx(recorded.session.cost_usd)


def test_both_configurations_let_the_same_pass() -> None:
    one, other = (yaml.safe_load(path.read_text())["processors"] for path in (LEDGER, CLICKHOUSE))
    del one["deltatocumulative"], other["transform/nanoseconds"]
    assert one == other


@pytest.mark.parametrize("configuration", [LEDGER, CLICKHOUSE], ids=["ledger", "clickhouse"])
def test_every_attribute_of_the_hooks_spans_passes(recorded: Recorded, configuration: Path, tmp_path: Path) -> None:
    def attributes_of_spans(requests: list[tuple[str, bytes]]) -> list[dict[str, object]]:
        parsed = [ExportTraceServiceRequest.FromString(body) for path, body in requests if path == "/v1/traces"]
        scopes = [scope for one in parsed for resource in one.resource_spans for scope in resource.scope_spans]
        return [attributes(span) for scope in scopes if scope.scope.name == "whence.hook" for span in scope.spans]

    sent = attributes_of_spans(recorded.requests)
    assert {"agent_id", "whence.tool_use_ids"} <= {name for span in sent for name in span}
    assert attributes_of_spans(passed(recorded, tmp_path, configuration)) == sent


def test_a_token_is_asked_for(tmp_path: Path) -> None:
    with (
        otlp_receiver() as receiver,
        running_collector(LEDGER, tmp_path, WHENCE_LEDGER=receiver.url, PROMETHEUS_WRITE=receiver.url) as collector,
    ):
        assert httpx.post(f"{collector.url}/v1/logs", content=b"").status_code == 401
