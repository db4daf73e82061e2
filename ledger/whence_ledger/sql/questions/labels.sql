-- What was spent on repositories of the organization, on others, and on none that is known.
WITH used AS (
    SELECT
        repository,
        session_id,
        user,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
    FROM chosen($from, $to, $users, $models, $repositories, $labels, $teams, $split)
    GROUP BY repository, session_id, user
)
SELECT
    labels.label,
    sum(used.cost_usd) AS cost_usd,
    coalesce(CAST(sum(used.cost_usd) AS DOUBLE) / nullif(CAST(sum(sum(used.cost_usd)) OVER () AS DOUBLE), 0), 0)
        AS cost_share,
    sum(used.tokens) AS tokens,
    count(DISTINCT nullif(used.repository, '')) AS repositories,
    count(DISTINCT used.session_id) AS sessions,
    count(DISTINCT nullif(used.user, '')) AS users
FROM used
LEFT JOIN labels ON labels.repository = used.repository
GROUP BY labels.label
ORDER BY cost_usd DESC, labels.label;
