-- How each session is divided among its repositories. Reads usage, touches, requests and tool_uses.
-- The rules: README, "How the numbers are made". A repository is '' outside every repository.

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
    FROM usage
    UNION ALL
    SELECT session_id, time, end_time, NULL, nullif(user_email, ''), nullif(user_id, ''), nullif(team, '')
    FROM touches
)
SELECT
    session_id,
    coalesce(min(reported_email), min(hook_email), min(known_id), '') AS user,
    coalesce(min(known_team), '') AS team,
    min(started) AS started,
    max(ended) AS ended
FROM seen
GROUP BY session_id;

-- What a session was, all in all: small (less than 2,000 tokens of output), unchanged (no line, commit or pull request)
-- and unread (more written to the cache than was ever read from it).
CREATE OR REPLACE VIEW session_traits AS
SELECT
    session_id,
    CASE WHEN sum(output_tokens) < 2000 THEN 'small ' ELSE '' END
    || CASE WHEN sum(lines_added + lines_removed + commits + pull_requests) = 0 THEN 'unchanged ' ELSE '' END
    || CASE WHEN sum(cache_creation_tokens) > sum(cache_read_tokens) THEN 'unread ' ELSE '' END AS traits
FROM usage
GROUP BY session_id;

-- What the hook measured in each repository of a session. weight is what divides the session's cost, tokens and time: its
-- touches; without any, all to its start directory; without a span, to none.
CREATE OR REPLACE VIEW measured AS
WITH every AS (
    SELECT session_id, repository, time, id, touches, lines_added, lines_removed, commits, pull_requests
    FROM touches
    UNION ALL
    SELECT DISTINCT session_id, '', CAST('2200-01-01' AS TIMESTAMP), '', 0, 0, 0, 0, 0
    FROM usage
),
by_repository AS (
    SELECT
        session_id,
        repository,
        min((time, id)) AS first_touch,
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
        row_number() OVER (PARTITION BY session_id ORDER BY first_touch, repository) AS place
    FROM by_repository
    WINDOW whole AS (PARTITION BY session_id)
),
weighed AS (
    SELECT
        session_id,
        CASE WHEN inside = 0 AND outside > 0 AND place = 1 THEN '' ELSE repository END AS repository,
        CASE
            WHEN inside > 0 AND repository <> '' THEN touches
            WHEN inside = 0 AND place = 1 THEN 1
            ELSE 0
        END AS weight,
        CASE WHEN repository <> '' THEN lines_added ELSE 0 END AS lines_added,
        CASE WHEN repository <> '' THEN lines_removed ELSE 0 END AS lines_removed,
        CASE WHEN repository <> '' THEN commits ELSE 0 END AS commits,
        CASE WHEN repository <> '' THEN pull_requests ELSE 0 END AS pull_requests
    FROM compared
)
SELECT session_id, repository, weight, lines_added, lines_removed, commits, pull_requests
FROM weighed
WHERE weight + lines_added + lines_removed + commits + pull_requests > 0;

-- The finer rule: each prompt's cost goes by that prompt's touches, prompts without touches by the session's.
-- Weights in micro-dollars.
CREATE OR REPLACE VIEW prompted AS
WITH of_session AS (
    SELECT
        session_id,
        repository,
        1 AS untouched,
        weight,
        sum(weight) OVER (PARTITION BY session_id ORDER BY repository ROWS UNBOUNDED PRECEDING) AS high,
        sum(weight) OVER (PARTITION BY session_id) AS total
    FROM measured
    WHERE weight > 0
),
prompt_touches AS (
    SELECT session_id, prompt_id, repository, sum(touches) AS weight
    FROM touches
    WHERE repository <> '' AND touches > 0
    GROUP BY session_id, prompt_id, repository
),
of_prompt AS (
    SELECT
        session_id,
        prompt_id,
        repository,
        weight,
        sum(weight) OVER (PARTITION BY session_id, prompt_id ORDER BY repository ROWS UNBOUNDED PRECEDING) AS high,
        sum(weight) OVER (PARTITION BY session_id, prompt_id) AS total
    FROM prompt_touches
),
prompts AS (
    SELECT session_id, prompt_id, nano(sum(cost_usd)) // 1000 AS micros
    FROM requests
    GROUP BY session_id, prompt_id
),
touched_prompts AS (
    SELECT
        prompts.session_id,
        prompts.micros,
        of_prompt.repository,
        of_prompt.weight,
        of_prompt.high,
        of_prompt.total,
        CASE WHEN of_prompt.repository IS NULL THEN 1 ELSE 0 END AS untouched
    FROM prompts
    LEFT JOIN of_prompt ON of_prompt.session_id = prompts.session_id AND of_prompt.prompt_id = prompts.prompt_id
),
parts AS (
    SELECT
        touched_prompts.session_id,
        touched_prompts.micros,
        coalesce(touched_prompts.repository, of_session.repository, '') AS repository,
        coalesce(touched_prompts.weight, of_session.weight, 0) AS weight,
        coalesce(touched_prompts.high, of_session.high, 0) AS high,
        coalesce(touched_prompts.total, of_session.total, 1) AS total
    FROM touched_prompts
    LEFT JOIN of_session
        ON of_session.session_id = touched_prompts.session_id AND of_session.untouched = touched_prompts.untouched
)
SELECT session_id, repository, sum(cut(micros, high - weight, high, total)) AS weight
FROM parts
GROUP BY session_id, repository;

