-- The properties of each session, and the rule 'session'. docs/concepts/attribution.md describes the rules. The files here
-- run in this order: sessions, prompts, requests, amounts, branches, extensions, coverage. They read the schema input, which is
-- defined in sql/duckdb/input.sql and sql/clickhouse/input.sql. A repository is '' outside every repository.

CREATE OR REPLACE VIEW whole_sessions AS
WITH seen AS (
    SELECT
        session_id,
        first_time AS started,
        last_time AS ended,
        nullif(user_email, '') AS reported_email,
        NULL AS hook_email,
        nullif(user_id, '') AS known_id,
        nullif(team, '') AS known_team
    FROM input.usage
    UNION ALL
    SELECT session_id, time, end_time, NULL, nullif(user_email, ''), nullif(user_id, ''), nullif(team, '')
    FROM input.touches
)
SELECT
    session_id,
    coalesce(min(reported_email), min(hook_email), min(known_id), '') AS user,
    coalesce(min(known_team), '') AS team,
    min(started) AS started,
    max(ended) AS ended
FROM seen
GROUP BY session_id;

-- Traits of a session: is_small (less than 2,000 tokens of output), is_unchanged (no line, commit or pull request) and
-- is_unread (more tokens written to the cache than read from it).
CREATE OR REPLACE VIEW session_traits AS
SELECT
    session_id,
    sum(output_tokens) < 2000 AS is_small,
    sum(lines_added + lines_removed + commits + pull_requests) = 0 AS is_unchanged,
    sum(cache_creation_tokens) > sum(cache_read_tokens) AS is_unread
FROM input.usage
GROUP BY session_id;

-- The rule 'session': the session's cost, tokens and time are divided by weight, the number of touches. Without touches,
-- the start directory gets everything; without a span, the repository that Claude Code itself named first; else no
-- repository. basis: which of these applies.
CREATE OR REPLACE VIEW measured AS
WITH every AS (
    SELECT session_id, repository, time, id, 1 AS is_span, touches, lines_added, lines_removed, commits, pull_requests
    FROM input.touches
    UNION ALL
    SELECT DISTINCT session_id, '', CAST('2200-01-01' AS TIMESTAMP), '', 0, 0, 0, 0, 0, 0
    FROM input.usage
),
by_repository AS (
    SELECT
        session_id,
        repository,
        min((time, id)) AS first_touch,
        max(is_span) AS is_span,
        sum(touches) AS touches,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests
    FROM every
    GROUP BY session_id, repository
),
compared AS (
    SELECT
        *,
        sum(CASE WHEN repository <> '' THEN touches ELSE 0 END) OVER whole AS inside,
        sum(CASE WHEN repository = '' THEN touches ELSE 0 END) OVER whole AS outside,
        max(is_span) OVER whole AS has_span,
        row_number() OVER (PARTITION BY session_id ORDER BY first_touch, repository) AS place
    FROM by_repository
    WINDOW whole AS (PARTITION BY session_id)
),
told_first AS (
    SELECT session_id, repository, row_number() OVER (PARTITION BY session_id ORDER BY first_time, repository) AS place
    FROM input.told
),
client AS (
    SELECT session_id, repository FROM told_first WHERE place = 1
),
weighed AS (
    SELECT
        compared.session_id,
        CASE
            WHEN inside = 0 AND outside > 0 AND place = 1 THEN ''
            WHEN has_span = 0 THEN coalesce(client.repository, '')
            ELSE compared.repository
        END AS repository,
        CASE
            WHEN inside > 0 AND compared.repository <> '' THEN touches
            WHEN inside = 0 AND place = 1 THEN 1
            ELSE 0
        END AS weight,
        CASE
            WHEN inside > 0 THEN 'session'
            WHEN has_span = 0 AND client.repository IS NOT NULL THEN 'client'
            WHEN outside > 0 OR compared.repository = '' THEN 'none'
            ELSE 'start'
        END AS basis,
        CASE WHEN compared.repository <> '' THEN lines_added ELSE 0 END AS lines_added,
        CASE WHEN compared.repository <> '' THEN lines_removed ELSE 0 END AS lines_removed,
        CASE WHEN compared.repository <> '' THEN commits ELSE 0 END AS commits,
        CASE WHEN compared.repository <> '' THEN pull_requests ELSE 0 END AS pull_requests
    FROM compared
    LEFT JOIN client ON client.session_id = compared.session_id
)
SELECT session_id, repository, weight, basis, lines_added, lines_removed, commits, pull_requests
FROM weighed
WHERE weight + lines_added + lines_removed + commits + pull_requests > 0;

