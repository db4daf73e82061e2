"""The Collector sends to the ledger over gRPC."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from builders.collector import COLLECTOR, ROOT, TOKEN, running_collector
from builders.ledger import free_port, running_ledger
from whence_ledger.demo.encode import logs_request, metrics_request, traces_request
from whence_ledger.demo.generate import history, organization

pytestmark = pytest.mark.skipif(not COLLECTOR.exists(), reason="no Go, so tests/run could not build the Collector")
CONFIGURATION = ROOT / "deploy/prometheus/collector.yaml"
REPORTS = ("overview", "usage", "tools", "users", "repositories", "sessions", "commits", "branches", "coverage")
# As docs/operations/ledger.md has it, in the shipped configuration's place of OTLP/HTTP.
OVER_GRPC = """
exporters:
  otlp_grpc:
    endpoint: "{address}"
    tls: {{ insecure: true }}
    headers: {{ authorization: "Bearer ${{env:WHENCE_INGEST_TOKEN}}" }}
    retry_on_failure: {{ enabled: true, max_elapsed_time: 0s }}
    sending_queue: {{ enabled: true, storage: file_storage }}
service:
  pipelines:
    metrics/ledger: {{ exporters: [otlp_grpc] }}
    logs: {{ exporters: [otlp_grpc] }}
    traces: {{ exporters: [otlp_grpc] }}
"""


def test_what_the_collector_sends_over_grpc_has_the_figures_of_http(tmp_path: Path) -> None:
    port = free_port()
    addresses = {"WHENCE_LEDGER": "http://127.0.0.1:9", "PROMETHEUS_WRITE": "http://127.0.0.1:9"}
    tokens = {"WHENCE_INGEST_TOKEN": TOKEN, "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
    sent = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/x-protobuf"}
    read = {"Authorization": "Bearer rrr"}
    day = datetime.now(UTC).date() - timedelta(days=1)
    with (
        running_ledger(tmp_path / "direct", **tokens) as direct,
        running_collector(
            CONFIGURATION, tmp_path, OVER_GRPC.format(address=f"127.0.0.1:{port}"), **addresses
        ) as collector,
    ):
        # The ledger is not there yet: the Collector keeps what it has accepted.
        for rows in history(organization(2, seed=3), day, 1, every=1800):
            bodies = (metrics_request(rows.points), logs_request(rows.events), traces_request(rows.spans))
            for signal, body in zip(("metrics", "logs", "traces"), bodies, strict=True):
                for url in (direct.url, collector.url):
                    answer = httpx.post(f"{url}/v1/{signal}", content=body, headers=sent)
                    assert answer.status_code == 200, answer.text
        with running_ledger(tmp_path / "through", "--grpc-port", str(port), **tokens) as through:

            def reports(url: str) -> dict[str, object]:
                return {
                    name: httpx.get(f"{url}/api/v1/{name}", headers=read).raise_for_status().json() for name in REPORTS
                }

            expected = reports(direct.url)
            deadline = time.monotonic() + 180
            while (found := reports(through.url)) != expected:
                assert time.monotonic() < deadline, (found["overview"], expected["overview"])
                time.sleep(0.5)
    assert expected["sessions"]
