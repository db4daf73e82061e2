-- What each pull request cost: what its sessions used on a branch where they made one of its commits, else on the branch of
-- its name. Of several with the same branch, a session counts for the one that was closed first after it, or is still
-- open; after the last was closed, for none. A pull request that is null is none: with it, those of a repository add up to
-- it. work_branches: the branches of these sessions, separated by spaces, which no branch's name contains.
WITH used AS (
    SELECT session_id, user, repository, branch, first_touch, last_touch, cost_usd, tokens
    FROM chosen_branches
),
made AS (
    SELECT DISTINCT session_id, repository, head_name AS branch, head_revision AS revision
    FROM touches
    WHERE commits > 0 AND head_revision <> '' AND session_id IN (SELECT session_id FROM used)
),
candidates AS (
    SELECT used.session_id, used.user, used.repository, used.branch, pulls.number, pulls.closed_at, 0 AS is_by_commit
    FROM used
    INNER JOIN pull_requests AS pulls ON pulls.repository = used.repository AND pulls.head = used.branch
    WHERE pulls.closed_at IS NULL OR pulls.closed_at >= used.first_touch
    UNION ALL
    SELECT used.session_id, used.user, used.repository, used.branch, pulls.number, pulls.closed_at, 1 AS is_by_commit
    FROM used
    INNER JOIN made
        ON made.session_id = used.session_id AND made.repository = used.repository AND made.branch = used.branch
    INNER JOIN pull_request_commits AS known
        ON known.repository = made.repository AND known.revision = made.revision
    INNER JOIN pull_requests AS pulls ON pulls.repository = known.repository AND pulls.number = known.number
),
matched AS (
    SELECT
        session_id,
        user,
        repository,
        branch,
        number,
        row_number() OVER (
            PARTITION BY session_id, user, repository, branch
            ORDER BY is_by_commit DESC, closed_at IS NULL, closed_at, number
        ) AS place
    FROM candidates
),
placed AS (
    SELECT used.*, coalesce(matched.number, 0) AS number
    FROM used
    LEFT JOIN matched
        ON matched.session_id = used.session_id
        AND matched.user = used.user
        AND matched.repository = used.repository
        AND matched.branch = used.branch
        AND matched.place = 1
),
summed AS (
    SELECT
        repository,
        number,
        sum(cost_usd) AS cost_usd,
        sum(tokens) AS tokens,
        count(DISTINCT session_id) AS sessions,
        count(DISTINCT nullif(user, '')) AS users,
        min(first_touch) AS first_touch
    FROM placed
    GROUP BY repository, number
),
named AS (
    SELECT repository, number, string_agg(branch, ' ' ORDER BY branch) AS work_branches
    FROM (SELECT DISTINCT repository, number, branch FROM placed WHERE branch <> '' AND number > 0) AS worked
    GROUP BY repository, number
)
SELECT
    repositories.display AS repository,
    nullif(summed.number, 0) AS number,
    nullif(pulls.title, '') AS title,
    pulls.state,
    nullif(pulls.author, '') AS author,
    pulls.head AS branch,
    named.work_branches,
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
LEFT JOIN named ON named.repository = summed.repository AND named.number = summed.number
LEFT JOIN repositories ON repositories.repository = summed.repository
ORDER BY summed.cost_usd DESC, summed.number = 0, summed.repository, summed.number
LIMIT $limit OFFSET $skip;
