-- What was spent on the organization's repositories, on other repositories, and on unknown ones.
WITH used AS (
    SELECT
        repository,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
    FROM chosen
    GROUP BY repository
),
by_label AS (
    SELECT
        coalesce(labels.label, '') AS label,
        sum(used.cost_usd) AS cost_usd,
        sum(used.tokens) AS tokens
    FROM used
    LEFT JOIN labels ON labels.repository = used.repository
    GROUP BY 1
),
counted AS (
    SELECT
        coalesce(labels.label, '') AS label,
        count(DISTINCT there.session_id) AS sessions,
        count(DISTINCT nullif(there.repository, '')) AS repositories,
        count(DISTINCT nullif(there.user, '')) AS users
    FROM chosen_sessions AS there
    LEFT JOIN labels ON labels.repository = there.repository
    GROUP BY 1
)
SELECT
    nullif(by_label.label, '') AS label,
    by_label.cost_usd,
    coalesce(CAST(by_label.cost_usd AS DOUBLE) / nullif(CAST(sum(by_label.cost_usd) OVER () AS DOUBLE), 0), 0)
        AS cost_share,
    by_label.tokens,
    counted.repositories,
    counted.sessions,
    counted.users
FROM by_label
INNER JOIN counted ON counted.label = by_label.label
ORDER BY by_label.cost_usd DESC, by_label.label;
