-- Every decision about users' spend on repositories, newest first. Filters: user and repository.
SELECT
    case_changes.decided_at AS "at",
    case_changes.user,
    coalesce(repositories.display, case_changes.repository) AS repository,
    case_changes.status,
    nullif(case_changes.note, '') AS note,
    case_changes.day,
    case_changes.decided_by AS "by"
FROM case_changes
LEFT JOIN repositories ON repositories.repository = case_changes.repository
WHERE
    true
    AND list_contains($users, case_changes.user)
    AND (
        list_contains($repositories, case_changes.repository)
        OR list_contains($repositories, repositories.display)
    )
ORDER BY case_changes.decided_at DESC, case_changes.user, case_changes.repository
LIMIT $limit OFFSET $skip;
