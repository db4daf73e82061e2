"""Decoding: what of an OTLP request becomes rows, and what is refused and why."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.telemetry import NOON, cost, logs, metrics, point, span, traces
from whence_ledger.otlp import Decoder, OtlpError, decode_logs, decode_metrics, decode_traces

RECORDED = Path(__file__).parents[1] / "data" / "claude-code" / "otlp"


def test_recorded_metrics_are_the_same_in_both_encodings() -> None:
    totals = []
    for name, is_json in (("metrics.json", True), ("metrics.pb", False)):
        decoded = decode_metrics((RECORDED / name).read_bytes(), is_json)
        assert decoded.rejected == 0
        sums: dict[tuple[str, str | None], float] = {}
        for one in decoded.rows.points:
            if one.metric != "claude_code.active_time.total":
                sums[one.metric, one.type] = sums.get((one.metric, one.type), 0) + one.value
        totals.append(sums)
    assert totals[0] == totals[1]
    assert totals[0]["claude_code.cost.usage", None] == pytest.approx(0.3575, abs=1e-12)
    assert totals[0]["claude_code.token.usage", "input"] == 13_000
    assert totals[0]["claude_code.lines_of_code.count", "added"] == 5


def test_recorded_events_are_the_same_in_both_encodings() -> None:
    found = []
    for name, is_json in (("logs.json", True), ("logs.pb", False)):
        decoded = decode_logs((RECORDED / name).read_bytes(), is_json)
        assert decoded.rejected == 0
        requests = [event for event in decoded.rows.events if event.name == "api_request"]
        found.append(
            (len(decoded.rows.events), len(requests), round(sum(event.cost_usd or 0 for event in requests), 12))
        )
    assert found[0] == found[1] == (126, 13, 0.3575)


def test_the_same_point_has_the_same_id_and_another_has_another() -> None:
    def ids(*items: dict[str, Any]) -> list[str]:
        return [one.id for one in decode_metrics(metrics(*items), True).rows.points]

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
    ],
)
def test_a_point_that_cannot_count_is_refused_by_name_and_the_good_ones_stay(item: dict[str, Any], reason: str) -> None:
    if reason == "no time":
        item["sum"]["dataPoints"][0] |= {"timeUnixNano": "0", "startTimeUnixNano": "0"}
    decoded = decode_metrics(metrics(cost(1.0), item, cost(2.0)), True)
    assert (len(decoded.rows.points), decoded.rejected) == (2, 1)
    assert reason in decoded.reason


def test_nan_and_infinity_are_refused() -> None:
    for value in ("NaN", "Infinity", "-Infinity"):
        item = cost(1.0)
        item["sum"]["dataPoints"][0]["asDouble"] = value
        assert decode_metrics(metrics(item), True).rejected == 1


def test_content_is_dropped_on_receipt() -> None:
    secret = "xyzzy"
    body = logs("user_prompt", prompt=secret, response=secret, tool_input=secret, tool_parameters=secret, error=secret)
    (event,) = decode_logs(body, True).rows.events
    assert secret not in repr(event)
    assert event.name == "user_prompt"


def test_the_team_is_the_team_else_the_department_else_the_cost_center() -> None:
    def team(**keys: Any) -> str | None:
        return decode_metrics(metrics(cost(1.0, **keys)), True).rows.points[0].team

    assert team(team_id="core", department="r+d", cost__center="42") == "core"
    assert team(department="r+d", cost__center="42") == "r+d"
    assert team(cost__center="42") == "42"
    assert decode_metrics(metrics(cost(1.0), team_id="core"), True).rows.points[0].team == "core"


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
    decoded = decode_traces(traces(broken, span("https://github.com/acme/web")), True)
    assert (len(decoded.rows.spans), decoded.rejected) == (1, 1)


def test_a_span_from_anywhere_cannot_smuggle_a_credential_or_markup_in() -> None:
    (with_token,) = decode_traces(traces(span("https://jane:hunter2@github.com/acme/api")), True).rows.spans
    assert "hunter2" not in repr(with_token)
    assert with_token.repository == "github.com/acme/api"
    (hostile,) = decode_traces(traces(span("https://github.com/acme/<script>")), True).rows.spans
    assert hostile.repository is None


def test_numbers_sent_as_text_are_numbers_and_nonsense_is_nothing() -> None:
    (event,) = decode_logs(
        logs("api_request", cost__usd="0.5", input__tokens="7", output__tokens="x"), True
    ).rows.events
    assert (event.cost_usd, event.input_tokens, event.output_tokens) == (0.5, 7, None)


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
        decoded = decode(body, True)
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
        decode(body, is_json)


@given(cut=st.integers(0, 6526), bit=st.integers(0, 7))
def test_a_damaged_recording_is_decoded_or_refused(cut: int, bit: int) -> None:
    body = bytearray((RECORDED / "metrics.pb").read_bytes())
    body[cut] ^= 1 << bit
    for damaged in (bytes(body), bytes(body[:cut])):
        with suppress(OtlpError):
            decode_metrics(damaged, False)
