"""Decoding: what of an OTLP request becomes rows, and what is refused and why."""

import json
import time
from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint

from builders.telemetry import EVER, NOON, SECOND, cost, logs, metrics, point, span, traces
from whence_ledger.ingest.otlp import Decoded, Decoder, OtlpError, decode_logs, decode_metrics, decode_traces
from whence_ledger.model.item import MEASURES, Request, Rows, to_nano
from whence_ledger.model.window import window

MANY: dict[str, Any] = dict.fromkeys(map(str, range(200)), "v")
RECORDED = Path(__file__).parents[2] / "data" / "claude-code" / "otlp"


def test_recorded_metrics_are_the_same_in_both_encodings() -> None:
    totals = []
    for name, is_json in (("metrics.json", True), ("metrics.pb", False)):
        decoded = decode_metrics((RECORDED / name).read_bytes(), is_json, EVER)
        assert decoded.rejected == 0
        sums = dict.fromkeys(MEASURES, 0)
        for one in decoded.rows.points:
            if one.measure is not None and "time" not in MEASURES[one.measure]:
                sums[MEASURES[one.measure]] += one.nano
        totals.append(sums)
    assert totals[0] == totals[1]
    assert totals[0]["cost_usd"] == 357_500_000
    assert totals[0]["input_tokens"] == 13_000 * 10**9
    assert totals[0]["lines_added"] == 5 * 10**9
    assert totals[0]["edits_accepted"] == 2 * 10**9


def test_recorded_events_are_the_same_in_both_encodings() -> None:
    found = []
    for name, is_json in (("logs.json", True), ("logs.pb", False)):
        decoded = decode_logs((RECORDED / name).read_bytes(), is_json, EVER)
        assert decoded.rejected == 0
        requests = [event for event in decoded.rows.events if isinstance(event, Request)]
        found.append((len(decoded.rows.events), len(requests), sum(event.nano for event in requests)))
    assert found[0] == found[1] == (46, 13, 357_500_000)


def test_the_same_point_has_the_same_id_and_another_has_another() -> None:
    def ids(*items: dict[str, Any]) -> list[int]:
        return [one.id for one in decode_metrics(metrics(*items), True, EVER).rows.points]

    first, again, *others = ids(
        cost(1.0), cost(1.0), cost(2.0), cost(1.0, at=NOON + 1), cost(1.0, "s2"), cost(1.0, query_source="subagent")
    )
    assert first == again
    assert len({first, *others}) == 5


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (cost(1.0) | {"name": "http.server.requests"}, "only Claude Code's metrics"),
        (cost(1.0) | {"sum": cost(1.0)["sum"] | {"aggregationTemporality": 2}}, "TEMPORALITY_PREFERENCE=delta"),
        (cost(1.0) | {"sum": cost(1.0)["sum"] | {"isMonotonic": False}}, "only monotonic sums"),
        ({"name": "claude_code.x", "gauge": {"dataPoints": [{"asDouble": 1, "timeUnixNano": "1"}]}}, "only monotonic"),
        (cost(-1.0), "a number from 0"),
        (cost(1e30), "a number from 0"),
        (point("cost.usage", 1.0, at=0) | {}, "no time"),
        (point("cost.usage", 1.0, **MANY), "more than 128 attributes"),
        (point("token.usage", 1, type="thought"), "does not know this type of claude_code.token.usage"),
    ],
)
def test_a_point_that_cannot_count_is_refused_by_name_and_the_good_ones_stay(item: dict[str, Any], reason: str) -> None:
    if reason == "no time":
        item["sum"]["dataPoints"][0] |= {"timeUnixNano": "0", "startTimeUnixNano": "0"}
    decoded = decode_metrics(metrics(cost(1.0), item, cost(2.0)), True, EVER)
    assert (len(decoded.rows.points), decoded.rejected) == (2, 1)
    assert reason in decoded.reason


def test_nan_and_infinity_are_refused() -> None:
    for value in ("NaN", "Infinity", "-Infinity"):
        item = cost(1.0)
        item["sum"]["dataPoints"][0]["asDouble"] = value
        assert decode_metrics(metrics(item), True, EVER).rejected == 1


def test_content_is_dropped_on_receipt() -> None:
    secret = "xyzzy"
    body = logs("user_prompt", prompt=secret, response=secret, tool_input=secret, tool_parameters=secret, error=secret)
    assert decode_logs(body, True, EVER) == Decoded(Rows(), 0, "")
    body = body.replace(b"user_prompt", b"api_request")
    assert secret not in repr(decode_logs(body, True, EVER).rows.events[0])


def test_the_team_is_the_team_else_the_department_else_the_cost_center() -> None:
    def team(**keys: Any) -> str:
        return decode_metrics(metrics(cost(1.0, **keys)), True, EVER).rows.points[0].cell.team

    assert team(team_id="core", department="r+d", cost__center="42") == "core"
    assert team(department="r+d", cost__center="42") == "r+d"
    assert team(cost__center="42") == "42"
    assert decode_metrics(metrics(cost(1.0), team_id="core"), True, EVER).rows.points[0].cell.team == "core"


