-- What each repository cost.
WITH used AS (
    SELECT * FROM chosen($from, $to, $users, $models, $repositories, $labels, $teams)
)
SELECT
    max(display) AS repository,
    max(label) AS label,
    max(reason) AS reason,
    max(evidence) AS evidence,
    coalesce(sum(value) FILTER (measure = 'cost'), 0) AS cost_usd,
    coalesce(
        CAST(sum(value) FILTER (measure = 'cost') AS DOUBLE)
        / nullif(CAST(sum(sum(value) FILTER (measure = 'cost')) OVER () AS DOUBLE), 0),
        0
    ) AS cost_share,
    coalesce(sum(value) FILTER (measure = 'tokens'), 0) AS tokens,
    count(DISTINCT session_id) AS sessions,
    count(DISTINCT user) AS users,
    count(DISTINCT model) AS models,
    coalesce(sum(value) FILTER (measure = 'lines_added'), 0) AS lines_added,
    coalesce(sum(value) FILTER (measure = 'lines_removed'), 0) AS lines_removed,
    coalesce(sum(value) FILTER (measure = 'commits'), 0) AS commits,
    coalesce(sum(value) FILTER (measure = 'pull_requests'), 0) AS pull_requests,
    max(time) AS last_seen
FROM used
GROUP BY used.repository
ORDER BY cost_usd DESC, repository NULLS LAST;
