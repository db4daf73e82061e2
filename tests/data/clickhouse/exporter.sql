-- The columns of the tables that the OpenTelemetry Collector's ClickHouse exporter creates, as far as they matter, without
-- codecs, indexes and partitions. tests/collector/test_clickhouse.py compares them with those that the exporter creates.
CREATE TABLE otel_metrics_sum (
    ResourceAttributes Map(LowCardinality(String), String),
    ScopeName String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime,
    TimeUnix DateTime,
    Value Float64,
    Flags UInt32,
    AggregationTemporality Int32,
    IsMonotonic Boolean
) ENGINE = MergeTree ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), cityHash64(Attributes), TimeUnix);
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
