-- What people decided about users' spend on repositories, newest first, and what was spent after the day of each case
-- under the filters. The filters user and repository select cases.
WITH known AS (
    SELECT cases.*, coalesce(repositories.display, cases.repository) AS display
    FROM cases
    LEFT JOIN repositories ON repositories.repository = cases.repository
),
wanted AS (
    SELECT *
    FROM known
    WHERE
        true
        AND list_contains($users, user)
        AND (
            list_contains($repositories, repository)
            OR list_contains($repositories, display)
        )
),
since AS (
    SELECT wanted.user, wanted.repository, sum(used.cost_usd) AS cost_usd, max(used.last_time) AS last_seen
    FROM wanted
    INNER JOIN chosen AS used ON used.user = wanted.user AND used.repository = wanted.repository
    WHERE used.time >= wanted.day + INTERVAL 1 DAY
    GROUP BY wanted.user, wanted.repository
    -- Not row by row: rows are quarters of an hour or complete days, and which of them have a cost differs.
    HAVING sum(used.cost_usd) > 0
)
SELECT
    wanted.user,
    wanted.display AS repository,
    labels.label,
    wanted.status,
    wanted.is_settled,
    nullif(wanted.note, '') AS note,
    wanted.day,
    wanted.decided_at AS "at",
    wanted.decided_by AS "by",
    coalesce(since.cost_usd, 0) AS cost_usd_since,
    since.last_seen
FROM wanted
LEFT JOIN since ON since.user = wanted.user AND since.repository = wanted.repository
LEFT JOIN labels ON labels.repository = wanted.repository
ORDER BY wanted.decided_at DESC, wanted.user, wanted.repository
LIMIT $limit OFFSET $skip;
