-- The rule 'prompt': each prompt's cost is divided by that prompt's touches; prompts without touches by the session's.

-- How a session and a prompt are divided: a repository, and within a prompt a branch of it, owns the pieces
-- (high - weight, high] of total.
CREATE OR REPLACE VIEW session_weights AS
SELECT
    session_id,
    repository,
    1 AS is_last_resort,
    basis,
    weight,
    sum(weight) OVER (PARTITION BY session_id ORDER BY repository ROWS UNBOUNDED PRECEDING) AS high,
    sum(weight) OVER (PARTITION BY session_id) AS total
FROM measured
WHERE weight > 0;

CREATE OR REPLACE VIEW prompt_weights AS
WITH prompt_touches AS (
    SELECT session_id, prompt_id, repository, head_name AS branch, sum(touches) AS weight
    FROM input.touches
    WHERE repository <> '' AND touches > 0
    GROUP BY session_id, prompt_id, repository, head_name
)
SELECT
    session_id,
    prompt_id,
    repository,
    branch,
    weight,
    sum(weight) OVER (PARTITION BY session_id, prompt_id ORDER BY repository, branch ROWS UNBOUNDED PRECEDING) AS high,
    sum(weight) OVER (PARTITION BY session_id, prompt_id) AS total
FROM prompt_touches;

-- Weights in micro-dollars. basis: 'prompt', or the session's basis.
CREATE OR REPLACE VIEW prompted AS
WITH prompts AS (
    SELECT session_id, prompt_id, sum(cost_nano) // 1000 AS micros
    FROM input.requests
    GROUP BY session_id, prompt_id
),
touched_prompts AS (
    SELECT
        prompts.session_id,
        prompts.micros,
        prompt_weights.repository,
        prompt_weights.weight,
        prompt_weights.high,
        prompt_weights.total,
        CASE WHEN prompt_weights.repository IS NULL THEN 1 END AS is_last_resort
    FROM prompts
    LEFT JOIN prompt_weights
        ON prompt_weights.session_id = prompts.session_id AND prompt_weights.prompt_id = prompts.prompt_id
),
parts AS (
    SELECT
        touched_prompts.session_id,
        touched_prompts.micros,
        coalesce(touched_prompts.repository, session_weights.repository, '') AS repository,
        coalesce(touched_prompts.weight, session_weights.weight, 0) AS weight,
        coalesce(touched_prompts.high, session_weights.high, 0) AS high,
        coalesce(touched_prompts.total, session_weights.total, 1) AS total,
        coalesce(session_weights.basis, 'prompt') AS basis
    FROM touched_prompts
    LEFT JOIN session_weights
        ON session_weights.session_id = touched_prompts.session_id
        AND session_weights.is_last_resort = touched_prompts.is_last_resort
)
SELECT session_id, repository, basis, sum(cut(micros, high - weight, high, total)) AS weight
FROM parts
GROUP BY session_id, repository, basis;
