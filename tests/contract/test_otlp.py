"""Our requests against those of OpenTelemetry's own encoder."""

from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext

from whence_contract import otlp
from whence_contract.units import Nanoseconds

NOON = Nanoseconds(1_795_348_800_000_000_000)
BEFORE, AFTER = Nanoseconds(NOON - 1), Nanoseconds(NOON + 1)
SOURCE = otlp.Source("scope", (("service.name", "test"),))
RESOURCE, SCOPE = Resource({"service.name": "test"}), InstrumentationScope("scope")
VALUES: otlp.Attributes = (("text", "ü"), ("truth", True), ("whole", 7), ("number", 0.5), ("list", ("a", "b")))


def theirs(*metrics: Metric) -> ExportMetricsServiceRequest:
    data = MetricsData([ResourceMetrics(RESOURCE, [ScopeMetrics(SCOPE, list(metrics), "")], "")])
    return encode_metrics(data)


def test_sums_are_those_of_opentelemetry() -> None:
    points = [
        otlp.Point("cost", (("session.id", "s1"), ("model", "m")), BEFORE, NOON, 0.25),
        otlp.Point("tokens", VALUES, BEFORE, NOON, 12),
        otlp.Point("cost", (("session.id", "s1"), ("model", "m")), NOON, AFTER, 1.0),
    ]

    def metric(name: str) -> Metric:
        of_name = [point for point in points if point.metric == name]
        data = [NumberDataPoint(dict(one.attributes), one.start, one.time, one.value) for one in of_name]
        return Metric(name, None, None, Sum(data, AggregationTemporality.DELTA, is_monotonic=True))

    ours = ExportMetricsServiceRequest.FromString(otlp.encode_sums(SOURCE, points))
    assert ours == theirs(metric("cost"), metric("tokens"))


def test_a_gauge_is_that_of_opentelemetry() -> None:
    points = [otlp.Point("info", (("repository", name),), Nanoseconds(0), NOON, 1) for name in ("acme/api", "acme/web")]
    data = Gauge([NumberDataPoint(dict(one.attributes), 0, one.time, one.value) for one in points])
    ours = ExportMetricsServiceRequest.FromString(otlp.encode_gauge(SOURCE, "What it is.", "1", points))
    assert ours == theirs(Metric("info", "What it is.", "1", data))


def test_spans_are_those_of_opentelemetry() -> None:
    trace, ident = bytes(range(16)), bytes(range(8))
    ours = ExportTraceServiceRequest.FromString(
        otlp.encode_spans(SOURCE, [otlp.Span(trace, ident, "activity", NOON, AFTER, VALUES)])
    )
    context = SpanContext(int.from_bytes(trace), int.from_bytes(ident), is_remote=False)
    span = ReadableSpan(
        "activity",
        context,
        resource=RESOURCE,
        attributes=dict(VALUES),
        start_time=NOON,
        end_time=AFTER,
        instrumentation_scope=SCOPE,
    )
    [expected] = encode_spans([span]).resource_spans
    # The SDK also sends what is the default of a span without a parent.
    for field in ("kind", "status", "flags"):
        expected.scope_spans[0].spans[0].ClearField(field)
    assert list(ours.resource_spans) == [expected]


def test_a_log_has_its_time_its_body_and_its_attributes() -> None:
    request = ExportLogsServiceRequest.FromString(otlp.encode_logs(SOURCE, [otlp.Log(NOON, "body", VALUES)]))
    [resource] = request.resource_logs
    [record] = resource.scope_logs[0].log_records
    assert resource.scope_logs[0].scope.name == "scope"
    assert (record.time_unix_nano, record.body.string_value) == (NOON, "body")
    assert [pair.key for pair in record.attributes] == [key for key, _ in VALUES]
    assert next(iter(record.attributes)).value.string_value == "ü"
