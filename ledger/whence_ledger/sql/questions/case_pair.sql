-- The keys of the user and the repository of a case; no row if the user has spent nothing on the repository.
SELECT user, repository
FROM (
    SELECT user, repository
    FROM chosen
    UNION ALL
    SELECT cases.user, cases.repository
    FROM cases
    LEFT JOIN repositories ON repositories.repository = cases.repository
    WHERE
        true
        AND list_contains($users, cases.user)
        AND (
            list_contains($repositories, cases.repository)
            OR list_contains($repositories, repositories.display)
        )
) AS found
WHERE user <> '' AND repository <> ''
GROUP BY user, repository
ORDER BY user, repository
LIMIT 1;
