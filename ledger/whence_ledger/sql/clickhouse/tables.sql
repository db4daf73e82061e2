-- Arriving rows, in the columns of the Collector's exporter. These tables store nothing: kept.sql copies what is needed.
CREATE TABLE IF NOT EXISTS whence_in_metrics (
    MetricName LowCardinality(String),
    StartTimeUnix DateTime64(9),
    TimeUnix DateTime64(9),
    Value Float64,
    Attributes Map(LowCardinality(String), String),
    ResourceAttributes Map(LowCardinality(String), String),
    AggregationTemporality Int32,
    IsMonotonic Bool
) ENGINE = Null;
CREATE TABLE IF NOT EXISTS whence_in_logs (
    Timestamp DateTime64(9),
    LogAttributes Map(LowCardinality(String), String)
) ENGINE = Null;
CREATE TABLE IF NOT EXISTS whence_in_traces (
    Timestamp DateTime64(9),
    TraceId String,
    SpanId String,
    SpanName LowCardinality(String),
    ScopeName String,
    SpanAttributes Map(LowCardinality(String), String),
    ResourceAttributes Map(LowCardinality(String), String),
    Duration UInt64
) ENGINE = Null;
-- The exporter's tables that are read; a table is listed once its earlier rows have been copied too.
CREATE TABLE IF NOT EXISTS whence_sources (
    name String
) ENGINE = ReplacingMergeTree ORDER BY name;
-- The stored rows. id: equal for equal items, whichever way they arrived.
CREATE TABLE IF NOT EXISTS whence_points (
    session_id String,
    id FixedString(16),
    MetricName LowCardinality(String),
    TimeUnix DateTime64(9),
    Value Float64,
    Attributes Map(LowCardinality(String), String),
    ResourceAttributes Map(LowCardinality(String), String)
) ENGINE = ReplacingMergeTree ORDER BY (session_id, TimeUnix, id);
CREATE TABLE IF NOT EXISTS whence_events (
    session_id String,
    id FixedString(16),
    name LowCardinality(String),
    Timestamp DateTime64(9),
    LogAttributes Map(LowCardinality(String), String)
) ENGINE = ReplacingMergeTree ORDER BY (session_id, Timestamp, id);
CREATE TABLE IF NOT EXISTS whence_spans (
    session_id String,
    TraceId String,
    SpanId String,
    Timestamp DateTime64(9),
    Duration UInt64,
    SpanAttributes Map(LowCardinality(String), String),
    ResourceAttributes Map(LowCardinality(String), String)
) ENGINE = ReplacingMergeTree ORDER BY (session_id, TraceId, SpanId);
-- The labels from the classifier.
CREATE TABLE IF NOT EXISTS whence_labels (
    repository String,
    label LowCardinality(String),
    reason String,
    evidence String,
    classified_at DateTime64(6)
) ENGINE = ReplacingMergeTree(classified_at) ORDER BY repository;
CREATE TABLE IF NOT EXISTS whence_label_changes (
    changed_at DateTime64(6),
    repository String,
    from_label Nullable(String),
    to_label String,
    reason String,
    evidence String
) ENGINE = MergeTree ORDER BY changed_at;
CREATE TABLE IF NOT EXISTS whence_classifications (
    classified_at DateTime64(6),
    organizations Array(String)
) ENGINE = MergeTree ORDER BY classified_at;
-- What people decided about a user's spend on a repository.
CREATE TABLE IF NOT EXISTS whence_case_changes (
    decided_at DateTime64(6),
    user String,
    repository String,
    status LowCardinality(String),
    note String,
    day Date32,
    decided_by String
) ENGINE = MergeTree ORDER BY decided_at;
-- is_kept: 0 after somebody has removed it.
CREATE TABLE IF NOT EXISTS whence_saved_views (
    name String,
    view String,
    saved_at DateTime64(6),
    saved_by String,
    is_kept UInt8
) ENGINE = ReplacingMergeTree(saved_at) ORDER BY name;
-- is_kept: 0 after somebody has removed it.
CREATE TABLE IF NOT EXISTS whence_scopes (
    scope String,
    host String,
    organization String,
    organization_id Int64,
    classified_at DateTime64(6),
    is_kept UInt8
) ENGINE = ReplacingMergeTree(classified_at) ORDER BY scope;
CREATE TABLE IF NOT EXISTS whence_pull_requests (
    repository String,
    number Int64,
    title String,
    state LowCardinality(String),
    author String,
    head String,
    created_at DateTime64(6),
    updated_at DateTime64(6),
    closed_at Nullable(DateTime64(6)),
    merged_at Nullable(DateTime64(6)),
    received_at DateTime64(6)
) ENGINE = ReplacingMergeTree(received_at) ORDER BY (repository, number);
-- Columns that were added later.
ALTER TABLE whence_pull_requests ADD COLUMN IF NOT EXISTS commits Array(String);
ALTER TABLE whence_labels ADD COLUMN IF NOT EXISTS scope String DEFAULT '';
ALTER TABLE whence_labels ADD COLUMN IF NOT EXISTS left_on Nullable(Date32);
-- How many rows of each session have arrived, counted on insert, in any order and including repeats. rows never decreases;
-- a session is divided again when it has increased.
CREATE TABLE IF NOT EXISTS whence_arrivals (
    session_id String,
    rows SimpleAggregateFunction(sum, UInt64),
    arrived SimpleAggregateFunction(max, DateTime64(6)),
    since SimpleAggregateFunction(min, DateTime64(6)),
    until SimpleAggregateFunction(max, DateTime64(6))
) ENGINE = AggregatingMergeTree ORDER BY session_id
SETTINGS index_granularity = 256;
-- The same by time of arrival: in which sessions to look for new data.
CREATE TABLE IF NOT EXISTS whence_recent_arrivals (
    session_id String,
    arrived DateTime64(6)
) ENGINE = MergeTree ORDER BY arrived
TTL toDateTime(arrived) + INTERVAL 1 DAY;
-- Every division of a session, listed once all its rows are written; the one that saw the most data is valid. division: the
-- mark of its rows. is_closed: the session was quiet. is_whole: the session has enough data to be divided. at: microseconds
-- since 1970. Divisions of open sessions are soon replaced.
CREATE TABLE IF NOT EXISTS whence_divisions (
    session_id String,
    seen UInt64,
    is_closed UInt8,
    is_whole UInt8,
    division UInt64,
    user String,
    team String,
    started DateTime64(6),
    ended DateTime64(6),
    at Int64
) ENGINE = MergeTree ORDER BY (session_id, seen)
TTL toDateTime(intDiv(at, 1000000)) + INTERVAL 1 DAY DELETE WHERE is_closed = 0
SETTINGS index_granularity = 256;
ALTER TABLE whence_divisions ADD COLUMN IF NOT EXISTS machine String DEFAULT '';
ALTER TABLE whence_divisions ADD COLUMN IF NOT EXISTS client_version String DEFAULT '';
ALTER TABLE whence_divisions ADD COLUMN IF NOT EXISTS gap LowCardinality(String) DEFAULT 'closed-before';
-- All rows of the division are between since and until; the more data a division saw, the longer that is.
ALTER TABLE whence_divisions ADD COLUMN IF NOT EXISTS since DateTime64(6) DEFAULT toDateTime64('1970-01-01 00:00:00', 6);
ALTER TABLE whence_divisions ADD COLUMN IF NOT EXISTS until DateTime64(6) DEFAULT toDateTime64('2200-01-01 00:00:00', 6);
CREATE TABLE IF NOT EXISTS whence_usage (
    division UInt64,
    is_closed UInt8,
    divided_at DateTime DEFAULT now(),
    time DateTime64(6),
    session_id String,
    user String,
    team String,
    model String,
    query_source LowCardinality(String),
    effort LowCardinality(String),
    speed LowCardinality(String),
    is_small Bool,
    is_unchanged Bool,
    is_unread Bool,
    repository String,
    split LowCardinality(String),
    last_time DateTime64(6),
    cost_usd Decimal(38, 9),
    request_cost_usd Decimal(38, 9),
    prompt_cost_usd Decimal(38, 9),
    session_cost_usd Decimal(38, 9),
    start_cost_usd Decimal(38, 9),
    input_tokens Decimal(38, 9),
    output_tokens Decimal(38, 9),
    cache_read_tokens Decimal(38, 9),
    cache_creation_tokens Decimal(38, 9),
    lines_added Decimal(38, 9),
    lines_removed Decimal(38, 9),
    commits Decimal(38, 9),
    pull_requests Decimal(38, 9),
    active_time_user Decimal(38, 9),
    active_time_cli Decimal(38, 9),
    edits_accepted Decimal(38, 9),
    edits_rejected Decimal(38, 9),
    client_cost_usd Decimal(38, 9)
) ENGINE = MergeTree PARTITION BY (is_closed, toYYYYMM(time)) ORDER BY (toDate(time), user, session_id, time)
TTL divided_at + INTERVAL 1 DAY DELETE WHERE is_closed = 0;
CREATE TABLE IF NOT EXISTS whence_tool_uses (
    division UInt64,
    is_closed UInt8,
    divided_at DateTime DEFAULT now(),
    time DateTime64(6),
    session_id String,
    user String,
    team String,
    repository String,
    split LowCardinality(String),
    tool LowCardinality(String),
    uses Decimal(38, 9),
    failures Decimal(38, 9)
) ENGINE = MergeTree PARTITION BY (is_closed, toYYYYMM(time)) ORDER BY (toDate(time), user, session_id, time)
TTL divided_at + INTERVAL 1 DAY DELETE WHERE is_closed = 0;
CREATE TABLE IF NOT EXISTS whence_shares (
    division UInt64,
    is_closed UInt8,
    divided_at DateTime DEFAULT now(),
    session_id String,
    split LowCardinality(String),
    repository String,
    share Float64
) ENGINE = MergeTree PARTITION BY is_closed ORDER BY session_id
TTL divided_at + INTERVAL 1 DAY DELETE WHERE is_closed = 0;
-- How a session's share of a repository is divided among branches. Sessions divided before this table existed have no rows.
CREATE TABLE IF NOT EXISTS whence_branches (
    division UInt64,
    is_closed UInt8,
    divided_at DateTime DEFAULT now(),
    session_id String,
    repository String,
    branch String,
    first_touch DateTime64(6),
    last_touch DateTime64(6),
    touches Int64,
    low Int256,
    high Int256,
    total Int256,
    added_low Int256,
    added_high Int256,
    added_total Int256,
    removed_low Int256,
    removed_high Int256,
    removed_total Int256,
    commits_low Int256,
    commits_high Int256,
    commits_total Int256,
    pulls_low Int256,
    pulls_high Int256,
    pulls_total Int256
) ENGINE = MergeTree PARTITION BY is_closed ORDER BY session_id
TTL divided_at + INTERVAL 1 DAY DELETE WHERE is_closed = 0;
-- How a session's part of a repository and model is divided among what the requests were made for. Sessions divided before
-- this table existed have no rows.
CREATE TABLE IF NOT EXISTS whence_extensions (
    division UInt64,
    is_closed UInt8,
    divided_at DateTime DEFAULT now(),
    session_id String,
    repository String,
    model String,
    skill String,
    subagent String,
    plugin String,
    mcp_server String,
    slash_command String,
    low Int256,
    high Int256,
    total Int256
) ENGINE = MergeTree PARTITION BY is_closed ORDER BY session_id
TTL divided_at + INTERVAL 1 DAY DELETE WHERE is_closed = 0;
-- On which days (UTC) sessions were divided, and when (microseconds since 1970): written before a division counts.
CREATE TABLE IF NOT EXISTS whence_touched (
    day Date,
    at Int64
) ENGINE = MergeTree ORDER BY day
TTL toDateTime(intDiv(at, 1000000)) + INTERVAL 1 DAY GROUP BY day SET at = max(at);
-- The days that are rolled up, listed once all their rows are written; of a day's rolls the newest is valid, unless a
-- session was divided on that day after upto. at, upto: microseconds since 1970. roll: the mark of its rows.
CREATE TABLE IF NOT EXISTS whence_rolls (
    day Date,
    roll UInt64,
    at Int64,
    upto Int64
) ENGINE = MergeTree ORDER BY day;
-- Rolls of earlier versions have no rows in whence_daily_extensions, and are not read.
ALTER TABLE whence_rolls ADD COLUMN IF NOT EXISTS has_extensions Bool DEFAULT false;
-- Divided sessions summed by day. time: the start of the day.
CREATE TABLE IF NOT EXISTS whence_daily_usage (
    roll UInt64,
    rolled_at DateTime DEFAULT now(),
    time DateTime64(6),
    user String,
    team String,
    model String,
    repository String,
    split LowCardinality(String),
    last_time DateTime64(6),
    cost_usd Decimal(38, 9),
    request_cost_usd Decimal(38, 9),
    prompt_cost_usd Decimal(38, 9),
    session_cost_usd Decimal(38, 9),
    start_cost_usd Decimal(38, 9),
    input_tokens Decimal(38, 9),
    output_tokens Decimal(38, 9),
    cache_read_tokens Decimal(38, 9),
    cache_creation_tokens Decimal(38, 9),
    lines_added Decimal(38, 9),
    lines_removed Decimal(38, 9),
    commits Decimal(38, 9),
    pull_requests Decimal(38, 9),
    active_time_user Decimal(38, 9),
    active_time_cli Decimal(38, 9),
    edits_accepted Decimal(38, 9),
    edits_rejected Decimal(38, 9),
    client_cost_usd Decimal(38, 9)
) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (time, user, repository);
CREATE TABLE IF NOT EXISTS whence_daily_costs (
    roll UInt64,
    rolled_at DateTime DEFAULT now(),
    time DateTime64(6),
    user String,
    team String,
    model String,
    query_source LowCardinality(String),
    effort LowCardinality(String),
    speed LowCardinality(String),
    is_small Bool,
    is_unchanged Bool,
    is_unread Bool,
    repository String,
    split LowCardinality(String),
    cost_usd Decimal(38, 9),
    input_tokens Decimal(38, 9),
    output_tokens Decimal(38, 9),
    cache_read_tokens Decimal(38, 9),
    cache_creation_tokens Decimal(38, 9)
) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (time, user, repository);
CREATE TABLE IF NOT EXISTS whence_daily_sessions (
    roll UInt64,
    rolled_at DateTime DEFAULT now(),
    time DateTime64(6),
    session_id String,
    user String,
    team String,
    model String,
    effort LowCardinality(String),
    is_small Bool,
    is_unchanged Bool,
    is_unread Bool,
    repository String,
    split LowCardinality(String)
) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (time, user, repository);
CREATE TABLE IF NOT EXISTS whence_daily_tool_uses (
    roll UInt64,
    rolled_at DateTime DEFAULT now(),
    time DateTime64(6),
    user String,
    team String,
    repository String,
    split LowCardinality(String),
    tool LowCardinality(String),
    uses Decimal(38, 9),
    failures Decimal(38, 9)
) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (time, user, repository);
-- Of each session, what its requests were made for. is_reported: requests tell it; otherwise only metrics do.
CREATE TABLE IF NOT EXISTS whence_daily_extensions (
    roll UInt64,
    rolled_at DateTime DEFAULT now(),
    time DateTime64(6),
    session_id String,
    user String,
    team String,
    model String,
    repository String,
    split LowCardinality(String),
    is_reported Bool,
    skill String,
    subagent String,
    plugin String,
    mcp_server String,
    slash_command String,
    last_time DateTime64(6),
    cost_usd Decimal(38, 9),
    tokens Decimal(38, 9)
) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (time, user, repository);
-- Every repository that a hook has reported, updated as its spans are inserted. A repeated span changes nothing.
CREATE TABLE IF NOT EXISTS whence_repositories (
    repository String,
    named AggregateFunction(argMax, Tuple(String, String, String, String), Tuple(DateTime64(6), String)),
    remote SimpleAggregateFunction(max, UInt8),
    root_commits SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
    first_seen SimpleAggregateFunction(min, DateTime64(6)),
    last_seen SimpleAggregateFunction(max, DateTime64(6))
) ENGINE = AggregatingMergeTree ORDER BY repository;
-- Every repository that Claude Code itself has named.
CREATE TABLE IF NOT EXISTS whence_told (
    key String,
    path SimpleAggregateFunction(min, String),
    host SimpleAggregateFunction(min, String),
    first_seen SimpleAggregateFunction(min, DateTime64(6)),
    last_seen SimpleAggregateFunction(max, DateTime64(6))
) ENGINE = AggregatingMergeTree ORDER BY key;
-- The closed sessions that whence ledger copy has copied. mark: of their division in the ledger's file.
CREATE TABLE IF NOT EXISTS whence_copied (
    session_id String,
    mark String
) ENGINE = ReplacingMergeTree ORDER BY (session_id, mark);
-- The servers that use the database: since when (microseconds since 1970), and when they were last seen. The one that has
-- been running longest evaluates the alerts.
CREATE TABLE IF NOT EXISTS whence_servers (
    server String,
    since Int64,
    seen DateTime64(6),
    is_gone UInt8
) ENGINE = ReplacingMergeTree(seen) ORDER BY (server, since)
TTL toDateTime(seen) + INTERVAL 1 DAY;
-- The state of the alerts, as written by the server that has led since since. The row of the latest leader is valid.
CREATE TABLE IF NOT EXISTS whence_alerts (
    since Int64,
    at DateTime64(6) DEFAULT now64(6),
    state String
) ENGINE = ReplacingMergeTree(at) ORDER BY since;
-- is_general: for every subject. until: microseconds since 1970.
CREATE TABLE IF NOT EXISTS whence_silences (
    alert String,
    is_general UInt8,
    subject String,
    until Int64,
    at DateTime64(6) DEFAULT now64(6)
) ENGINE = ReplacingMergeTree(at) ORDER BY (alert, is_general, subject);
-- The version of these tables.
CREATE TABLE IF NOT EXISTS whence_schema (
    version UInt32
) ENGINE = ReplacingMergeTree ORDER BY version;
