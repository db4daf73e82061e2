-- What each model cost. usd_per_million_tokens: the average cost of a million tokens of all types.
WITH used AS (
    SELECT
        model,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_creation_tokens) AS cache_creation_tokens
    FROM chosen
    WHERE model <> ''
    GROUP BY model
),
counted AS (
    SELECT model, count(*) AS sessions
    FROM (
        SELECT DISTINCT model, session_id
        FROM chosen_sessions
    ) AS there
    GROUP BY model
)
SELECT
    used.model,
    cost_usd,
    coalesce(CAST(cost_usd AS DOUBLE) / nullif(CAST(sum(cost_usd) OVER () AS DOUBLE), 0), 0) AS cost_share,
    input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens AS tokens,
    sessions,
    CAST(cache_read_tokens AS DOUBLE)
    / nullif(CAST(cache_read_tokens + input_tokens + cache_creation_tokens AS DOUBLE), 0) AS cache_hit_rate,
    CAST(cost_usd AS DOUBLE) * 1000000
    / nullif(CAST(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens AS DOUBLE), 0)
        AS usd_per_million_tokens
FROM used
INNER JOIN counted ON counted.model = used.model
WHERE cost_usd > 0 OR input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens > 0
ORDER BY cost_usd DESC, used.model
LIMIT $limit OFFSET $skip;
