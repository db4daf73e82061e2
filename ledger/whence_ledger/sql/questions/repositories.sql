-- What each repository cost.
WITH used AS (
    SELECT
        repository,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests,
        max(last_time) AS last_seen
    FROM chosen
    GROUP BY repository
),
counted AS (
    SELECT
        repository,
        count(DISTINCT session_id) AS sessions,
        count(DISTINCT nullif(user, '')) AS users,
        count(DISTINCT nullif(model, '')) AS models
    FROM chosen_sessions
    GROUP BY repository
)
SELECT
    repositories.display AS repository,
    CASE
        WHEN repositories.remote AND repositories.host <> ''
            THEN concat('https://', repositories.host, '/', repositories.owner, '/', repositories.name)
    END AS url,
    labels.label,
    labels.reason,
    nullif(labels.evidence, '') AS evidence,
    used.cost_usd,
    coalesce(CAST(used.cost_usd AS DOUBLE) / nullif(CAST(sum(used.cost_usd) OVER () AS DOUBLE), 0), 0) AS cost_share,
    used.tokens,
    counted.sessions,
    counted.users,
    counted.models,
    used.lines_added,
    used.lines_removed,
    used.commits,
    used.pull_requests,
    used.last_seen
FROM used
INNER JOIN counted ON counted.repository = used.repository
LEFT JOIN repositories ON repositories.repository = used.repository
LEFT JOIN labels ON labels.repository = used.repository
ORDER BY used.cost_usd DESC, used.repository = '', used.repository
LIMIT $limit OFFSET $skip;
