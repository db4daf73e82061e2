"""OTLP over gRPC, from OpenTelemetry's own SDK."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader, MetricExportResult

from builders.command import WHENCE
from builders.ledger import Ledger, free_port, running_ledger
from builders.telemetry import now
from builders.tls_proxy import tls_proxy
from whence_contract import otlp
from whence_contract.units import Nanoseconds

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
EXPORT = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
DELTA: dict[type, AggregationTemporality] = {Counter: AggregationTemporality.DELTA}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Ledger, str]]:
    """A ledger without tokens, and where it receives over gRPC."""
    port = free_port()
    with running_ledger(tmp_path / "data", "--grpc-port", str(port)) as ledger:
        yield ledger, f"127.0.0.1:{port}"


def export(address: str, dollars: float, authority: Path | None = None, **headers: str) -> MetricExportResult:
    """Send what was spent with the SDK; with TLS if there is an ``authority`` to trust."""
    reader = InMemoryMetricReader(preferred_temporality=DELTA)
    counter = MeterProvider([reader]).get_meter("com.anthropic.claude_code").create_counter("claude_code.cost.usage")
    counter.add(dollars, {"session.id": "s1", "user.email": "ada@acme.example", "model": "claude-opus-4-8"})
    trusted = grpc.ssl_channel_credentials(authority.read_bytes()) if authority else None
    exporter = OTLPMetricExporter(
        address if authority else f"http://{address}",
        insecure=not authority,
        credentials=trusted,
        headers=headers,
        preferred_temporality=DELTA,
    )
    metrics = reader.get_metrics_data()
    assert metrics
    result: MetricExportResult = exporter.export(metrics)
    exporter.shutdown()
    return result


def call(address: str, body: bytes, compression: grpc.Compression = grpc.Compression.NoCompression) -> bytes:
    """Send these bytes; return those of the answer."""
    with grpc.insecure_channel(address) as channel:
        return bytes(channel.unary_unary(EXPORT)(body, timeout=60, compression=compression))


def test_what_the_sdk_sends_is_stored_when_it_is_answered(served: tuple[Ledger, str]) -> None:
    ledger, address = served
    assert export(address, 1.25) is MetricExportResult.SUCCESS
    assert ledger.get("overview")["cost_usd"] == 1.25
    assert ledger.get("users")[0]["user"] == "ada@acme.example"


def test_with_tls_in_front_the_token_decides_as_without(tmp_path: Path) -> None:
    port = free_port()
    with (
        running_ledger(tmp_path / "data", "--grpc-port", str(port), **TOKENS) as ledger,
        tls_proxy(ledger, tmp_path / "nginx", port) as proxy,
    ):
        sent = [export(proxy.grpc, 1.25, proxy.authority, authorization=f"Bearer {token}") for token in ("iii", "rrr")]
        read = {"Authorization": "Bearer rrr"}
        overview = httpx.get(f"{ledger.url}/api/v1/overview", headers=read, timeout=120).json()
    assert sent == [MetricExportResult.SUCCESS, MetricExportResult.FAILURE]
    assert overview["cost_usd"] == 1.25


def test_what_is_refused_is_counted_and_the_rest_is_stored(served: tuple[Ledger, str]) -> None:
    ledger, address = served
    moment = Nanoseconds(now())
    points = [
        otlp.Point("claude_code.cost.usage", (("session.id", "s1"),), Nanoseconds(moment - 10**9), moment, value)
        for value in (0.5, -1.0)
    ]
    answer = ExportMetricsServiceResponse.FromString(
        call(address, otlp.encode_sums(otlp.Source("claude_code"), points))
    )
    assert answer.partial_success.rejected_data_points == 1
    assert ledger.get("overview")["cost_usd"] == 0.5


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_request_that_is_too_large_is_refused_however_it_is_packed(
    served: tuple[Ledger, str], compression: grpc.Compression
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        call(served[1], bytes(17 * 1024 * 1024), compression)
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_bytes_that_are_no_request_are_refused(served: tuple[Ledger, str]) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        call(served[1], b"nonsense")
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_token_is_asked_for(tmp_path: Path) -> None:
    port = free_port()
    with running_ledger(tmp_path / "data", "--grpc-port", str(port), **TOKENS) as ledger:
        address = f"127.0.0.1:{port}"
        for token in ("rrr", "wrong"):
            assert export(address, 1.0, authorization=f"Bearer {token}") is MetricExportResult.FAILURE
        with pytest.raises(grpc.RpcError) as raised:
            call(address, b"")
        assert raised.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert raised.value.details() == "This needs the ledger's ingest token."
        assert export(address, 2.0, authorization="Bearer iii") is MetricExportResult.SUCCESS
        headers = {"Authorization": "Bearer rrr"}
        told = httpx.get(f"{ledger.url}/api/v1/overview", headers=headers).json()
        assert told["cost_usd"] == 2.0


def test_a_port_that_is_in_use_is_named(served: tuple[Ledger, str], tmp_path: Path) -> None:
    taken = served[1].rpartition(":")[2]
    command = [*WHENCE, "serve", "--port", str(free_port()), "--grpc-port", taken, "--data", str(tmp_path / "other")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, "choose another --grpc-port" in ended.stderr) == (1, True)
