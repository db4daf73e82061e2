-- Which labels changed, when and why, newest first. The previous label is null for a repository's first label.
SELECT
    label_changes.changed_at AS "at",
    coalesce(repositories.display, label_changes.repository) AS repository,
    label_changes.from_label AS "from",
    label_changes.to_label AS "to",
    label_changes.reason,
    nullif(label_changes.evidence, '') AS evidence
FROM label_changes
LEFT JOIN repositories ON repositories.repository = label_changes.repository
WHERE
    label_changes.changed_at >= $begin
    AND label_changes.changed_at < $end
    AND (
        list_contains($repositories, label_changes.repository)
        OR list_contains($repositories, repositories.display)
    )
ORDER BY
    label_changes.changed_at DESC,
    label_changes.repository,
    label_changes.to_label,
    label_changes.reason,
    label_changes.evidence,
    label_changes.from_label
LIMIT $limit OFFSET $skip;
