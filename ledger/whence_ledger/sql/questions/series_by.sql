-- Usage over time of the users, repositories or models with the highest cost. in_others: the usage of all others.
WITH used AS (
    SELECT
        date_trunc($bucket, time + to_minutes($offset)) - to_minutes($offset) AS bucket,
        CASE $by WHEN 'user' THEN user WHEN 'repository' THEN repository ELSE model END AS subject,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests
    FROM chosen
    GROUP BY 1, 2
    HAVING sum(cost_usd) > 0 OR sum(output_tokens) > 0 OR sum(lines_added + lines_removed + commits + pull_requests) > 0
),
leaders AS (
    SELECT subject, sum(cost_usd) AS whole_cost
    FROM used
    GROUP BY subject
    ORDER BY whole_cost DESC, subject
    LIMIT $limit
)
SELECT
    used.bucket,
    CASE WHEN $by = 'repository' THEN repositories.display ELSE nullif(leaders.subject, '') END AS name,
    leaders.subject IS NULL AS in_others,
    sum(used.cost_usd) AS cost_usd,
    sum(used.tokens) AS tokens,
    sum(used.lines_added) AS lines_added,
    sum(used.lines_removed) AS lines_removed,
    sum(used.commits) AS commits,
    sum(used.pull_requests) AS pull_requests
FROM used
LEFT JOIN leaders ON leaders.subject = used.subject
LEFT JOIN repositories ON repositories.repository = leaders.subject
GROUP BY 1, 2, 3
ORDER BY 1, 3, 4 DESC, 2
LIMIT $rows OFFSET $skip;