@pytest.mark.parametrize(
    "broken",
    [
        span("https://github.com/acme/api") | {"name": "other"},
        span("https://github.com/acme/api") | {"spanId": ""},
        span("https://github.com/acme/api") | {"traceId": "ab"},
        span("https://github.com/acme/api") | {"startTimeUnixNano": "0"},
        span("https://github.com/acme/api", session=""),
    ],
)
def test_a_span_that_is_not_ours_or_not_whole_is_refused(broken: dict[str, Any]) -> None:
    decoded = decode_traces(traces(broken, span("https://github.com/acme/web")), True, EVER)
    assert (len(decoded.rows.spans), decoded.rejected) == (1, 1)


def test_a_span_from_anywhere_cannot_smuggle_a_credential_or_markup_in() -> None:
    (with_token,) = decode_traces(traces(span("https://jane:hunter2@github.com/acme/api")), True, EVER).rows.spans
    assert "hunter2" not in repr(with_token)
    assert with_token.touch.repository == "github.com/acme/api"
    (hostile,) = decode_traces(traces(span("https://github.com/acme/<script>")), True, EVER).rows.spans
    assert (hostile.touch.repository, hostile.sighting) == ("", None)


def test_numbers_sent_as_text_are_numbers_and_nonsense_is_nothing() -> None:
    for text, nano in (("0.5", 500_000_000), ("x", 0), ("-1", 0), ("NaN", 0)):
        (event,) = decode_logs(logs("api_request", cost__usd=text), True, EVER).rows.events
        assert isinstance(event, Request)
        assert event.nano == nano


@pytest.mark.parametrize("decode", [decode_metrics, decode_logs, decode_traces])
@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b"7",
        b'{"resourceMetrics": 7, "resourceLogs": 7, "resourceSpans": 7}',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "zz"}]}]}], "resourceLogs": [7]}).encode(),
    ],
)
def test_a_malformed_json_body_is_an_error_with_a_message(decode: Decoder, body: bytes) -> None:
    try:
        decoded = decode(body, True, EVER)
    except OtlpError as error:
        assert "is not an OTLP request in JSON" in str(error)
    else:
        assert not any(decoded.rows)


@given(
    body=st.binary(max_size=300),
    is_json=st.booleans(),
    decode=st.sampled_from([decode_metrics, decode_logs, decode_traces]),
)
def test_no_body_breaks_the_decoder(body: bytes, is_json: bool, decode: Decoder) -> None:
    with suppress(OtlpError):
        decode(body, is_json, EVER)


@given(cut=st.integers(0, 6526), bit=st.integers(0, 7))
def test_a_damaged_recording_is_decoded_or_refused(cut: int, bit: int) -> None:
    body = bytearray((RECORDED / "metrics.pb").read_bytes())
    body[cut] ^= 1 << bit
    for damaged in (bytes(body), bytes(body[:cut])):
        with suppress(OtlpError):
            decode_metrics(damaged, False, EVER)


def test_times_that_cannot_be_are_refused_and_the_others_stay() -> None:
    now = int(time.time()) * SECOND
    items = [cost(1.0, at=at) for at in (3600 * SECOND, now - 86_400 * SECOND, now, now + 3600 * SECOND, 4 * 10**18)]
    decoded = decode_metrics(metrics(*items), True, window(None))
    assert (len(decoded.rows.points), decoded.rejected) == (3, 2)
    assert "clock is wrong" in decoded.reason
    decoded = decode_metrics(metrics(*items), True, window(timedelta(hours=12)))
    assert (len(decoded.rows.points), decoded.rejected) == (2, 3)
    old = decode_traces(traces(span("https://github.com/acme/api", at=3600 * SECOND)), True, window(None))
    assert (old.rejected, old.reason) == (1, "An item is older than the ledger keeps, or its clock is wrong.")


def test_a_metric_that_no_figure_needs_is_accepted_and_not_kept() -> None:
    assert decode_metrics(metrics(point("repository.activity", 1)), True, EVER) == Decoded(Rows(), 0, "")


def test_more_items_than_a_request_may_hold_are_an_error() -> None:
    body = ExportMetricsServiceRequest()
    points = body.resource_metrics.add().scope_metrics.add().metrics.add(name="claude_code.cost.usage").sum.data_points
    points.extend([NumberDataPoint()] * 100_001)
    with pytest.raises(OtlpError, match="send smaller batches"):
        decode_metrics(body.SerializeToString(), False, EVER)


@given(st.floats(0, 999_999_999))
def test_a_number_becomes_billionths_exactly_to_the_last(value: float) -> None:
    assert abs(to_nano(value) - Fraction(value) * 10**9) <= Fraction(1, 2) + Fraction(1, 10**6)


def test_the_hooks_gauge_for_others_is_taken_and_not_kept() -> None:
    info = point("session.repo_info", 1)
    info["gauge"] = {"dataPoints": info.pop("sum")["dataPoints"]}
    decoded = decode_metrics(metrics(info), True, EVER)
    assert (decoded.rejected, decoded.rows.points) == (0, [])
