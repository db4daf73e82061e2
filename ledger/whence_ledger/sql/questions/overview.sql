-- The figures at the head of the dashboard.
WITH used AS (
    SELECT * FROM chosen($from, $to, $users, $models, $repositories, $labels, $teams)
),
by_model AS (
    SELECT model FROM used WHERE measure = 'cost' GROUP BY model ORDER BY sum(value) DESC, model LIMIT 1
),
by_user AS (
    SELECT user FROM used WHERE measure = 'cost' GROUP BY user ORDER BY sum(value) DESC, user LIMIT 1
)
SELECT
    count(DISTINCT model) AS models,
    count(DISTINCT session_id) AS sessions,
    coalesce(sum(value) FILTER (measure = 'tokens'), 0) AS tokens,
    coalesce(sum(value) FILTER (measure = 'cost'), 0) AS cost_usd,
    (SELECT model FROM by_model) AS highest_cost_model,
    CAST(sum(value) FILTER (measure = 'cost') AS DOUBLE) / nullif(count(DISTINCT session_id), 0)
        AS cost_usd_per_session,
    (SELECT user FROM by_user) AS power_user,
    count(DISTINCT user) AS active_users
FROM used;
