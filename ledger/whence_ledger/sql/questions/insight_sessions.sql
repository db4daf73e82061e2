-- The sessions that an insight is about, with the cost that it counts, highest first; $by names the insight: small sessions
-- at high effort, sessions whose cache was never read, sessions without a change. repository: of the largest cost.
WITH used AS (
    SELECT
        session_id,
        repository,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits
    FROM chosen_attributed
    WHERE
        CASE $by
            WHEN 'sessions-without-a-change' THEN is_unchanged
            WHEN 'cache-writes-never-read' THEN is_unread
            ELSE is_small AND effort IN ('high', 'xhigh', 'max')
        END
    GROUP BY session_id, repository
),
placed AS (
    SELECT *, row_number() OVER (PARTITION BY session_id ORDER BY cost_usd DESC, repository) AS place
    FROM used
),
summed AS (
    SELECT
        session_id,
        max(CASE WHEN place = 1 THEN repository ELSE '' END) AS repository,
        sum(cost_usd) AS cost_usd,
        sum(tokens) AS tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits
    FROM placed
    GROUP BY session_id
)
SELECT
    summed.session_id AS session,
    sessions.started,
    nullif(sessions.user, '') AS user,
    repositories.display AS repository,
    summed.cost_usd,
    summed.tokens,
    summed.lines_added,
    summed.lines_removed,
    summed.commits
FROM summed
INNER JOIN sessions ON sessions.session_id = summed.session_id
LEFT JOIN repositories ON repositories.repository = summed.repository
WHERE summed.cost_usd > 0
ORDER BY summed.cost_usd DESC, summed.session_id
LIMIT $limit OFFSET $skip;
