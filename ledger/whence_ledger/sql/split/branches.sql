-- Divides a repository's share of a session among the branches that were worked on, so that the branches add up to the
-- repository. '' means no branch.

-- A branch owns the pieces (low, high] of total, in proportion to the cost of the requests that touched the repository on
-- that branch; if they cost nothing, to their tokens; without any, to its touches; without any, the branch that was seen
-- first gets everything. Lines, commits and pull requests go to the branch where the hook measured them, as with
-- repositories.
CREATE OR REPLACE VIEW split_branches AS
WITH touched AS (
    SELECT
        session_id,
        repository,
        head_name AS branch,
        min(time) AS first_touch,
        max(end_time) AS last_touch,
        sum(touches) AS touches,
        sum(lines_added) AS added,
        sum(lines_removed) AS removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pulls
    FROM input.touches
    WHERE repository <> ''
    GROUP BY session_id, repository, head_name
),
asked AS (
    SELECT
        session_id,
        repository,
        branch,
        sum(cost_nano) AS cost,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
    FROM requested_branches
    WHERE branch IS NOT NULL
    GROUP BY session_id, repository, branch
),
compared AS (
    SELECT
        touched.*,
        coalesce(asked.cost, 0) AS cost,
        coalesce(asked.tokens, 0) AS tokens,
        sum(coalesce(asked.cost, 0)) OVER whole AS all_cost,
        sum(coalesce(asked.tokens, 0)) OVER whole AS all_tokens,
        sum(touched.touches) OVER whole AS all_touches,
        row_number() OVER (
            PARTITION BY touched.session_id, touched.repository ORDER BY touched.first_touch, touched.branch
        ) AS place
    FROM touched
    LEFT JOIN asked
        ON asked.session_id = touched.session_id
        AND asked.repository = touched.repository
        AND asked.branch = touched.branch
    WINDOW whole AS (PARTITION BY touched.session_id, touched.repository)
),
weighed AS (
    SELECT
        session_id,
        repository,
        branch,
        first_touch,
        last_touch,
        touches,
        added,
        removed,
        commits,
        pulls,
        CASE
            WHEN all_cost > 0 THEN cost
            WHEN all_tokens > 0 THEN tokens
            WHEN all_touches > 0 THEN touches
            WHEN place = 1 THEN 1
            ELSE 0
        END AS weight
    FROM compared
),
ranges AS (
    SELECT
        *,
        sum(weight) OVER in_order AS high,
        sum(weight) OVER whole AS total,
        sum(added) OVER in_order AS added_high,
        sum(added) OVER whole AS added_total,
        sum(removed) OVER in_order AS removed_high,
        sum(removed) OVER whole AS removed_total,
        sum(commits) OVER in_order AS commits_high,
        sum(commits) OVER whole AS commits_total,
        sum(pulls) OVER in_order AS pulls_high,
        sum(pulls) OVER whole AS pulls_total
    FROM weighed
    WINDOW
        whole AS (PARTITION BY session_id, repository),
        in_order AS (PARTITION BY session_id, repository ORDER BY branch ROWS UNBOUNDED PRECEDING)
)
SELECT
    session_id,
    repository,
    branch,
    first_touch,
    last_touch,
    touches,
    high - weight AS low,
    high,
    total,
    CASE WHEN added_total > 0 THEN added_high - added ELSE high - weight END AS added_low,
    CASE WHEN added_total > 0 THEN added_high ELSE high END AS added_high,
    CASE WHEN added_total > 0 THEN added_total ELSE total END AS added_total,
    CASE WHEN removed_total > 0 THEN removed_high - removed ELSE high - weight END AS removed_low,
    CASE WHEN removed_total > 0 THEN removed_high ELSE high END AS removed_high,
    CASE WHEN removed_total > 0 THEN removed_total ELSE total END AS removed_total,
    CASE WHEN commits_total > 0 THEN commits_high - commits ELSE high - weight END AS commits_low,
    CASE WHEN commits_total > 0 THEN commits_high ELSE high END AS commits_high,
    CASE WHEN commits_total > 0 THEN commits_total ELSE total END AS commits_total,
    CASE WHEN pulls_total > 0 THEN pulls_high - pulls ELSE high - weight END AS pulls_low,
    CASE WHEN pulls_total > 0 THEN pulls_high ELSE high END AS pulls_high,
    CASE WHEN pulls_total > 0 THEN pulls_total ELSE total END AS pulls_total
FROM ranges;
