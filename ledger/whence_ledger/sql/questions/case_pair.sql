-- The user and the repository that a case is about, by their keys; nothing where the one has not spent on the other.
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
