"""The Collector sends to the ledger over HTTPS, with a certificate of a company's own authority."""

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from builders.collector import COLLECTOR, ROOT, TOKEN, running_collector
from builders.ledger import running_ledger
from builders.telemetry import cost, metrics, span, traces
from builders.tls_proxy import tls_proxy

pytestmark = pytest.mark.skipif(not COLLECTOR.exists(), reason="no Go, so tests/run could not build the Collector")
CONFIGURATION = ROOT / "deploy/prometheus/collector.yaml"
UNTRUSTED = "certificate signed by unknown authority"


def test_nothing_goes_to_a_certificate_that_is_not_trusted_and_all_of_it_arrives_when_it_is(tmp_path: Path) -> None:
    tokens = {"WHENCE_INGEST_TOKEN": TOKEN, "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
    sent = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    read = {"Authorization": "Bearer rrr"}
    now = int(datetime.now(UTC).timestamp()) * 10**9
    log = tmp_path / "collector.log"
    with running_ledger(tmp_path / "data", **tokens) as ledger, tls_proxy(ledger, tmp_path / "nginx") as proxy:
        addresses = {"WHENCE_LEDGER": proxy.url, "PROMETHEUS_WRITE": "http://127.0.0.1:9"}

        def costs() -> dict[str, float]:
            rows = httpx.get(f"{ledger.url}/api/v1/repositories", headers=read).raise_for_status().json()
            return {row["repository"]: row["cost_usd"] for row in rows}

        with running_collector(CONFIGURATION, tmp_path, **addresses) as collector:
            for signal, body in (
                ("metrics", metrics(cost(1.25, "s1", now))),
                ("traces", traces(span("https://github.com/acme/api", "s1", now))),
            ):
                answer = httpx.post(f"{collector.url}/v1/{signal}", content=body, headers=sent)
                assert answer.status_code == 200, answer.text
            deadline = time.monotonic() + 120
            while UNTRUSTED not in log.read_text():
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            collector.kill()
        assert costs() == {}
        with running_collector(CONFIGURATION, tmp_path, **addresses, SSL_CERT_FILE=str(proxy.authority)):
            deadline = time.monotonic() + 120
            while costs() != {"acme/api": 1.25}:
                assert time.monotonic() < deadline, (costs(), log.read_text())
                time.sleep(0.2)
