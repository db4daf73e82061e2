-- What is counted as it is inserted into the exporter's tables. {usage}, {spans} and {named}: the queries of these views in input.sql.
CREATE MATERIALIZED VIEW IF NOT EXISTS whence_arriving_metrics TO whence_arrivals AS
SELECT session_id, count() AS rows, now64(6) AS arrived, min(first_time) AS since, max(last_time) AS until
FROM (
{usage}
)
GROUP BY session_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS whence_arriving_logs TO whence_arrivals AS
SELECT
    LogAttributes['session.id'] AS session_id,
    count() AS rows,
    now64(6) AS arrived,
    toDateTime64(min(Timestamp), 6) AS since,
    toDateTime64(max(Timestamp), 6) AS until
FROM otel_logs
WHERE
    LogAttributes['event.name'] IN (
        'api_request', 'tool_decision', 'tool_result', 'hook_registered', 'managed_settings_resolved'
    )
    AND LogAttributes['session.id'] <> ''
GROUP BY session_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS whence_arriving_spans TO whence_arrivals AS
SELECT
    attributes['session.id'] AS session_id,
    count() AS rows,
    now64(6) AS arrived,
    min(time) AS since,
    max(time) AS until
FROM (
{spans}
)
GROUP BY session_id;

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
