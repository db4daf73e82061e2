-- What the users with the highest cost spent on each repository, largest amount first.
WITH used AS (
    SELECT
        user,
        repository,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests,
        max(last_time) AS last_seen
    FROM chosen
    GROUP BY user, repository
),
leaders AS (
    SELECT user, sum(cost_usd) AS user_cost
    FROM used
    GROUP BY user
    ORDER BY user_cost DESC, user
    LIMIT $limit
),
counted AS (
    SELECT user, repository, count(DISTINCT session_id) AS sessions
    FROM chosen_sessions
    GROUP BY user, repository
)
SELECT
    nullif(used.user, '') AS user,
    repositories.display AS repository,
    labels.label,
    labels.reason,
    nullif(labels.evidence, '') AS evidence,
    used.cost_usd,
    coalesce(CAST(used.cost_usd AS DOUBLE) / nullif(CAST(leaders.user_cost AS DOUBLE), 0), 0) AS cost_share,
    used.tokens,
    counted.sessions,
    used.lines_added,
    used.lines_removed,
    used.commits,
    used.pull_requests,
    used.last_seen
FROM used
INNER JOIN leaders ON leaders.user = used.user
INNER JOIN counted ON counted.user = used.user AND counted.repository = used.repository
LEFT JOIN repositories ON repositories.repository = used.repository
LEFT JOIN labels ON labels.repository = used.repository
ORDER BY leaders.user_cost DESC, used.user, used.cost_usd DESC, used.repository
LIMIT $rows OFFSET $skip;
