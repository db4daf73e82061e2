-- What each branch cost. null means no branch, so that the branches of a repository add up to it.
WITH used AS (
    SELECT
        repository,
        branch,
        sum(cost_usd) AS cost_usd,
        sum(tokens) AS tokens,
        count(DISTINCT session_id) AS sessions,
        count(DISTINCT nullif(user, '')) AS users,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests,
        min(first_touch) AS first_seen,
        max(last_touch) AS last_seen
    FROM chosen_branches
    GROUP BY repository, branch
)
SELECT
    repositories.display AS repository,
    nullif(used.branch, '') AS branch,
    nullif(regexp_extract(used.branch, $tickets), '') AS ticket,
    labels.label,
    used.cost_usd,
    coalesce(CAST(used.cost_usd AS DOUBLE) / nullif(CAST(sum(used.cost_usd) OVER () AS DOUBLE), 0), 0) AS cost_share,
    used.tokens,
    used.sessions,
    used.users,
    used.lines_added,
    used.lines_removed,
    used.commits,
    used.pull_requests,
    used.first_seen,
    used.last_seen
FROM used
LEFT JOIN repositories ON repositories.repository = used.repository
LEFT JOIN labels ON labels.repository = used.repository
ORDER BY used.cost_usd DESC, used.branch = '', used.repository, used.branch
LIMIT $limit OFFSET $skip;