-- A repository owns the pieces (low, high] of total of a session, by each rule. split: which of the two rules
-- it is for, 'session' or 'prompt'; 'both' where they are the same.
CREATE OR REPLACE VIEW divided AS
WITH every AS (
    SELECT
        session_id,
        repository,
        weight AS touched,
        0 AS prompted,
        lines_added AS added,
        lines_removed AS removed,
        commits,
        pull_requests AS pulls
    FROM measured
    UNION ALL
    SELECT session_id, repository, 0, weight, 0, 0, 0, 0
    FROM prompted
    WHERE weight > 0
),
weights AS (
    SELECT
        session_id,
        repository,
        sum(touched) AS touched,
        sum(prompted) AS prompted,
        sum(added) AS added,
        sum(removed) AS removed,
        sum(commits) AS commits,
        sum(pulls) AS pulls
    FROM every
    GROUP BY session_id, repository
),
ranges AS (
    SELECT
        *,
        sum(CASE WHEN touched > 0 THEN 1 ELSE 0 END) OVER whole AS several,
        sum(touched) OVER in_order AS touched_high,
        sum(touched) OVER whole AS touched_total,
        sum(prompted) OVER in_order AS prompted_high,
        sum(prompted) OVER whole AS prompted_total,
        sum(added) OVER in_order AS added_high,
        sum(added) OVER whole AS added_total,
        sum(removed) OVER in_order AS removed_high,
        sum(removed) OVER whole AS removed_total,
        sum(commits) OVER in_order AS commits_high,
        sum(commits) OVER whole AS commits_total,
        sum(pulls) OVER in_order AS pulls_high,
        sum(pulls) OVER whole AS pulls_total
    FROM weights
    WINDOW
        whole AS (PARTITION BY session_id),
        in_order AS (PARTITION BY session_id ORDER BY repository ROWS UNBOUNDED PRECEDING)
),
chosen_ranges AS (
    SELECT
        ranges.*,
        CASE
            WHEN rules.rule = 'prompt' THEN 'prompt'
            WHEN several > 1 AND prompted_total > 0 THEN 'session'
            ELSE 'both'
        END AS split,
        CASE WHEN rules.rule = 'prompt' THEN prompted_high - prompted ELSE touched_high - touched END AS low,
        CASE WHEN rules.rule = 'prompt' THEN prompted_high ELSE touched_high END AS high,
        CASE WHEN rules.rule = 'prompt' THEN prompted_total ELSE touched_total END AS total
    FROM ranges
    CROSS JOIN (SELECT 'session' AS rule UNION ALL SELECT 'prompt' AS rule) AS rules
    WHERE rules.rule = 'session' OR (several > 1 AND prompted_total > 0)
)
SELECT
    session_id,
    repository,
    split,
    low,
    high,
    total,
    CASE WHEN added_total > 0 THEN added_high - added ELSE touched_high - touched END AS added_low,
    CASE WHEN added_total > 0 THEN added_high ELSE touched_high END AS added_high,
    CASE WHEN added_total > 0 THEN added_total ELSE touched_total END AS added_total,
    CASE WHEN removed_total > 0 THEN removed_high - removed ELSE touched_high - touched END AS removed_low,
    CASE WHEN removed_total > 0 THEN removed_high ELSE touched_high END AS removed_high,
    CASE WHEN removed_total > 0 THEN removed_total ELSE touched_total END AS removed_total,
    CASE WHEN commits_total > 0 THEN commits_high - commits ELSE touched_high - touched END AS commits_low,
    CASE WHEN commits_total > 0 THEN commits_high ELSE touched_high END AS commits_high,
    CASE WHEN commits_total > 0 THEN commits_total ELSE touched_total END AS commits_total,
    CASE WHEN pulls_total > 0 THEN pulls_high - pulls ELSE touched_high - touched END AS pulls_low,
    CASE WHEN pulls_total > 0 THEN pulls_high ELSE touched_high END AS pulls_high,
    CASE WHEN pulls_total > 0 THEN pulls_total ELSE touched_total END AS pulls_total
