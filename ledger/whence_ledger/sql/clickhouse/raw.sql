-- What the exporter's tables hold of the sessions of the batch: read within the time of these sessions only.
CREATE OR REPLACE TABLE {work}otel_metrics_sum ENGINE = Memory AS
SELECT MetricName, StartTimeUnix, TimeUnix, Value, Attributes, ResourceAttributes, AggregationTemporality, IsMonotonic
FROM otel_metrics_sum
WHERE
    TimeUnix >= (SELECT min(since) FROM {work}batch)
    AND TimeUnix < (SELECT max(until) FROM {work}batch) + INTERVAL 1 MILLISECOND
    AND (Attributes['session.id'] = '' OR Attributes['session.id'] IN (SELECT session_id FROM {work}batch));

CREATE OR REPLACE TABLE {work}otel_logs ENGINE = Memory AS
SELECT Timestamp, LogAttributes, ResourceAttributes
FROM otel_logs
WHERE
    Timestamp >= (SELECT min(since) FROM {work}batch)
    AND Timestamp < (SELECT max(until) FROM {work}batch) + INTERVAL 1 MILLISECOND
    AND LogAttributes['session.id'] IN (SELECT session_id FROM {work}batch);

CREATE OR REPLACE TABLE {work}otel_traces ENGINE = Memory AS
SELECT Timestamp, TraceId, SpanId, SpanName, ResourceAttributes, ScopeName, SpanAttributes, Duration
FROM otel_traces
WHERE
    Timestamp >= (SELECT min(since) FROM {work}batch)
    AND Timestamp < (SELECT max(until) FROM {work}batch) + INTERVAL 1 MILLISECOND
    AND ScopeName = 'whence.hook'
    AND SpanAttributes['session.id'] IN (SELECT session_id FROM {work}batch);
