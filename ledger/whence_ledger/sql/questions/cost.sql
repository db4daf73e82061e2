-- The cost, compared with the previous period of equal length, and the cache hit rate. The comparison is null if the
-- previous period began before the ledger did: the missing data would look like a rise.
WITH known AS (
    SELECT $previous_begin < $begin AND $previous_begin >= date_trunc('day', min(started)) AS is_whole
    FROM sessions
),
before AS (
    SELECT coalesce(sum(cost_usd), 0) AS cost_usd
    FROM chosen_before
),
now AS (
    SELECT
        coalesce(sum(cost_usd), 0) AS cost_usd,
        coalesce(sum(input_tokens), 0) AS input_tokens,
        coalesce(sum(output_tokens), 0) AS output_tokens,
        coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
        coalesce(sum(cache_creation_tokens), 0) AS cache_creation_tokens
    FROM chosen
),
counted AS (
    SELECT count(DISTINCT session_id) AS sessions
    FROM chosen_sessions
)
SELECT
    now.cost_usd,
    CASE WHEN known.is_whole THEN before.cost_usd END AS previous_cost_usd,
    CASE
        WHEN known.is_whole
            THEN CAST(now.cost_usd - before.cost_usd AS DOUBLE) / nullif(CAST(before.cost_usd AS DOUBLE), 0)
    END AS cost_change,
    CAST(now.cost_usd AS DOUBLE) / nullif(counted.sessions, 0) AS cost_usd_per_session,
    counted.sessions,
    CAST(now.cache_read_tokens AS DOUBLE)
    / nullif(CAST(now.cache_read_tokens + now.input_tokens + now.cache_creation_tokens AS DOUBLE), 0) AS cache_hit_rate,
    now.input_tokens + now.output_tokens + now.cache_read_tokens + now.cache_creation_tokens AS tokens,
    now.input_tokens,
    now.output_tokens,
    now.cache_read_tokens,
    now.cache_creation_tokens
FROM now
CROSS JOIN before
CROSS JOIN known
CROSS JOIN counted;
