-- How a session's usage in a repository is divided among branches: split/branches.sql. Sessions that were closed before are
-- divided by their touches; their branch is the one that was checked out when the hook sent its records.
CREATE TABLE closed_branches (
    session_id VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    branch VARCHAR NOT NULL,
    first_touch TIMESTAMP NOT NULL,
    last_touch TIMESTAMP NOT NULL,
    touches BIGINT NOT NULL,
    low HUGEINT NOT NULL,
    high HUGEINT NOT NULL,
    total HUGEINT NOT NULL,
    added_low HUGEINT NOT NULL,
    added_high HUGEINT NOT NULL,
    added_total HUGEINT NOT NULL,
    removed_low HUGEINT NOT NULL,
    removed_high HUGEINT NOT NULL,
    removed_total HUGEINT NOT NULL,
    commits_low HUGEINT NOT NULL,
    commits_high HUGEINT NOT NULL,
    commits_total HUGEINT NOT NULL,
    pulls_low HUGEINT NOT NULL,
    pulls_high HUGEINT NOT NULL,
    pulls_total HUGEINT NOT NULL
);
INSERT INTO closed_branches
WITH touched AS (
    SELECT
        session_id,
        repository,
        head_name AS branch,
        min(time) AS first_touch,
        max(end_time) AS last_touch,
        sum(reads + edits + searches + commands) AS touches,
        sum(lines_added) AS added,
        sum(lines_removed) AS removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pulls
    FROM touches
    WHERE repository <> '' AND session_id IN (SELECT session_id FROM closed_sessions)
    GROUP BY session_id, repository, head_name
),
weighed AS (
    SELECT
        *,
        CASE
            WHEN sum(touches) OVER whole > 0 THEN touches
            WHEN row_number() OVER (PARTITION BY session_id, repository ORDER BY first_touch, branch) = 1 THEN 1
            ELSE 0
        END AS weight
    FROM touched
    WINDOW whole AS (PARTITION BY session_id, repository)
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
    high - weight,
    high,
    total,
    CASE WHEN added_total > 0 THEN added_high - added ELSE high - weight END,
    CASE WHEN added_total > 0 THEN added_high ELSE high END,
    CASE WHEN added_total > 0 THEN added_total ELSE total END,
    CASE WHEN removed_total > 0 THEN removed_high - removed ELSE high - weight END,
    CASE WHEN removed_total > 0 THEN removed_high ELSE high END,
    CASE WHEN removed_total > 0 THEN removed_total ELSE total END,
    CASE WHEN commits_total > 0 THEN commits_high - commits ELSE high - weight END,
    CASE WHEN commits_total > 0 THEN commits_high ELSE high END,
    CASE WHEN commits_total > 0 THEN commits_total ELSE total END,
    CASE WHEN pulls_total > 0 THEN pulls_high - pulls ELSE high - weight END,
    CASE WHEN pulls_total > 0 THEN pulls_high ELSE high END,
    CASE WHEN pulls_total > 0 THEN pulls_total ELSE total END
FROM ranges;
