-- Usage over time of the users, repositories, models or labels with the highest cost. in_others: the usage of all others.
WITH used AS (
    SELECT
        date_trunc($bucket, time + to_minutes($offset)) - to_minutes($offset) AS bucket,
        CASE $by WHEN 'user' THEN user WHEN 'model' THEN model ELSE repository END AS part,
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
named AS (
    SELECT
        used.bucket,
        CASE WHEN $by = 'label' THEN coalesce(labels.label, '') ELSE used.part END AS subject,
        used.cost_usd,
        used.tokens,
        used.lines_added,
        used.lines_removed,
        used.commits,
        used.pull_requests
    FROM used
    LEFT JOIN labels ON labels.repository = used.part AND $by = 'label'
),
leaders AS (
    SELECT subject, sum(cost_usd) AS whole_cost
    FROM named
    GROUP BY subject
    ORDER BY whole_cost DESC, subject
    LIMIT $limit
)
SELECT
    named.bucket,
    CASE WHEN $by = 'repository' THEN repositories.display ELSE nullif(leaders.subject, '') END AS name,
    leaders.subject IS NULL AS in_others,
    sum(named.cost_usd) AS cost_usd,
    sum(named.tokens) AS tokens,
    sum(named.lines_added) AS lines_added,
    sum(named.lines_removed) AS lines_removed,
    sum(named.commits) AS commits,
    sum(named.pull_requests) AS pull_requests
FROM named
LEFT JOIN leaders ON leaders.subject = named.subject
LEFT JOIN repositories ON repositories.repository = leaders.subject
GROUP BY 1, 2, 3
ORDER BY 1, 3, 4 DESC, 2
LIMIT $rows OFFSET $skip;
