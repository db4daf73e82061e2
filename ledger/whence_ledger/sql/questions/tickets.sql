-- What each ticket cost: the sum of the branches that name its key. null means branches that name none.
WITH used AS (
    SELECT *, regexp_extract(branch, $tickets) AS ticket
    FROM chosen_branches
),
by_repository AS (
    SELECT
        used.ticket AS ticket,
        used.repository AS repository,
        coalesce(repositories.display, 'Unknown') AS name,
        sum(used.cost_usd) AS cost_usd,
        sum(used.tokens) AS tokens,
        count(DISTINCT nullif(used.branch, '')) AS branches,
        sum(used.lines_added) AS lines_added,
        sum(used.lines_removed) AS lines_removed,
        sum(used.commits) AS commits,
        sum(used.pull_requests) AS pull_requests,
        min(used.first_touch) AS first_seen,
        max(used.last_touch) AS last_seen
    FROM used
    LEFT JOIN repositories ON repositories.repository = used.repository
    GROUP BY used.ticket, used.repository, repositories.display
),
counted AS (
    SELECT ticket, count(DISTINCT session_id) AS sessions, count(DISTINCT nullif(user, '')) AS users
    FROM used
    GROUP BY ticket
),
summed AS (
    SELECT
        ticket,
        string_agg(name, ', ' ORDER BY cost_usd DESC, name) AS repositories,
        sum(cost_usd) AS cost_usd,
        sum(tokens) AS tokens,
        sum(branches) AS branches,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests,
        min(first_seen) AS first_seen,
        max(last_seen) AS last_seen
    FROM by_repository
    GROUP BY ticket
)
SELECT
    nullif(summed.ticket, '') AS ticket,
    CASE WHEN summed.ticket <> '' THEN summed.repositories END AS repositories,
    summed.cost_usd,
    coalesce(CAST(summed.cost_usd AS DOUBLE) / nullif(CAST(sum(summed.cost_usd) OVER () AS DOUBLE), 0), 0) AS cost_share,
    summed.tokens,
    summed.branches,
    counted.sessions,
    counted.users,
    summed.lines_added,
    summed.lines_removed,
    summed.commits,
    summed.pull_requests,
    summed.first_seen,
    summed.last_seen
FROM summed
INNER JOIN counted ON counted.ticket = summed.ticket
ORDER BY summed.cost_usd DESC, summed.ticket = '', summed.ticket
LIMIT $limit OFFSET $skip;
