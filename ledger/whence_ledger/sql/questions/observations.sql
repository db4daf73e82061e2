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
    labels.left_on
FROM repositories
LEFT JOIN labels ON labels.repository = repositories.repository
ORDER BY repositories.repository
LIMIT $limit OFFSET $skip;
