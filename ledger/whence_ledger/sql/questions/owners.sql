-- How many people worked in the repositories of each owner, most first.
SELECT
    repositories.host,
    repositories.owner,
    count(DISTINCT nullif(there.user, '')) AS users,
    count(DISTINCT there.repository) AS repositories
FROM chosen_sessions AS there
INNER JOIN repositories ON repositories.repository = there.repository
WHERE repositories.host <> ''
GROUP BY repositories.host, repositories.owner
ORDER BY users DESC, repositories.host, repositories.owner
LIMIT $limit OFFSET $skip;
