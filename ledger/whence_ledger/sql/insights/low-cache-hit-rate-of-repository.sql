-- Repositories whose cache hit rate is more than $gap below the overall rate on the same models. Users with a low rate
-- everywhere are left out: they are in low-cache-hit-rate-of-user.
SELECT
    others.repository AS subject,
    others.cost_usd,
    others.hit_rate AS measured,
    others.usual_rate AS reference,
    others.saving_usd
FROM (
    SELECT
        cached.repository,
        sum(cached.cost_usd) AS cost_usd,
        sum(cached.cache_read_tokens) / sum(cached.prompt_tokens) AS hit_rate,
        sum(cached.usual_tokens) / sum(cached.prompt_tokens) AS usual_rate,
        sum(cached.saving_usd) AS saving_usd
    FROM cached
    LEFT JOIN by_user ON by_user.user = cached.user
    WHERE cached.repository <> '' AND (by_user.user IS NULL OR by_user.hit_rate >= by_user.usual_rate - $gap)
    GROUP BY cached.repository
    HAVING sum(cached.prompt_tokens) > 0
) AS others
WHERE others.hit_rate < others.usual_rate - $gap;
