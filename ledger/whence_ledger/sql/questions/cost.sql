-- What it cost, against the equal period before, and how well the cache was used.
WITH used AS (
    SELECT *
    FROM chosen($previous_from, $to, $users, $models, $repositories, $labels, $teams, $split)
),
before AS (
    SELECT coalesce(sum(cost_usd), 0) AS cost_usd
    FROM used
    WHERE time < $from
),
now AS (
    SELECT
        coalesce(sum(cost_usd), 0) AS cost_usd,
        count(DISTINCT session_id) AS sessions,
        coalesce(sum(input_tokens), 0) AS input_tokens,
        coalesce(sum(output_tokens), 0) AS output_tokens,
        coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
        coalesce(sum(cache_creation_tokens), 0) AS cache_creation_tokens
    FROM used
    WHERE time >= $from
)
SELECT
    now.cost_usd,
    CASE WHEN $previous_from < $from THEN before.cost_usd END AS previous_cost_usd,
    CASE
        WHEN $previous_from < $from
            THEN CAST(now.cost_usd - before.cost_usd AS DOUBLE) / nullif(CAST(before.cost_usd AS DOUBLE), 0)
    END AS cost_change,
    CAST(now.cost_usd AS DOUBLE) / nullif(now.sessions, 0) AS cost_usd_per_session,
    now.sessions,
    CAST(now.cache_read_tokens AS DOUBLE)
    / nullif(CAST(now.cache_read_tokens + now.input_tokens + now.cache_creation_tokens AS DOUBLE), 0) AS cache_hit_rate,
    now.input_tokens + now.output_tokens + now.cache_read_tokens + now.cache_creation_tokens AS tokens,
    now.input_tokens,
    now.output_tokens,
    now.cache_read_tokens,
    now.cache_creation_tokens
FROM now
CROSS JOIN before;
