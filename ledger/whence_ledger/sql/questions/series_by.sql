-- Usage over time of the users, teams, repositories, labels, models or owners of repositories with the highest cost.
-- in_others: the usage of all others.
WITH places AS (
    SELECT
        known.repository,
        CASE WHEN known.host IN ('', 'github.com') THEN known.owner ELSE concat(known.host, '/', known.owner) END
            AS owner,
        labels.label
    FROM (
        SELECT repository, host, owner FROM repositories
        UNION ALL
        SELECT '', '', ''
    ) AS known
    LEFT JOIN labels ON labels.repository = known.repository
),
used AS (
    SELECT
        date_trunc($bucket, time + to_minutes($offset)) - to_minutes($offset) AS bucket,
        CASE $by WHEN 'user' THEN user WHEN 'team' THEN team WHEN 'model' THEN model ELSE repository END AS part,
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
        CASE $by
            WHEN 'label' THEN coalesce(places.label, '')
            WHEN 'owner' THEN lower(coalesce(places.owner, ''))
            ELSE used.part
        END AS subject,
        CASE WHEN $by = 'owner' THEN coalesce(places.owner, '') ELSE '' END AS owner,
        used.cost_usd,
        used.tokens,
        used.lines_added,
        used.lines_removed,
        used.commits,
        used.pull_requests
    FROM used
    LEFT JOIN places ON places.repository = used.part AND $by IN ('label', 'owner')
),
leaders AS (
    SELECT subject, max(owner) AS owner, sum(cost_usd) AS whole_cost
    FROM named
    GROUP BY subject
    ORDER BY whole_cost DESC, subject
    LIMIT $limit
)
SELECT
    named.bucket,
    CASE $by
        WHEN 'repository' THEN repositories.display
        WHEN 'owner' THEN nullif(leaders.owner, '')
        ELSE nullif(leaders.subject, '')
    END AS name,
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
