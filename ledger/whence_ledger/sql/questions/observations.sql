-- Every repository that the hook has reported, with its current label, for the classifier.
SELECT
    repositories.repository,
    repositories.display,
    repositories.host,
    repositories.owner,
    repositories.name,
    repositories.remote,
    repositories.root_commits,
    repositories.first_seen,
    repositories.last_seen,
    nullif(labels.reason, 'not-classified-yet') AS reason,
    CASE WHEN labels.reason <> 'not-classified-yet' THEN labels.label END AS label,
    coalesce(labels.scope, '') AS scope,
    labels.left_on,
    worked.first_touch AS branches_since,
    listed.updated_at AS pull_requests_until
FROM repositories
LEFT JOIN labels ON labels.repository = repositories.repository
LEFT JOIN (
    SELECT repository, min(first_touch) AS first_touch
    FROM branches
    WHERE branch <> ''
    GROUP BY repository
) AS worked ON worked.repository = repositories.repository
LEFT JOIN (
    SELECT repository, max(updated_at) AS updated_at
    FROM pull_requests
    GROUP BY repository
) AS listed ON listed.repository = repositories.repository
ORDER BY repositories.repository
LIMIT $limit OFFSET $skip;
