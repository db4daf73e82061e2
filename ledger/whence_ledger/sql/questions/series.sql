-- Usage over time. bucket: the start of each hour, day, week or month at the offset from UTC.
WITH used AS (
    SELECT
        date_trunc($bucket, time + to_minutes($offset)) - to_minutes($offset) AS bucket,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_creation_tokens) AS cache_creation_tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests,
        sum(active_time_user) AS active_time_user,
        sum(active_time_cli) AS active_time_cli,
        sum(edits_accepted) AS edits_accepted,
        sum(edits_rejected) AS edits_rejected
    FROM chosen
    GROUP BY 1
),
counted AS (
    SELECT
        date_trunc($bucket, time + to_minutes($offset)) - to_minutes($offset) AS bucket,
        count(DISTINCT session_id) AS sessions,
        count(DISTINCT nullif(user, '')) AS users,
        count(DISTINCT nullif(model, '')) AS models
    FROM chosen_sessions
    GROUP BY 1
)
SELECT
    used.bucket,
    used.cost_usd,
    used.tokens,
    used.input_tokens,
    used.output_tokens,
    used.cache_read_tokens,
    used.cache_creation_tokens,
    counted.sessions,
    counted.users,
    counted.models,
    used.lines_added,
    used.lines_removed,
    used.commits,
    used.pull_requests,
    used.active_time_user,
    used.active_time_cli,
    used.edits_accepted,
    used.edits_rejected
FROM used
INNER JOIN counted ON counted.bucket = used.bucket
ORDER BY used.bucket
LIMIT $limit OFFSET $skip;
