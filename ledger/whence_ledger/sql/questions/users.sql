-- Each user's cost and output.
WITH by_user AS (
    SELECT
        user,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_read_tokens + input_tokens + cache_creation_tokens) AS prompt_tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests,
        max(last_time) AS last_seen
    FROM chosen
    GROUP BY user
),
counted AS (
    SELECT user, count(DISTINCT session_id) AS sessions
    FROM chosen_sessions
    GROUP BY user
),
user_models AS (
    SELECT user, string_agg(model, ', ' ORDER BY cost_usd DESC, model) AS models
    FROM (
        SELECT user, model, sum(cost_usd) AS cost_usd
        FROM chosen
        WHERE model <> ''
        GROUP BY user, model
    ) AS by_model
    WHERE cost_usd > 0
    GROUP BY user
)
SELECT
    nullif(by_user.user, '') AS user,
    by_user.cost_usd,
    coalesce(CAST(by_user.cost_usd AS DOUBLE) / nullif(CAST(sum(by_user.cost_usd) OVER () AS DOUBLE), 0), 0) AS cost_share,
    counted.sessions,
    by_user.tokens,
    CAST(by_user.cache_read_tokens AS DOUBLE) / nullif(CAST(by_user.prompt_tokens AS DOUBLE), 0) AS cache_hit_rate,
    user_models.models,
    by_user.lines_added,
    by_user.lines_removed,
    by_user.commits,
    by_user.pull_requests,
    by_user.last_seen
FROM by_user
INNER JOIN counted ON counted.user = by_user.user
LEFT JOIN user_models ON user_models.user = by_user.user
ORDER BY by_user.cost_usd DESC, by_user.user
LIMIT $limit OFFSET $skip;
