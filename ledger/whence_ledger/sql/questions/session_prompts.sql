-- The prompts of one session in order of time. The session's cost is divided in proportion to the cost of their requests,
-- and they add up to it; if no request reported a cost, no prompt has one. Touches, lines and commits are what the hook
-- measured, null where it reported nothing. prompt is Claude Code's id: no text is stored.
WITH whole AS (
    SELECT coalesce(sum(cost_usd), 0) AS cost_usd
    FROM attributed
    WHERE session_id = $session AND time >= $begin AND time < $end AND contains(split, $split)
),
asked AS (
    SELECT
        prompt_id,
        model,
        min(started) AS started,
        sum(cost_nano) AS weight,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        count(*) AS requests
    FROM requests
    WHERE session_id = $session AND started >= $begin AND started < $end
    GROUP BY prompt_id, model
),
touched AS (
    SELECT
        touches.prompt_id,
        coalesce(repositories.display, 'Unknown') AS name,
        min(touches.time) AS started,
        sum(touches.touches) AS touched,
        sum(touches.lines_added) AS lines_added,
        sum(touches.lines_removed) AS lines_removed,
        sum(touches.commits) AS commits
    FROM touches
    LEFT JOIN repositories ON repositories.repository = touches.repository
    WHERE touches.session_id = $session AND touches.time >= $begin AND touches.time < $end
    GROUP BY touches.prompt_id, repositories.display
),
prompts AS (
    SELECT prompt_id, min(started) AS started, sum(weight) AS weight, sum(tokens) AS tokens, sum(requests) AS requests
    FROM (
        SELECT prompt_id, started, weight, tokens, requests FROM asked
        UNION ALL
        SELECT prompt_id, started, 0, 0, 0 FROM touched
    ) AS known
    GROUP BY prompt_id
),
placed AS (
    SELECT
        *,
        sum(weight) OVER (ORDER BY started, prompt_id) AS high,
        CASE WHEN sum(weight) OVER () = 0 THEN 1 ELSE sum(weight) OVER () END AS total
    FROM prompts
),
with_models AS (
    SELECT prompt_id, string_agg(model, ', ' ORDER BY weight DESC, model) AS models
    FROM asked
    WHERE model <> ''
    GROUP BY prompt_id
),
with_repositories AS (
    SELECT
        prompt_id,
        string_agg(name, ', ' ORDER BY touched DESC, name) AS repositories,
        sum(touched) AS touched,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits
    FROM touched
    GROUP BY prompt_id
)
SELECT
    nullif(placed.prompt_id, '') AS prompt,
    placed.started,
    piece(whole.cost_usd, placed.high - placed.weight, placed.high, placed.total) AS cost_usd,
    placed.tokens,
    placed.requests,
    with_models.models,
    with_repositories.repositories,
    with_repositories.touched AS touches,
    with_repositories.lines_added,
    with_repositories.lines_removed,
    with_repositories.commits
FROM placed
CROSS JOIN whole
LEFT JOIN with_models ON with_models.prompt_id = placed.prompt_id
LEFT JOIN with_repositories ON with_repositories.prompt_id = placed.prompt_id
ORDER BY placed.started, placed.prompt_id
LIMIT $limit OFFSET $skip;
