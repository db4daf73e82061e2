-- The columns of the tables that the OpenTelemetry Collector's ClickHouse exporter creates (v0.130 and later), without
-- codecs, indexes and partitions: exporter/clickhouseexporter/internal/sqltemplates of opentelemetry-collector-contrib.
CREATE TABLE otel_metrics_sum (
    ResourceAttributes Map(LowCardinality(String), String),
    ScopeName String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9),
    TimeUnix DateTime64(9),
    Value Float64,
    Flags UInt32,
    AggregationTemporality Int32,
    IsMonotonic Boolean
) ENGINE = MergeTree ORDER BY (ServiceName, MetricName, Attributes, toUnixTimestamp64Nano(TimeUnix));
CREATE TABLE otel_logs (
    Timestamp DateTime64(9),
    TraceId String,
    SpanId String,
    ServiceName LowCardinality(String),
    Body String,
    ResourceAttributes Map(LowCardinality(String), String),
    ScopeName String,
    LogAttributes Map(LowCardinality(String), String),
    EventName String
) ENGINE = MergeTree ORDER BY (ServiceName, Timestamp);
CREATE TABLE otel_traces (
    Timestamp DateTime64(9),
    TraceId String,
    SpanId String,
    SpanName LowCardinality(String),
    ServiceName LowCardinality(String),
    ResourceAttributes Map(LowCardinality(String), String),
    ScopeName String,
    SpanAttributes Map(LowCardinality(String), String),
    Duration UInt64
) ENGINE = MergeTree ORDER BY (ServiceName, SpanName, toDateTime(Timestamp));
