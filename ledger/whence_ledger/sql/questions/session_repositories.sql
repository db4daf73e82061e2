-- How one session is divided among repositories and models, largest share first.
WITH used AS (
    SELECT
        repository,
        model,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests
    FROM attributed
    WHERE session_id = $session AND time >= $begin AND time < $end AND contains(split, $split)
    GROUP BY repository, model
)
SELECT
    repositories.display AS repository,
    labels.label,
    labels.reason,
    nullif(labels.evidence, '') AS evidence,
    nullif(used.model, '') AS model,
    used.cost_usd,
    used.tokens,
    used.lines_added,
    used.lines_removed,
    used.commits,
    used.pull_requests
FROM used
LEFT JOIN repositories ON repositories.repository = used.repository
LEFT JOIN labels ON labels.repository = used.repository
ORDER BY used.cost_usd DESC, used.repository, used.model
LIMIT $limit OFFSET $skip;
