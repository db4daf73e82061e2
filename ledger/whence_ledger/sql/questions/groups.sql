-- What each user, team, repository, label, model or owner of repositories cost; $by names which. name is null for usage
-- without one. The groups add up to all usage.
WITH places AS (
    SELECT
        known.repository,
        known.display,
        CASE WHEN known.host IN ('', 'github.com') THEN known.owner ELSE concat(known.host, '/', known.owner) END
            AS owner,
        labels.label
    FROM (
        SELECT repository, display, host, owner FROM repositories
        UNION ALL
        SELECT '', '', '', ''
    ) AS known
    LEFT JOIN labels ON labels.repository = known.repository
),
used AS (
    SELECT
        CASE $by WHEN 'user' THEN user WHEN 'team' THEN team WHEN 'model' THEN model ELSE repository END AS part,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_creation_tokens) AS cache_creation_tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests
    FROM chosen
    GROUP BY 1
),
named AS (
    SELECT
        CASE $by
            WHEN 'label' THEN coalesce(places.label, '')
            WHEN 'owner' THEN lower(coalesce(places.owner, ''))
            ELSE used.part
        END AS subject,
        CASE $by
            WHEN 'label' THEN coalesce(places.label, '')
            WHEN 'owner' THEN coalesce(places.owner, '')
            WHEN 'repository' THEN coalesce(places.display, '')
            ELSE used.part
        END AS name,
        used.*
    FROM used
    LEFT JOIN places ON places.repository = used.part AND $by IN ('repository', 'label', 'owner')
),
summed AS (
    SELECT
        subject,
        max(name) AS name,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_creation_tokens) AS cache_creation_tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests
    FROM named
    GROUP BY subject
),
there AS (
    SELECT DISTINCT
        CASE $by
            WHEN 'user' THEN sessions.user
            WHEN 'team' THEN sessions.team
            WHEN 'model' THEN sessions.model
            WHEN 'label' THEN coalesce(places.label, '')
            WHEN 'owner' THEN lower(coalesce(places.owner, ''))
            ELSE sessions.repository
        END AS subject,
        sessions.session_id
    FROM chosen_sessions AS sessions
    LEFT JOIN places ON places.repository = sessions.repository AND $by IN ('label', 'owner')
    -- Of a rolled-up day, a session that names a model has no row without one.
    WHERE
        $by <> 'model'
        OR sessions.model <> ''
        OR sessions.session_id NOT IN (SELECT session_id FROM chosen_sessions WHERE model <> '')
),
counted AS (
    SELECT subject, count(*) AS sessions
    FROM there
    GROUP BY subject
)
SELECT
    nullif(summed.name, '') AS name,
    summed.cost_usd,
    coalesce(CAST(summed.cost_usd AS DOUBLE) / nullif(CAST(sum(summed.cost_usd) OVER () AS DOUBLE), 0), 0) AS cost_share,
    summed.input_tokens + summed.output_tokens + summed.cache_read_tokens + summed.cache_creation_tokens AS tokens,
    coalesce(counted.sessions, 0) AS sessions,
    CAST(summed.cache_read_tokens AS DOUBLE)
    / nullif(CAST(summed.cache_read_tokens + summed.input_tokens + summed.cache_creation_tokens AS DOUBLE), 0) AS cache_hit_rate,
    CAST(summed.cost_usd AS DOUBLE) * 1000000
    / nullif(
        CAST(summed.input_tokens + summed.output_tokens + summed.cache_read_tokens + summed.cache_creation_tokens AS DOUBLE), 0
    ) AS usd_per_million_tokens,
    summed.lines_added,
    summed.lines_removed,
    summed.commits,
    summed.pull_requests
FROM summed
LEFT JOIN counted ON counted.subject = summed.subject
WHERE
    summed.cost_usd > 0
    OR summed.input_tokens + summed.output_tokens + summed.cache_read_tokens + summed.cache_creation_tokens > 0
    OR summed.lines_added + summed.lines_removed + summed.commits + summed.pull_requests > 0
ORDER BY summed.cost_usd DESC, summed.subject
LIMIT $limit OFFSET $skip;
