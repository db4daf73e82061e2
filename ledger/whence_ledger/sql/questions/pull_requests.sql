-- What each pull request cost: the sessions on its branch. Of several with the same branch, a session counts for the one
-- that was closed first after it, or is still open; after the last was closed, for none. A pull request that is null is
-- none: with it, those of a repository add up to it.
WITH used AS (
    SELECT session_id, user, repository, branch, first_touch, last_touch, cost_usd, tokens
    FROM chosen_branches
),
matched AS (
    SELECT
        used.session_id,
        used.user,
        used.repository,
        used.branch,
        pulls.number,
        row_number() OVER (
            PARTITION BY used.session_id, used.user, used.repository, used.branch
            ORDER BY pulls.closed_at IS NULL, pulls.closed_at, pulls.number
        ) AS place
    FROM used
    INNER JOIN pull_requests AS pulls ON pulls.repository = used.repository AND pulls.head = used.branch
    WHERE pulls.closed_at IS NULL OR pulls.closed_at >= used.first_touch
),
summed AS (
    SELECT
        used.repository,
        coalesce(matched.number, 0) AS number,
        sum(used.cost_usd) AS cost_usd,
        sum(used.tokens) AS tokens,
        count(DISTINCT used.session_id) AS sessions,
        count(DISTINCT nullif(used.user, '')) AS users,
        min(used.first_touch) AS first_touch
    FROM used
    LEFT JOIN matched
        ON matched.session_id = used.session_id
        AND matched.user = used.user
        AND matched.repository = used.repository
        AND matched.branch = used.branch
        AND matched.place = 1
    GROUP BY used.repository, coalesce(matched.number, 0)
)
SELECT
    repositories.display AS repository,
    nullif(summed.number, 0) AS number,
    nullif(pulls.title, '') AS title,
    pulls.state,
    nullif(pulls.author, '') AS author,
    pulls.head AS branch,
    nullif(regexp_extract(pulls.head, $tickets), '') AS ticket,
    summed.cost_usd,
    coalesce(CAST(summed.cost_usd AS DOUBLE) / nullif(CAST(sum(summed.cost_usd) OVER () AS DOUBLE), 0), 0) AS cost_share,
    summed.tokens,
    summed.sessions,
    summed.users,
    summed.first_touch,
    pulls.created_at,
    pulls.closed_at,
    pulls.merged_at,
    CAST(date_diff('second', summed.first_touch, pulls.merged_at) AS DOUBLE) / 3600 AS hours_to_merge
FROM summed
LEFT JOIN pull_requests AS pulls ON pulls.repository = summed.repository AND pulls.number = summed.number
LEFT JOIN repositories ON repositories.repository = summed.repository
ORDER BY summed.cost_usd DESC, summed.number = 0, summed.repository, summed.number
LIMIT $limit OFFSET $skip;
