"""Requests that would grow in memory are refused, and large honest ones taken."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from builders.ledger import Ledger, running_ledger
from builders.telemetry import NOON, cost, metrics
from whence_ledger.otlp import MAX_JSON_BYTES, OtlpError, decode_metrics
from whence_ledger.window import Window

MEBIBYTE = 1024 * 1024
SIZE = 16 * MEBIBYTE - 200_000
PROTOBUF = {"Content-Type": "application/x-protobuf"}
TIMEOUT = 300
EVER = Window(1, 2**63)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with running_ledger(tmp_path_factory.mktemp("hostile") / "data") as running:
        yield running


def field(number: int, content: bytes) -> bytes:
    size, length = b"", len(content)
    while length > 127:
        size, length = size + bytes([length & 127 | 128]), length >> 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content


def resource_with_attributes() -> bytes:
    resource = Resource()
    for number in range(100):
        resource.attributes.add(key=f"key{number}").value.string_value = "value" * 20
    return field(1, resource.SerializeToString())


def points(content: bytes) -> bytes:
    """A request whose only metric is a delta sum with these fields."""
    total = field(7, content + b"\x10\x01\x18\x01")
    return field(1, field(2, field(2, field(1, b"claude_code.cost.usage") + total)))


def resources() -> bytes:
    return b"\x0a\x00" * (SIZE // 2)


def scopes() -> bytes:
    return field(1, resource_with_attributes() + b"\x12\x00" * (SIZE // 2))


def metrics_without_points() -> bytes:
    return field(1, resource_with_attributes() + field(2, b"\x12\x00" * (SIZE // 2)))


def empty_points() -> bytes:
    return points(b"\x0a\x00" * (SIZE // 2))


JSONS = {
    "lists": b"[" + b"[]," * (MAX_JSON_BYTES // 3 - 2) + b"[]]",
    "objects": b'{"resourceMetrics":[' + b"{}," * (MAX_JSON_BYTES // 3 - 20) + b"{}]}",
    "keys": b"{" + b",".join(b'"%d":1' % number for number in range(MAX_JSON_BYTES // 12)) + b"}",
    "depth": b"[" * (MAX_JSON_BYTES - 1),
    "values": b'{"resourceMetrics":[' + b"1," * (MAX_JSON_BYTES // 2 - 20) + b"1]}",
}


def test_json_of_16_megabytes_is_refused_with_what_to_do(ledger: Ledger) -> None:
    before = ledger.peak_memory
    body = b'{"resourceMetrics": []}' + b" " * (16 * MEBIBYTE - 100)
    answer = ledger.send("metrics", body)
    assert (answer.status_code, "send smaller batches" in answer.json()["message"]) == (413, True)
    assert ledger.peak_memory - before < 64 * MEBIBYTE


def test_a_large_honest_request_is_taken_in_either_encoding(ledger: Ledger) -> None:
    before = ledger.get("overview", user="honest")["cost_usd"]
    body = metrics(*(cost(1.0, at=NOON + number, user_email="honest") for number in range(3_000)))
    assert len(body) < MAX_JSON_BYTES
    ledger.accept("metrics", body)
    request = ExportMetricsServiceRequest()
    total = request.resource_metrics.add().scope_metrics.add().metrics.add(name="claude_code.cost.usage").sum
    total.aggregation_temporality, total.is_monotonic = 1, True  # type: ignore[assignment]
    for number in range(60_000):
        data = total.data_points.add(time_unix_nano=NOON + 10**9 + number, as_double=1.0)
        data.attributes.add(key="user.email").value.string_value = "honest"
    answer = httpx.post(
        f"{ledger.url}/v1/metrics", content=request.SerializeToString(), headers=PROTOBUF, timeout=TIMEOUT
    )
    assert answer.status_code == 200
    assert ledger.get("overview", user="honest")["cost_usd"] == before + 63_000


@pytest.mark.parametrize("shape", [resources, scopes, metrics_without_points, empty_points])
def test_every_container_counts(shape: Callable[[], bytes]) -> None:
    with pytest.raises(OtlpError, match="send smaller batches"):
        decode_metrics(shape(), False, EVER)


def test_fields_in_any_order_give_the_same() -> None:
    item = field(1, b"\x19" + NOON.to_bytes(8, "little") + b"\x21" + b"\x00" * 6 + b"\xf0\x3f")
    name, scope = field(1, b"claude_code.cost.usage"), b"\x0a\x00"
    first = field(1, b"\x0a\x00" + field(2, scope + field(2, name + field(7, item + b"\x10\x01\x18\x01"))))
    last = field(1, field(2, field(2, field(7, b"\x18\x01\x10\x01" + item) + name) + scope) + b"\x0a\x00")
    assert decode_metrics(first, False, EVER) == decode_metrics(last, False, EVER)
    assert len(decode_metrics(last, False, EVER).rows.points) == 1


def test_json_may_not_hold_more_values_than_can_be_read() -> None:
    for name in ("lists", "objects", "values"):
        with pytest.raises(OtlpError, match="values: send smaller batches"):
            decode_metrics(JSONS[name], True, EVER)
    with pytest.raises(OtlpError, match="not an OTLP request in JSON"):
        decode_metrics(json.dumps({"resourceMetrics": 1}).encode(), True, EVER)
