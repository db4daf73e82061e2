-- Who spent on the selected repository, label or model, and its share of each user's total spend in the range.
WITH used AS (
    SELECT * FROM chosen
),
by_user AS (
    SELECT
        user,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
    FROM used
    GROUP BY user
),
counted AS (
    SELECT
        user,
        count(DISTINCT session_id) AS sessions,
        count(DISTINCT nullif(repository, '')) AS repositories
    FROM chosen_sessions
    GROUP BY user
),
user_models AS (
    SELECT user, string_agg(model, ', ' ORDER BY cost_usd DESC, model) AS models
    FROM (SELECT user, model, sum(cost_usd) AS cost_usd FROM used WHERE model <> '' GROUP BY user, model) AS by_model
    WHERE cost_usd > 0
    GROUP BY user
),
everything AS (
    SELECT user, sum(cost_usd) AS cost_usd
    FROM unfiltered
    GROUP BY user
)
SELECT
    nullif(by_user.user, '') AS user,
    by_user.cost_usd,
    coalesce(CAST(by_user.cost_usd AS DOUBLE) / nullif(CAST(sum(by_user.cost_usd) OVER () AS DOUBLE), 0), 0) AS cost_share,
    counted.sessions,
    counted.repositories,
    user_models.models,
    by_user.tokens,
    coalesce(CAST(by_user.cost_usd AS DOUBLE) / nullif(CAST(everything.cost_usd AS DOUBLE), 0), 0) AS spend_share
FROM by_user
INNER JOIN counted ON counted.user = by_user.user
INNER JOIN everything ON everything.user = by_user.user
LEFT JOIN user_models ON user_models.user = by_user.user
ORDER BY by_user.cost_usd DESC, by_user.user
LIMIT $limit OFFSET $skip;
