-- How often each tool was used, most used first.
SELECT
    tool,
    sum(uses) AS uses,
    sum(failures) AS failures,
    CAST(sum(failures) AS DOUBLE) / nullif(CAST(sum(uses) AS DOUBLE), 0) AS failure_rate
FROM attributed_tool_uses
WHERE
    time >= $from
    AND time < $to
    AND split IN ('both', $split)
    AND (len($users) = 0 OR list_contains($users, user))
    AND (len($teams) = 0 OR list_contains($teams, team))
    AND (
        len($repositories) = 0
        OR (repository = '' AND list_contains($repositories, 'Unknown'))
        OR repository IN (
            SELECT named.repository
            FROM repositories AS named
            WHERE list_contains($repositories, named.repository) OR list_contains($repositories, named.display)
        )
    )
    AND (
        len($labels) = 0
        OR repository IN (SELECT labels.repository FROM labels WHERE list_contains($labels, labels.label))
    )
GROUP BY tool
ORDER BY uses DESC, tool;