FROM chosen_ranges
WHERE high > low OR added > 0 OR removed > 0 OR commits > 0 OR pulls > 0;

CREATE OR REPLACE VIEW split_shares AS
SELECT session_id, split, repository, CAST(high - low AS DOUBLE) / CAST(total AS DOUBLE) AS share
FROM divided;

CREATE OR REPLACE VIEW split_usage AS
WITH cells AS (
    SELECT
        time,
        session_id,
        team,
        model,
        query_source,
        effort,
        speed,
        max(last_time) AS last_time,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_creation_tokens) AS cache_creation_tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests,
        sum(active_time_user) AS active_time_user,
        sum(active_time_cli) AS active_time_cli,
        sum(edits_accepted) AS edits_accepted,
        sum(edits_rejected) AS edits_rejected
    FROM usage
    GROUP BY time, session_id, team, model, query_source, effort, speed
)
SELECT
    cells.time,
    cells.session_id,
    whole_sessions.user,
    CASE WHEN cells.team = '' THEN whole_sessions.team ELSE cells.team END AS team,
    cells.model,
    cells.query_source,
    cells.effort,
    cells.speed,
    session_traits.traits,
    divided.repository,
    divided.split,
    cells.last_time,
    piece(cells.cost_usd, low, high, total) AS cost_usd,
    piece(cells.input_tokens, low, high, total) AS input_tokens,
    piece(cells.output_tokens, low, high, total) AS output_tokens,
    piece(cells.cache_read_tokens, low, high, total) AS cache_read_tokens,
    piece(cells.cache_creation_tokens, low, high, total) AS cache_creation_tokens,
    piece(cells.lines_added, added_low, added_high, added_total) AS lines_added,
    piece(cells.lines_removed, removed_low, removed_high, removed_total) AS lines_removed,
    piece(cells.commits, commits_low, commits_high, commits_total) AS commits,
    piece(cells.pull_requests, pulls_low, pulls_high, pulls_total) AS pull_requests,
    piece(cells.active_time_user, low, high, total) AS active_time_user,
    piece(cells.active_time_cli, low, high, total) AS active_time_cli,
    piece(cells.edits_accepted, low, high, total) AS edits_accepted,
    piece(cells.edits_rejected, low, high, total) AS edits_rejected
FROM cells
INNER JOIN whole_sessions ON whole_sessions.session_id = cells.session_id
INNER JOIN session_traits ON session_traits.session_id = cells.session_id
INNER JOIN divided ON divided.session_id = cells.session_id;

CREATE OR REPLACE VIEW split_tool_uses AS
WITH cells AS (
    SELECT time, session_id, tool, sum(uses) AS uses, sum(failures) AS failures
    FROM tool_uses
    GROUP BY time, session_id, tool
)
SELECT
    cells.time,
    cells.session_id,
    whole_sessions.user,
    whole_sessions.team,
    divided.repository,
    divided.split,
    cells.tool,
    piece(cells.uses, low, high, total) AS uses,
    piece(cells.failures, low, high, total) AS failures
FROM cells
INNER JOIN whole_sessions ON whole_sessions.session_id = cells.session_id
INNER JOIN divided ON divided.session_id = cells.session_id
WHERE high > low;
