-- Where money might be saved, most of it first. What each rule means: insight.py.
-- Tokens are weighed as they are priced: output 5, cache writes 1.25, cache reads 0.1 of an input token
-- (https://docs.anthropic.com/en/docs/about-claude/pricing). A unit is the price of an input token that follows
-- from the cost that was reported.
WITH used AS (
    SELECT
        session_id,
        user,
        model,
        query_source,
        effort,
        speed,
        repository,
        CAST(sum(cost_usd) AS DOUBLE) AS cost_usd,
        CAST(sum(input_tokens) AS DOUBLE) AS input_tokens,
        CAST(sum(output_tokens) AS DOUBLE) AS output_tokens,
        CAST(sum(cache_read_tokens) AS DOUBLE) AS cache_read_tokens,
        CAST(sum(cache_creation_tokens) AS DOUBLE) AS cache_creation_tokens,
        CAST(sum(lines_added + lines_removed + commits + pull_requests) AS DOUBLE) AS changes
    FROM chosen($from, $to, $users, $models, $repositories, $labels, $teams, $split)
    GROUP BY session_id, user, model, query_source, effort, speed, repository
),
weighed AS (
    SELECT
        *,
        input_tokens + cache_read_tokens + cache_creation_tokens AS prompt_tokens,
        input_tokens + 5 * output_tokens + 1.25 * cache_creation_tokens + 0.1 * cache_read_tokens AS weight
    FROM used
),
whole AS (
    SELECT
        sum(cache_read_tokens) / nullif(sum(prompt_tokens), 0) AS hit_rate,
        sum(cost_usd) / nullif(sum(weight), 0) AS unit,
        sum(cost_usd) / nullif(count(DISTINCT session_id), 0) AS cost_usd_per_session
    FROM weighed
),
models AS (
    SELECT model, sum(cost_usd) AS cost_usd, sum(cost_usd) / nullif(sum(weight), 0) AS unit
    FROM weighed
    WHERE model <> '' AND speed <> 'fast'
    GROUP BY model
    HAVING sum(weight) > 0 AND sum(cost_usd) > 0
),
cheapest AS (
    SELECT min(unit) AS unit, arg_min(model, unit) AS model
    FROM models
),
sessions_used AS (
    SELECT
        session_id,
        sum(cost_usd) AS cost_usd,
        sum(output_tokens) AS output_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_creation_tokens) AS cache_creation_tokens,
        sum(changes) AS changes
    FROM weighed
    GROUP BY session_id
),
small_sessions AS (
    SELECT session_id
    FROM sessions_used
    WHERE output_tokens < 2000
),
by_effort AS (
    SELECT
        CASE WHEN effort IN ('high', 'xhigh', 'max') THEN 'high' ELSE 'other' END AS effort,
        sum(cost_usd) AS cost_usd,
        count(DISTINCT session_id) AS sessions
    FROM weighed
    WHERE effort <> '' AND session_id IN (SELECT session_id FROM small_sessions)
    GROUP BY 1
),
found AS (
    SELECT
        'low-cache-hit-rate-of-user' AS rule,
        weighed.user AS subject,
        count(DISTINCT weighed.session_id) AS sessions,
        sum(weighed.cost_usd) AS cost_usd,
        sum(weighed.cache_read_tokens) / sum(weighed.prompt_tokens) AS measured,
        max(whole.hit_rate) AS reference,
        (max(whole.hit_rate) - sum(weighed.cache_read_tokens) / sum(weighed.prompt_tokens))
        * sum(weighed.prompt_tokens) * 0.9 * max(whole.unit) AS saving_usd
    FROM weighed
    CROSS JOIN whole
    WHERE weighed.user <> ''
    GROUP BY weighed.user
    HAVING sum(weighed.cache_read_tokens) < (max(whole.hit_rate) - 0.1) * sum(weighed.prompt_tokens)
    UNION ALL
    SELECT
        'low-cache-hit-rate-of-repository',
        weighed.repository,
        count(DISTINCT weighed.session_id),
        sum(weighed.cost_usd),
        sum(weighed.cache_read_tokens) / sum(weighed.prompt_tokens),
        max(whole.hit_rate),
        (max(whole.hit_rate) - sum(weighed.cache_read_tokens) / sum(weighed.prompt_tokens))
        * sum(weighed.prompt_tokens) * 0.9 * max(whole.unit)
    FROM weighed
    CROSS JOIN whole
    WHERE weighed.repository <> ''
    GROUP BY weighed.repository
    HAVING sum(weighed.cache_read_tokens) < (max(whole.hit_rate) - 0.1) * sum(weighed.prompt_tokens)
    UNION ALL
    SELECT
        'expensive-model-on-small-sessions',
        weighed.model,
        count(DISTINCT weighed.session_id),
        sum(weighed.cost_usd),
        max(models.unit) * 1000000,
        max(cheapest.unit) * 1000000,
        sum(weighed.cost_usd) * (1 - max(cheapest.unit) / max(models.unit))
    FROM weighed
    INNER JOIN models ON models.model = weighed.model
    CROSS JOIN cheapest
    WHERE weighed.session_id IN (SELECT session_id FROM small_sessions)
    GROUP BY weighed.model
    HAVING max(models.unit) > 1.5 * max(cheapest.unit)
    UNION ALL
    SELECT
        'fast-mode',
        weighed.model,
        count(DISTINCT weighed.session_id),
        sum(weighed.cost_usd),
        sum(weighed.cost_usd) / sum(weighed.weight) * 1000000,
        max(models.unit) * 1000000,
        sum(weighed.cost_usd) - sum(weighed.weight) * max(models.unit)
    FROM weighed
    INNER JOIN models ON models.model = weighed.model
    WHERE weighed.speed = 'fast'
    GROUP BY weighed.model
    HAVING sum(weighed.weight) > 0
    UNION ALL
    SELECT
        'high-effort-on-small-sessions',
        '',
        high.sessions,
        high.cost_usd,
        high.cost_usd / high.sessions,
        other.cost_usd / other.sessions,
        high.cost_usd - high.sessions * other.cost_usd / other.sessions
    FROM by_effort AS high
    INNER JOIN by_effort AS other ON high.effort = 'high' AND other.effort = 'other'
    UNION ALL
    SELECT
        'cache-writes-never-read',
        '',
        count(*),
        sum(sessions_used.cost_usd),
        sum(sessions_used.cache_creation_tokens),
        sum(sessions_used.cache_read_tokens),
        sum(sessions_used.cache_creation_tokens - sessions_used.cache_read_tokens) * 0.25 * max(whole.unit)
    FROM sessions_used
    CROSS JOIN whole
    WHERE sessions_used.cache_creation_tokens > sessions_used.cache_read_tokens
    UNION ALL
    SELECT
        'much-spent-without-a-change',
        '',
        count(*),
        sum(sessions_used.cost_usd),
        sum(sessions_used.cost_usd) / count(*),
        max(whole.cost_usd_per_session),
        sum(sessions_used.cost_usd) - count(*) * max(whole.cost_usd_per_session)
    FROM sessions_used
    CROSS JOIN whole
    WHERE sessions_used.changes = 0 AND sessions_used.cost_usd > 2 * whole.cost_usd_per_session
    UNION ALL
    SELECT
        'subagents-on-an-expensive-model',
        weighed.model,
        count(DISTINCT weighed.session_id),
        sum(weighed.cost_usd),
        max(models.unit) * 1000000,
        max(cheapest.unit) * 1000000,
        sum(weighed.cost_usd) * (1 - max(cheapest.unit) / max(models.unit))
    FROM weighed
    INNER JOIN models ON models.model = weighed.model
    CROSS JOIN cheapest
    WHERE weighed.query_source = 'subagent'
    GROUP BY weighed.model
    HAVING max(models.unit) > 1.5 * max(cheapest.unit)
    UNION ALL
    SELECT
        'outside-the-organization',
        '',
        count(DISTINCT weighed.session_id),
        sum(weighed.cost_usd),
        count(DISTINCT weighed.user),
        count(DISTINCT weighed.repository),
        sum(weighed.cost_usd)
    FROM weighed
    WHERE weighed.repository IN (SELECT labels.repository FROM labels WHERE labels.label = 'Unmanaged')
)
SELECT
    found.rule,
    nullif(coalesce(repositories.display, found.subject), '') AS subject,
    found.sessions,
    found.cost_usd,
    found.measured,
    found.reference,
    found.saving_usd,
    cheapest.model AS cheapest_model
FROM found
CROSS JOIN cheapest
LEFT JOIN repositories ON found.rule = 'low-cache-hit-rate-of-repository' AND repositories.repository = found.subject
WHERE found.saving_usd > 0.005
ORDER BY found.saving_usd DESC, found.rule, found.subject
LIMIT $limit;
