-- What was in the exporter's tables before arrivals.sql counts.
INSERT INTO whence_arrivals (session_id, rows, arrived, since, until)
SELECT session_id, count() AS rows, now64(6) AS arrived, min(first_time) AS since, max(last_time) AS until
FROM (
{usage}
)
GROUP BY session_id;

INSERT INTO whence_arrivals (session_id, rows, arrived, since, until)
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

INSERT INTO whence_arrivals (session_id, rows, arrived, since, until)
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

INSERT INTO whence_repositories (repository, named, remote, root_commits, first_seen, last_seen)
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

INSERT INTO whence_told (key, path, host, first_seen, last_seen)
SELECT key, min(path) AS path, min(host) AS host, min(first_time) AS first_seen, max(first_time) AS last_seen
FROM (
{named}
)
GROUP BY key;
