"""Whatever is sent, nothing makes the ledger fail: the API against its own description, every route and the receiver
against noise."""

import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from builders.ledger import JSON, Ledger, running_ledger
from builders.rounds import rounds
from builders.telemetry import NOON, SECOND, cost, metrics, span, traces

RECORDED = Path(__file__).parents[2] / "data" / "claude-code" / "otlp"
PROTOBUF = {"Content-Type": "application/x-protobuf"}


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)


_few = settings(max_examples=rounds(5, 150), deadline=None, suppress_health_check=list(HealthCheck))
_many = settings(_few, max_examples=rounds(60, 6_000))

PARAMETERS = [
    *("from", "to", "repository", "user", "model", "team", "label", "split"),
    *("bucket", "offset", "limit", "skip", "rows", "scope", "range", "since"),
]
VALUES = (
    st.sampled_from(
        ["", "0", "-1", "1", "2147483647", "99999999999999999999", "1e9", "NaN", "null", "hour", "\0", "%00"]
    )
    | st.sampled_from(["0001-01-01", "9999-12-31T23:59:59.999999Z", "2026-02-30", "2026-01-01T00:00:00+23:59"])
    | st.datetimes().map(str)
    | st.integers().map(str)
    | st.text(max_size=30)
)
HEADERS = [
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Encoding", "Content-Type", "Cookie"),
    *("Expect", "Forwarded", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Origin", "Range"),
    *("Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "traceparent", "X-Forwarded-For", "X-Forwarded-Proto"),
]
HEADER_VALUES = (
    st.sampled_from(["bytes=0-", "bytes=5-1", "bytes=-99999999999", "bytes=0-1,2-3,1-", "bytes=a-b", "bytes=,", "gzip"])
    | st.sampled_from(["application/json", "application/x-protobuf", "multipart/form-data; boundary=", "text/html;q=x"])
    | st.sampled_from(["Bearer x", "Bearer", "Basic !!", "whence=1.2.3", "null", "http://[", "cross-site", "[::1]:x"])
    | st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
)
BODIES = (
    st.binary(max_size=300)
    | st.sampled_from([b"{}", b"[]", b"null", b"{", b'{"labels": [{}]}', b"[" * 3_000, b'{"a":1e999}', b"\x1f\x8b\x08"])
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9), _nested, max_leaves=9
    ).map(lambda value: json.dumps(value).encode())
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with running_ledger(tmp_path_factory.mktemp("ledger") / "data") as running:
        running.accept("traces", traces(span("https://github.com/acme/api")))
        running.accept("metrics", metrics(cost(1.0)))
        yield running


@pytest.fixture(scope="module")
def routes(ledger: Ledger) -> list[str]:
    """Every path that the ledger serves: of the API, the receiver, and the dashboard with its files and its socket."""
    described = httpx.get(f"{ledger.url}/api/v1/openapi.json").json()["paths"]
    files = re.findall(r'["\'(](/[\w./-]+)', httpx.get(f"{ledger.url}/").text)
    others = [
        "/",
        "/{x}",
        "/api/{x}",
        "/api/v1/{x}",
        "/v1/{x}",
        "/v1/metrics",
        "/v1/logs",
        "/v1/traces",
        "/v1/sessions/{x}",
    ]
    assert len(described) >= 15
    assert any(file.startswith("/_nicegui/") for file in files)
    return sorted({*described, *files, *others, "/_nicegui/{x}", "/_nicegui_ws/socket.io/"})


@pytest.mark.slow
@pytest.mark.parametrize("mode", GenerationMode)
def test_nothing_that_the_api_describes_makes_it_fail(ledger: Ledger, mode: GenerationMode) -> None:
    """``NEGATIVE``: what contradicts the description."""
    schema = schemathesis.openapi.from_url(f"{ledger.url}/api/v1/openapi.json")
    tried = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if operation.path == "/api/v1/backup":
            continue
        takes_nothing = not operation.body and not any(operation.iter_parameters())
        if mode is GenerationMode.NEGATIVE and takes_nothing:
            # There is nothing to contradict.
            continue

        @_few
        @given(case=operation.as_strategy(mode))
        def ask(case: Any) -> None:
            answer = case.call(base_url=ledger.url, timeout=120)
            assert answer.status_code < 500, (answer.status_code, answer.text)
            if mode is GenerationMode.NEGATIVE:
                return
            if answer.status_code < 300:
                case.validate_response(answer)
            else:
                assert answer.json()["error"]

        ask()
        tried += 1
    assert tried >= 15


@pytest.mark.parametrize("name", ["metrics", "logs", "traces"])
def test_noise_and_damage_get_an_answer_and_never_a_failure(ledger: Ledger, name: str) -> None:
    dice = random.Random(5)  # noqa: S311
    whole = (RECORDED / f"{name}.pb").read_bytes() if name != "traces" else b"\x0a\x80\x01" * 40
    for number in range(60):
        body = bytearray(whole)
        for _ in range(number % 7):
            body[dice.randrange(len(body))] = dice.randrange(256)
        headers = dict(dice.choice((JSON, PROTOBUF, {"Content-Type": "text/plain"})))
        if number % 3 == 0:
            headers["Content-Encoding"] = dice.choice(("gzip", "br", "identity"))
        answer = httpx.post(
            f"{ledger.url}/v1/{name}", content=bytes(body[: dice.randrange(len(body))]), headers=headers
        )
        assert answer.status_code in {200, 400, 415}, answer.text


@pytest.mark.slow
@_many
@given(data=st.data())
def test_no_route_fails_whatever_the_method_path_headers_and_body_are(
    ledger: Ledger, routes: list[str], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(routes))
    path = re.sub(r"\{\w+\}", lambda _: quote(data.draw(st.text(min_size=1, max_size=9)), safe=""), path)
    query = data.draw(st.lists(st.tuples(st.sampled_from(PARAMETERS), VALUES), max_size=5))
    headers = data.draw(st.dictionaries(st.sampled_from(HEADERS), HEADER_VALUES, max_size=5))
    method = data.draw(
        st.sampled_from(["GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "X"])
    )
    answer = httpx.request(
        method,
        f"{ledger.url}{path}",
        params=urlencode(query),
        headers=[(name.encode(), value.strip().encode("latin-1")) for name, value in headers.items()],
        content=data.draw(BODIES) if method not in {"GET", "HEAD"} else b"",
        timeout=120,
    )
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text


@_few
@given(text=st.text(max_size=200), number=st.floats(), at=st.integers(0, 2**63))
def test_any_text_any_number_and_any_time_in_a_data_point_get_an_answer(
    ledger: Ledger, text: str, number: float, at: int
) -> None:
    item = cost(1.0, model=text, user_email=text, effort=text)
    item["sum"]["dataPoints"][0] |= {"asDouble": str(number), "timeUnixNano": str(at)}
    answer = ledger.send("metrics", metrics(item))
    assert answer.status_code in {200, 400}, answer.text
    assert httpx.get(f"{ledger.url}/api/v1/models", timeout=120).status_code == 200


def test_a_million_attributes_are_refused_and_the_good_point_beside_them_stays(ledger: Ledger) -> None:
    request = ExportMetricsServiceRequest()
    total = request.resource_metrics.add().scope_metrics.add().metrics.add(name="claude_code.cost.usage").sum
    total.aggregation_temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
    total.is_monotonic = True
    bad = total.data_points.add(time_unix_nano=NOON, as_double=1.0)
    for number in range(1_000_000):
        bad.attributes.add(key=f"{number}")
    good = total.data_points.add(time_unix_nano=NOON, as_double=1.0)
    good.attributes.add(key="session.id").value.string_value = "beside"
    body = gzip.compress(request.SerializeToString(), 1)
    before = ledger.get("overview")["sessions"]
    answer = httpx.post(
        f"{ledger.url}/v1/metrics", content=body, headers=PROTOBUF | {"Content-Encoding": "gzip"}, timeout=120
    )
    assert answer.status_code == 200
    assert b"more than 128 attributes" in answer.content
    assert ledger.get("overview")["sessions"] == before + 1


def test_text_that_is_not_utf_8_is_refused_as_such(ledger: Ledger) -> None:
    body = metrics(cost(1.0, session="xxxx")).replace(b"xxxx", b"\xff\xfe\xfd\xfc")
    assert ledger.send("metrics", body).status_code == 400
    request = ExportMetricsServiceRequest()
    request.resource_metrics.add().scope_metrics.add().metrics.add(name="yyyy")
    broken = request.SerializeToString().replace(b"yyyy", b"\xff\xfe\xfd\xfc")
    answer = httpx.post(f"{ledger.url}/v1/metrics", content=broken, headers=PROTOBUF)
    assert answer.status_code == 400
    assert b"not an OTLP request in protobuf" in answer.content


def test_a_clock_that_is_wrong_is_told_so(ledger: Ledger) -> None:
    for at in (SECOND, 4_102_444_800 * SECOND):
        answer = ledger.send("metrics", metrics(cost(1.0, at=at))).json()
        assert answer["partialSuccess"]["rejectedDataPoints"] == "1"
        assert "clock" in answer["partialSuccess"]["errorMessage"]


@pytest.mark.slow
def test_more_than_any_amount_can_be_leaves_the_others_standing(ledger: Ledger) -> None:
    before = ledger.get("overview", user="poor")["cost_usd"]
    ledger.accept("metrics", *(metrics(cost(999_999_999.0, "rich", at=NOON + n, user_email="rich")) for n in range(50)))
    ledger.accept("traces", traces(*(span("https://github.com/a/b", "rich", touches=999_999_999) for _ in range(50))))
    ledger.accept("metrics", metrics(cost(1.0, "poor", user_email="poor")))
    assert ledger.get("overview", user="poor")["cost_usd"] == before + 1
    assert ledger.get("overview", user="rich")["cost_usd"] == 50 * 999_999_999
