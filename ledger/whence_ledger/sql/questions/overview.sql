-- The figures at the top of the dashboard.
WITH used AS (
    SELECT
        model,
        user,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
    FROM chosen
    GROUP BY model, user
),
totals AS (
    SELECT
        coalesce(sum(tokens), 0) AS tokens,
        coalesce(sum(cost_usd), 0) AS cost_usd
    FROM used
),
counted AS (
    SELECT
        count(DISTINCT session_id) AS sessions,
        count(DISTINCT nullif(user, '')) AS active_users,
        count(DISTINCT nullif(model, '')) AS models
    FROM chosen_sessions
),
by_model AS (
    SELECT model, sum(cost_usd) AS cost_usd FROM used WHERE model <> '' GROUP BY model
),
by_user AS (
    SELECT user, sum(cost_usd) AS cost_usd FROM used WHERE user <> '' GROUP BY user
)
SELECT
    counted.models,
    counted.sessions,
    totals.tokens,
    totals.cost_usd,
    (SELECT model FROM by_model WHERE cost_usd > 0 ORDER BY cost_usd DESC, model LIMIT 1) AS highest_cost_model,
    CAST(totals.cost_usd AS DOUBLE) / nullif(counted.sessions, 0) AS cost_usd_per_session,
    (SELECT user FROM by_user WHERE cost_usd > 0 ORDER BY cost_usd DESC, user LIMIT 1) AS power_user,
    counted.active_users
FROM totals
CROSS JOIN counted;
