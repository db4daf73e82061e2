"""Requests that would grow in memory: many at once take little of it, ingest continues, large valid ones pass."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from builders.ledger import JSON, Ledger, running_ledger
from builders.telemetry import EVER, NOON, cost, metrics
from whence_ledger.ingest.attributes import MAX_ATTRIBUTES, MAX_LISTED, read_attributes
from whence_ledger.ingest.otlp import (
    MAX_ITEM_BYTES,
    MAX_JSON_BYTES,
    Decoder,
    OtlpError,
    decode_logs,
    decode_metrics,
    decode_traces,
)
from whence_ledger.ingest.room import ROOM_BYTES

MEBIBYTE = 1024 * 1024
SIZE = 16 * MEBIBYTE - 200_000
PROTOBUF = {"Content-Type": "application/x-protobuf"}
AT_ONCE = 40
TIMEOUT = 300


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with running_ledger(tmp_path_factory.mktemp("hostile") / "data") as running:
        yield running


@pytest.fixture
def fresh_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of a process whose peak is still that of its start."""
    with running_ledger(tmp_path / "data") as running:
        running.get("overview")
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


def attributes_of_a_resource() -> bytes:
    return field(1, field(1, b"\x0a\x00" * (SIZE // 2)))


def attributes_of_a_point() -> bytes:
    return points(field(1, b"\x3a\x00" * (SIZE // 2)))


def attributes_of_many_points() -> bytes:
    return points(field(1, b"\x3a\x00" * MAX_ATTRIBUTES) * (SIZE // 300))


def nested_values() -> bytes:
    return points(field(1, field(7, field(2, field(5, b"\x0a\x00" * 500_000)))) * (SIZE // 1_000_100))


def deeply_nested_values() -> bytes:
    value = b""
    for _ in range(5_000):
        value = field(5, field(1, value))
    return points(field(1, field(7, field(2, value))))


def nested_pairs() -> bytes:
    return points(field(1, field(7, field(2, field(6, b"\x0a\x00" * 500_000)))) * (SIZE // 1_000_100))


def nested_values_of_a_resource() -> bytes:
    resource = field(1, field(1, field(2, field(5, b"\x0a\x00" * 400_000))))
    return field(1, resource) * 4


def nested_values_of_a_scope() -> bytes:
    return field(1, field(2, field(1, field(3, field(2, field(5, b"\x0a\x00" * 400_000)))))) * 4


def exemplars() -> bytes:
    return points(field(1, b"\x2a\x00" * 500_000) * 4)


def attributes_of_exemplars() -> bytes:
    return points(field(1, field(5, b"\x3a\x00" * 500_000)) * 4)


def attributes_of_another_metric() -> bytes:
    total = field(7, field(1, b"\x3a\x00" * 120) * 10_000 + b"\x10\x01\x18\x01")
    return field(1, field(2, field(2, field(1, b"of.another.program") + total)))


def metadata() -> bytes:
    return field(1, field(2, field(2, field(12, b"") * 400_000) * 4))


def nested_values_of_a_body() -> bytes:
    return field(1, field(2, field(2, field(5, field(5, b"\x0a\x00" * 500_000))) * 4))


def events() -> bytes:
    return field(1, field(2, field(2, b"\x5a\x00" * 500_000) * 4))


def attributes_of_links() -> bytes:
    return field(1, field(2, field(2, field(13, b"\x22\x00" * 500_000)) * 4))


def unknown_fields() -> bytes:
    return b"\x78\x00" * (SIZE // 2)


def unknown_fields_of_a_metric() -> bytes:
    return field(1, field(2, field(2, field(1, b"claude_code.cost.usage") + b"\x78\x00" * (SIZE // 2))))


SHAPES = [resources, metrics_without_points, empty_points, attributes_of_many_points, nested_values, unknown_fields]

JSONS = {
    "lists": b"[" + b"[]," * (MAX_JSON_BYTES // 3 - 2) + b"[]]",
    "objects": b'{"resourceMetrics":[' + b"{}," * (MAX_JSON_BYTES // 3 - 20) + b"{}]}",
    "keys": b"{" + b",".join(b'"%d":1' % number for number in range(MAX_JSON_BYTES // 12)) + b"}",
    "depth": b"[" * (MAX_JSON_BYTES - 1),
    "values": b'{"resourceMetrics":[' + b"1," * (MAX_JSON_BYTES // 2 - 20) + b"1]}",
}


def attack(ledger: Ledger, headers: dict[str, str], *bodies: bytes) -> tuple[set[int], set[int], int]:
    """Send the bodies in turn, many at once; the statuses, those of good requests meanwhile, and the growth of memory,
    in bytes."""
    before, over = ledger.peak_memory, threading.Event()
    packed = [gzip.compress(body, 6) for body in bodies]

    def send(number: int) -> int:
        given, content = headers | {"Content-Encoding": "gzip"}, packed[number % len(packed)]
        return httpx.post(f"{ledger.url}/v1/metrics", content=content, headers=given, timeout=TIMEOUT).status_code

    def ingest() -> set[int]:
        found: set[int] = set()
        number = 0
        while not over.is_set() or 200 not in found:
            number += 1
            good = metrics(cost(1.0, "good", at=NOON + number))
            found.add(httpx.post(f"{ledger.url}/v1/metrics", content=good, headers=JSON, timeout=TIMEOUT).status_code)
        return found

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        good = pool.submit(ingest)
        try:
            statuses = set(pool.map(send, range(AT_ONCE)))
        finally:
            over.set()
        return statuses, good.result(TIMEOUT), ledger.peak_memory - before


@pytest.mark.slow
@pytest.mark.parametrize(
    "shapes",
    [
        pytest.param(SHAPES, id="of_every_shape"),
        *(pytest.param([one], id=one.__name__, marks=pytest.mark.long) for one in SHAPES),
    ],
)
def test_forty_small_requests_that_grow_take_little_memory(
    fresh_ledger: Ledger, shapes: list[Callable[[], bytes]]
) -> None:
    statuses, good, growth = attack(fresh_ledger, PROTOBUF, *(shape() for shape in shapes))
    assert statuses <= {200, 400, 503}
    # Good requests may have to come again while the others hold all the room; nothing else may happen to them.
    assert good <= {200, 503}
    assert growth < 512 * MEBIBYTE


@pytest.mark.slow
def test_forty_requests_in_json_take_little_memory(fresh_ledger: Ledger) -> None:
    statuses, good, growth = attack(fresh_ledger, JSON, JSONS["keys"])
    assert statuses <= {200, 400, 503}
    assert good <= {200, 503}
    assert growth < 512 * MEBIBYTE


def test_more_in_flight_than_there_is_room_for_is_refused_until_there_is_room_again(ledger: Ledger) -> None:
    """Eight requests that stop one byte before their end hold all the room."""
    size = ROOM_BYTES // 8
    head = (
        f"POST /v1/metrics HTTP/1.1\r\nHost: {ledger.url.removeprefix('http://')}\r\n"
        f"Content-Type: application/x-protobuf\r\nContent-Length: {size}\r\n\r\n"
    )
    url, small = f"{ledger.url}/v1/metrics", metrics(cost(1.0, "good", at=NOON + 7))
    with ExitStack() as open_connections:
        for _ in range(8):
            connection = socket.create_connection(("127.0.0.1", int(ledger.url.rsplit(":", 1)[1])))
            open_connections.enter_context(connection)
            connection.sendall(head.encode() + b"\x78\x00" * (size // 2 - 1) + b"\x78")
        answer = httpx.post(url, content=small, headers=JSON, timeout=TIMEOUT)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Send the request again later" in answer.json()["message"]
    deadline = time.monotonic() + TIMEOUT
    while (answer := httpx.post(url, content=small, headers=JSON, timeout=TIMEOUT)).status_code == 503:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert answer.status_code == 200


def test_json_of_16_megabytes_is_refused_with_what_to_do(ledger: Ledger) -> None:
    before = ledger.peak_memory
    body = b'{"resourceMetrics": []}' + b" " * (16 * MEBIBYTE - 100)
    answer = ledger.send("metrics", body)
    assert (answer.status_code, "send smaller batches" in answer.json()["message"]) == (413, True)
    assert ledger.peak_memory - before < 64 * MEBIBYTE


@pytest.mark.slow
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


@pytest.mark.parametrize(
    "shape",
    [
        resources,
        scopes,
        metrics_without_points,
        empty_points,
        attributes_of_a_resource,
        attributes_of_many_points,
        unknown_fields,
        unknown_fields_of_a_metric,
        nested_values,
        nested_pairs,
        nested_values_of_a_resource,
        nested_values_of_a_scope,
        exemplars,
        attributes_of_exemplars,
        attributes_of_another_metric,
        metadata,
    ],
)
def test_everything_that_a_request_holds_counts(shape: Callable[[], bytes]) -> None:
    with pytest.raises(OtlpError, match="send smaller batches"):
        decode_metrics(shape(), False, EVER)


@pytest.mark.parametrize(
    ("decode", "shape"),
    [(decode_logs, nested_values_of_a_body), (decode_traces, events), (decode_traces, attributes_of_links)],
)
def test_everything_that_logs_and_spans_hold_counts(decode: Decoder, shape: Callable[[], bytes]) -> None:
    with pytest.raises(OtlpError, match="send smaller batches"):
        decode(shape(), False, EVER)


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


def test_a_point_that_is_too_large_is_refused_and_the_others_stay() -> None:
    body = attributes_of_a_point()
    request = ExportMetricsServiceRequest()
    total = request.resource_metrics.add().scope_metrics.add().metrics.add(name="claude_code.cost.usage").sum
    total.aggregation_temporality, total.is_monotonic = 1, True  # type: ignore[assignment]
    total.data_points.add(time_unix_nano=NOON, as_double=1.0)
    decoded = decode_metrics(request.SerializeToString() + body, False, EVER)
    assert (len(decoded.rows.points), decoded.rejected) == (1, 1)
    assert f"{MAX_ITEM_BYTES} bytes" in decoded.reason


def test_values_in_lists_count_together() -> None:
    resource = Resource()
    for key in ("a", "b"):
        values = resource.attributes.add(key=key).value.array_value.values
        for number in range(300):
            values.add(string_value=str(number))
    found = read_attributes(resource.attributes)
    assert sum(map(len, found.values())) == MAX_LISTED


def test_values_that_are_nested_too_deeply_are_no_request() -> None:
    with pytest.raises(OtlpError, match="not an OTLP request in protobuf"):
        decode_metrics(deeply_nested_values(), False, EVER)


@pytest.mark.slow
def test_a_large_request_is_read_as_a_small_one_is() -> None:
    def body(number: int, of: int) -> ExportMetricsServiceRequest:
        request = ExportMetricsServiceRequest()
        resource = request.resource_metrics.add()
        resource.resource.attributes.add(key="team.id").value.string_value = "core"
        for name in ("claude_code.cost.usage", "claude_code.commit.count"):
            metric = resource.scope_metrics.add().metrics.add(name=name)
            metric.sum.aggregation_temporality, metric.sum.is_monotonic = 1, True  # type: ignore[assignment]
            for at in range(number, number + of):
                data = metric.sum.data_points.add(time_unix_nano=NOON + at, as_double=at)
                data.attributes.add(key="session.id").value.string_value = f"s{at % 7}"
        return request

    whole = body(0, 40_000).SerializeToString()
    assert len(whole) > 3 * MAX_ITEM_BYTES
    parts = [decode_metrics(body(at, 1_000).SerializeToString(), False, EVER) for at in range(0, 40_000, 1_000)]
    expected = sorted(point for part in parts for point in part.rows.points)
    decoded = decode_metrics(whole, False, EVER)
    assert sorted(decoded.rows.points) == expected
    assert (decoded.rejected, len(expected)) == (0, 80_000)
