-- What each commit cost: a session's usage on a branch from the previous commit up to this one, by touches. null means work
-- that was not committed; with it, the commits of a branch add up to the branch. If one prompt made several commits on a
-- branch, the last one represents all of them.
WITH used AS (
    SELECT session_id, user, repository, branch, cost_usd, tokens
    FROM chosen_branches
),
seen AS (
    SELECT
        session_id,
        repository,
        head_name AS branch,
        time,
        prompt_id,
        touches,
        commits,
        CASE WHEN commits > 0 THEN head_revision ELSE '' END AS revision
    FROM touches
    WHERE repository <> '' AND session_id IN (SELECT session_id FROM used)
),
-- place: the number of earlier commits.
placed AS (
    SELECT
        *,
        sum(CASE WHEN revision <> '' THEN 1 ELSE 0 END) OVER (
            PARTITION BY session_id, repository, branch
            ORDER BY time, prompt_id, revision, touches
            ROWS UNBOUNDED PRECEDING
        ) - CASE WHEN revision <> '' THEN 1 ELSE 0 END AS place
    FROM seen
),
steps AS (
    SELECT
        session_id,
        repository,
        branch,
        place,
        max(revision) AS revision,
        max(CASE WHEN revision <> '' THEN time END) AS committed_at,
        sum(CASE WHEN revision <> '' THEN commits ELSE 0 END) AS commits,
        sum(touches) AS touches
    FROM placed
    GROUP BY session_id, repository, branch, place
),
weighed AS (
    SELECT
        *,
        CASE
            WHEN sum(touches) OVER (PARTITION BY session_id, repository, branch) > 0 THEN touches
            WHEN place = 0 THEN 1
            ELSE 0
        END AS weight
    FROM steps
),
ranges AS (
    SELECT
        *,
        sum(weight) OVER (PARTITION BY session_id, repository, branch ORDER BY place ROWS UNBOUNDED PRECEDING) AS high,
        sum(weight) OVER (PARTITION BY session_id, repository, branch) AS total
    FROM weighed
),
parts AS (
    SELECT
        used.user,
        used.repository,
        used.branch,
        coalesce(ranges.revision, '') AS revision,
        ranges.committed_at,
        coalesce(ranges.commits, 0) AS commits,
        piece(
            used.cost_usd, coalesce(ranges.high - ranges.weight, 0), coalesce(ranges.high, 1), coalesce(ranges.total, 1)
        ) AS cost_usd,
        piece(
            used.tokens, coalesce(ranges.high - ranges.weight, 0), coalesce(ranges.high, 1), coalesce(ranges.total, 1)
        ) AS tokens
    FROM used
    LEFT JOIN ranges
        ON ranges.session_id = used.session_id AND ranges.repository = used.repository AND ranges.branch = used.branch
),
summed AS (
    SELECT
        user,
        repository,
        branch,
        revision,
        max(committed_at) AS committed_at,
        sum(commits) AS commits,
        sum(cost_usd) AS cost_usd,
        sum(tokens) AS tokens
    FROM parts
    GROUP BY user, repository, branch, revision
)
SELECT
    repositories.display AS repository,
    nullif(summed.branch, '') AS branch,
    nullif(regexp_extract(summed.branch, $tickets), '') AS ticket,
    nullif(summed.revision, '') AS "commit",
    nullif(summed.user, '') AS user,
    summed.committed_at,
    summed.commits,
    summed.cost_usd,
    coalesce(CAST(summed.cost_usd AS DOUBLE) / nullif(CAST(sum(summed.cost_usd) OVER () AS DOUBLE), 0), 0) AS cost_share,
    summed.tokens
FROM summed
LEFT JOIN repositories ON repositories.repository = summed.repository
ORDER BY summed.cost_usd DESC, summed.repository, summed.branch, summed.revision, summed.user
LIMIT $limit OFFSET $skip;
