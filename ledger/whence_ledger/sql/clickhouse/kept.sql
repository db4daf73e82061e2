-- Materialized views that store what is needed of arriving rows. {metric_attributes}: the attributes that distinguish data
-- points. {spans} and {named}: the queries of these views in input.sql.
CREATE MATERIALIZED VIEW IF NOT EXISTS whence_keeping_metrics TO whence_points AS
SELECT session_id, id, MetricName, TimeUnix, Value, kept AS Attributes, kept_resource AS ResourceAttributes
FROM (
    SELECT
        if(
            Attributes['session.id'] <> '',
            Attributes['session.id'],
            concat(
                'no-session:',
                if(Attributes['user.email'] <> '', lowerUTF8(Attributes['user.email']), Attributes['user.id']),
                ':',
                toString(toDate(TimeUnix))
            )
        ) AS session_id,
        sipHash128(
            MetricName,
            toUnixTimestamp64Nano(StartTimeUnix),
            toUnixTimestamp64Nano(TimeUnix),
            Value,
            mapSort(mapFilter((key, value) -> key IN ({metric_attributes}), Attributes))
        ) AS id,
        MetricName,
        TimeUnix,
        Value,
        mapFilter(
            (key, value) -> key IN (
                'user.email', 'user.id', 'team.id', 'department', 'cost_center', 'model', 'query_source', 'effort', 'speed',
                'type', 'decision', 'vcs.repository.url.full'
            ),
            Attributes
        ) AS kept,
        mapFilter(
            (key, value) -> key IN ('team.id', 'department', 'cost_center', 'service.version'), ResourceAttributes
        ) AS kept_resource
    FROM whence_in_metrics
    WHERE
        MetricName IN (
            'claude_code.cost.usage',
            'claude_code.token.usage',
            'claude_code.lines_of_code.count',
            'claude_code.commit.count',
            'claude_code.pull_request.count',
            'claude_code.active_time.total',
            'claude_code.code_edit_tool.decision',
            'claude_code.session.count'
        )
        AND IsMonotonic
        AND AggregationTemporality = 1
        AND Value >= 0
        AND Value <= 999999999
);

CREATE MATERIALIZED VIEW IF NOT EXISTS whence_keeping_logs TO whence_events AS
SELECT session_id, id, name, Timestamp, kept AS LogAttributes
FROM (
    SELECT
        LogAttributes['session.id'] AS session_id,
        LogAttributes['event.name'] AS name,
        sipHash128(
            name,
            toUnixTimestamp64Nano(Timestamp),
            session_id,
            LogAttributes['event.sequence'],
            LogAttributes['request_id'],
            LogAttributes['tool_use_id']
        ) AS id,
        Timestamp,
        -- A slash command is kept without arguments.
        mapApply(
            (key, value) -> (
                key,
                if(key = 'command_name', replaceRegexpOne(splitByWhitespace(value)[1], '^/', ''), value)
            ),
            mapFilter(
                (key, value) -> key IN (
                    'prompt.id', 'agent_id', 'parent_agent_id', 'event.sequence', 'request_id', 'model', 'query_source',
                    'cost_usd', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_creation_tokens', 'duration_ms',
                    'tool_use_id', 'tool_name', 'success', 'skill.name', 'agent.name', 'plugin.name', 'mcp_server.name',
                    'command_name'
                ),
                LogAttributes
            )
        ) AS kept
    FROM whence_in_logs
    WHERE
        session_id <> ''
        AND (
            name IN ('api_request', 'tool_decision', 'tool_result', 'hook_registered', 'managed_settings_resolved')
            OR (name = 'user_prompt' AND LogAttributes['command_name'] <> '')
        )
);

CREATE MATERIALIZED VIEW IF NOT EXISTS whence_keeping_traces TO whence_spans AS
SELECT session_id, TraceId, SpanId, Timestamp, Duration, kept AS SpanAttributes, kept_resource AS ResourceAttributes
FROM (
    SELECT
        SpanAttributes['session.id'] AS session_id,
        TraceId,
        SpanId,
        Timestamp,
        Duration,
        mapFilter(
            (key, value) -> key IN (
                'prompt.id', 'agent_id', 'user.email', 'user.id', 'team.id', 'department', 'cost_center',
                'vcs.repository.url.full', 'vcs.owner.name', 'vcs.repository.name', 'vcs.ref.head.name',
                'vcs.ref.head.revision', 'whence.repository.root_commit', 'whence.tool_use_ids', 'whence.activity.read',
                'whence.activity.edit', 'whence.activity.search', 'whence.activity.command', 'whence.lines.added',
                'whence.lines.removed', 'whence.commits', 'whence.pull_requests', 'whence.utc_offset'
            ),
            SpanAttributes
        ) AS kept,
        mapFilter((key, value) -> key IN ('team.id', 'department', 'cost_center'), ResourceAttributes) AS kept_resource
    FROM whence_in_traces
    WHERE ScopeName = 'whence.hook' AND SpanName = 'repository.activity' AND session_id <> ''
);

CREATE MATERIALIZED VIEW IF NOT EXISTS whence_arriving_points TO whence_arrivals AS
SELECT
    session_id,
    count() AS rows,
    now64(6) AS arrived,
    toDateTime64(min(TimeUnix), 6) AS since,
    toDateTime64(max(TimeUnix), 6) AS until
FROM whence_points
GROUP BY session_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS whence_arriving_events TO whence_arrivals AS
SELECT
    session_id,
    count() AS rows,
    now64(6) AS arrived,
    toDateTime64(min(Timestamp), 6) AS since,
    toDateTime64(max(Timestamp), 6) AS until
FROM whence_events
GROUP BY session_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS whence_arriving_spans TO whence_arrivals AS
SELECT
    session_id,
    count() AS rows,
    now64(6) AS arrived,
    toDateTime64(min(Timestamp), 6) AS since,
    toDateTime64(max(Timestamp), 6) AS until
FROM whence_spans
GROUP BY session_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS whence_arriving_lately TO whence_recent_arrivals AS
SELECT session_id, arrived
FROM whence_arrivals;

CREATE MATERIALIZED VIEW IF NOT EXISTS whence_arriving_repositories TO whence_repositories AS
SELECT
    repository,
    argMaxState(
        (display, if(local_name <> '', '', host), attributes['vcs.owner.name'], attributes['vcs.repository.name']),
        (end_time, id)
    ) AS named,
    max(toUInt8(path <> '')) AS remote,
    groupUniqArrayArray(JSONExtract(attributes['whence.repository.root_commit'], 'Array(String)')) AS root_commits,
    min(time) AS first_seen,
    max(end_time) AS last_seen
FROM (
{spans}
)
WHERE repository <> ''
GROUP BY repository;

CREATE MATERIALIZED VIEW IF NOT EXISTS whence_arriving_told TO whence_told AS
SELECT key, min(path) AS path, min(host) AS host, min(first_time) AS first_seen, max(first_time) AS last_seen
FROM (
{named}
)
GROUP BY key;
