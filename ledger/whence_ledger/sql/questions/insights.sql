-- Possible savings, largest first: the results of all files in sql/insights. A result that is worth a look but saves
-- nothing by itself has no saving and comes last.
-- Tokens are weighted by price: output 5, cache writes 1.25, cache reads 0.1 of an input token
-- (https://docs.anthropic.com/en/docs/about-claude/pricing). A unit is the price of an input token, derived from the
-- reported cost.
WITH kinds AS (
    SELECT
        model,
        query_source,
        effort,
        speed,
        is_small,
        is_unchanged,
        is_unread,
        CAST(sum(cost_usd) AS DOUBLE) AS cost_usd,
        CAST(sum(input_tokens) AS DOUBLE) AS input_tokens,
        CAST(sum(output_tokens) AS DOUBLE) AS output_tokens,
        CAST(sum(cache_read_tokens) AS DOUBLE) AS cache_read_tokens,
        CAST(sum(cache_creation_tokens) AS DOUBLE) AS cache_creation_tokens
    FROM chosen_costs
    GROUP BY model, query_source, effort, speed, is_small, is_unchanged, is_unread
),
weighed AS (
    SELECT
        *,
        input_tokens + cache_read_tokens + cache_creation_tokens AS prompt_tokens,
        input_tokens + 5 * output_tokens + 1.25 * cache_creation_tokens + 0.1 * cache_read_tokens AS weight
    FROM kinds
),
marked AS (
    SELECT session_id, is_small, is_unchanged, is_unread, max(effort) AS effort
    FROM chosen_sessions
    GROUP BY session_id, is_small, is_unchanged, is_unread
),
counted AS (
    SELECT
        count(DISTINCT session_id) AS sessions,
        count(CASE WHEN is_small AND effort IN ('high', 'xhigh', 'max') THEN 1 END) AS high_sessions,
        count(CASE WHEN is_small AND effort NOT IN ('high', 'xhigh', 'max', '') THEN 1 END) AS other_sessions,
        count(CASE WHEN is_unread THEN 1 END) AS unread_sessions,
        count(CASE WHEN is_unchanged THEN 1 END) AS unchanged_sessions
    FROM marked
),
whole AS (
    SELECT
        sum(cost_usd) AS cost_usd,
        sum(cache_read_tokens) / nullif(sum(prompt_tokens), 0) AS hit_rate,
        sum(cost_usd) / nullif(sum(weight), 0) AS unit
    FROM weighed
),
models AS (
    SELECT model, sum(cost_usd) / sum(weight) AS unit
    FROM weighed
    WHERE model <> '' AND speed <> 'fast'
    GROUP BY model
    HAVING sum(weight) > 0 AND sum(cost_usd) > 0
),
cheapest AS (
    SELECT min(unit) AS unit, arg_min(model, unit) AS model
    FROM models
),
rates AS (
    SELECT model, sum(cache_read_tokens) / nullif(sum(prompt_tokens), 0) AS hit_rate, sum(cost_usd) / nullif(sum(weight), 0) AS unit
    FROM weighed
    WHERE model <> ''
    GROUP BY model
),
used AS (
    SELECT
        user,
        repository,
        model,
        CAST(sum(cost_usd) AS DOUBLE) AS cost_usd,
        CAST(sum(input_tokens + cache_read_tokens + cache_creation_tokens) AS DOUBLE) AS prompt_tokens,
        CAST(sum(cache_read_tokens) AS DOUBLE) AS cache_read_tokens
    FROM chosen
    WHERE model <> ''
    GROUP BY user, repository, model
),
-- The tokens that would have come from the cache at each model's overall hit rate, and what that would have saved: a cache
-- read costs a tenth of an input token.
cached AS (
    SELECT
        used.user,
        used.repository,
        used.cost_usd,
        used.prompt_tokens,
        used.cache_read_tokens,
        used.prompt_tokens * rates.hit_rate AS usual_tokens,
        (used.prompt_tokens * rates.hit_rate - used.cache_read_tokens) * 0.9 * rates.unit AS saving_usd
    FROM used
    INNER JOIN rates ON rates.model = used.model
),
by_user AS (
    SELECT
        user,
        sum(cost_usd) AS cost_usd,
        sum(cache_read_tokens) / sum(prompt_tokens) AS hit_rate,
        sum(usual_tokens) / sum(prompt_tokens) AS usual_rate,
        sum(saving_usd) AS saving_usd
    FROM cached
    WHERE user <> ''
    GROUP BY user
    HAVING sum(prompt_tokens) > 0
),
by_repository AS (
    SELECT repository, sum(cost_usd) AS cost_usd
    FROM cached
    WHERE repository <> ''
    GROUP BY repository
    HAVING sum(prompt_tokens) > 0
),
by_effort AS (
    SELECT
        sum(CASE WHEN effort IN ('high', 'xhigh', 'max') THEN cost_usd ELSE 0 END) AS high_cost,
        sum(CASE WHEN effort IN ('high', 'xhigh', 'max', '') THEN 0 ELSE cost_usd END) AS other_cost
    FROM weighed
    WHERE is_small
),
found AS (
    {rules}
)
SELECT
    found.rule,
    nullif(coalesce(repositories.display, found.subject), '') AS subject,
    found.cost_usd,
    found.measured,
    found.reference,
    found.saving_usd,
    cheapest.model AS cheapest_model,
    counted.unread_sessions,
    counted.unchanged_sessions,
    counted.high_sessions
FROM found
CROSS JOIN cheapest
CROSS JOIN counted
LEFT JOIN repositories ON found.rule = 'low-cache-hit-rate-of-repository' AND repositories.repository = found.subject
WHERE found.saving_usd > 0.005 OR (found.saving_usd IS NULL AND found.cost_usd > 0)
-- The last bits of a sum depend on the order of its parts.
ORDER BY round(coalesce(found.saving_usd, 0), 6) DESC, found.rule, found.subject
LIMIT $limit OFFSET $skip;
