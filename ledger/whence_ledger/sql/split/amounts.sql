-- The usage of each repository in a session, by each rule.

-- A repository owns the pieces (low, high] of total of a session. split: the rules that the row is for. on_request,
-- on_prompt: how much of standing has the basis request and the basis prompt; the rest has the basis in the column basis.
-- is_by_cell: cost and tokens follow requested_cells instead.
CREATE OR REPLACE VIEW divided AS
WITH every AS (
    SELECT
        session_id,
        repository,
        CASE WHEN weight > 0 THEN basis ELSE '' END AS basis,
        weight AS touched,
        0 AS prompted,
        0 AS prompted_on_prompt,
        0 AS requested,
        0 AS requested_on_request,
        0 AS requested_on_prompt,
        0 AS is_requested,
        lines_added AS added,
        lines_removed AS removed,
        commits,
        pull_requests AS pulls
    FROM measured
    UNION ALL
    SELECT
        session_id,
        repository,
        '',
        0,
        weight,
        CASE WHEN basis = 'prompt' THEN weight ELSE 0 END,
        0, 0, 0, 0, 0, 0, 0, 0
    FROM prompted
    WHERE weight > 0
    UNION ALL
    SELECT
        session_id,
        repository,
        '',
        0, 0, 0,
        weight,
        CASE WHEN basis = 'request' THEN weight ELSE 0 END,
        CASE WHEN basis = 'prompt' THEN weight ELSE 0 END,
        1,
        0, 0, 0, 0
    FROM requested
    WHERE cost_nano + input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens > 0
),
weights AS (
    SELECT
        session_id,
        repository,
        max(basis) AS basis,
        sum(touched) AS touched,
        sum(prompted) AS prompted,
        sum(prompted_on_prompt) AS prompted_on_prompt,
        sum(requested) AS requested,
        sum(requested_on_request) AS requested_on_request,
        sum(requested_on_prompt) AS requested_on_prompt,
        max(is_requested) AS is_requested,
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
        max(basis) OVER whole AS session_basis,
        sum(CASE WHEN touched + prompted > 0 OR is_requested = 1 THEN 1 ELSE 0 END) OVER whole AS several,
        sum(is_requested) OVER whole AS requested_several,
        sum(touched) OVER in_order AS touched_high,
        sum(touched) OVER whole AS touched_total,
        sum(prompted) OVER in_order AS prompted_high,
        sum(prompted) OVER whole AS prompted_total,
        sum(requested) OVER in_order AS requested_high,
        sum(requested) OVER whole AS requested_total,
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
ruled AS (
    SELECT
        ranges.*,
        rules.rule,
        CASE
            WHEN several < 2 OR prompted_total + requested_total = 0 THEN 'session prompt request'
            WHEN rules.rule = 'session' AND prompted_total = 0 THEN 'session prompt'
            WHEN rules.rule = 'prompt' AND requested_total = 0 THEN 'prompt request'
            ELSE rules.rule
        END AS split,
        -- A row for all rules has the basis of the finest rule.
        CASE
            WHEN several > 1 THEN rules.rule
            WHEN requested_total > 0 THEN 'request'
            WHEN prompted_total > 0 THEN 'prompt'
            ELSE 'session'
        END AS stands_on
    FROM ranges
    CROSS JOIN (
        SELECT 'session' AS rule
        UNION ALL
        SELECT 'prompt' AS rule
        UNION ALL
        SELECT 'request' AS rule
    ) AS rules
    WHERE
        rules.rule = 'session'
        OR (rules.rule = 'prompt' AND several > 1 AND prompted_total > 0)
        OR (rules.rule = 'request' AND several > 1 AND requested_total > 0)
),
chosen_ranges AS (
    SELECT
        *,
        CASE rule WHEN 'session' THEN touched WHEN 'prompt' THEN prompted ELSE requested END AS weight,
        CASE rule WHEN 'session' THEN touched_high WHEN 'prompt' THEN prompted_high ELSE requested_high END AS high,
        CASE rule WHEN 'session' THEN touched_total WHEN 'prompt' THEN prompted_total ELSE requested_total END AS total,
        CASE stands_on WHEN 'session' THEN touched WHEN 'prompt' THEN prompted ELSE requested END AS standing,
        CASE WHEN stands_on = 'request' THEN requested_on_request ELSE 0 END AS on_request,
        CASE stands_on WHEN 'session' THEN 0 WHEN 'prompt' THEN prompted_on_prompt ELSE requested_on_prompt END AS on_prompt
    FROM ruled
)
SELECT
    session_id,
    repository,
    split,
    CASE WHEN rule = 'request' AND requested_several > 1 THEN 1 ELSE 0 END AS is_by_cell,
    session_basis AS basis,
    on_request,
    on_prompt,
    CASE WHEN standing > 0 THEN standing ELSE 1 END AS standing,
    high - weight AS low,
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
WHERE
    weight > 0
    OR touched > 0
    OR (rule = 'request' AND is_requested = 1)
    OR added > 0
    OR removed > 0
    OR commits > 0
    OR pulls > 0;

CREATE OR REPLACE VIEW split_shares AS
SELECT session_id, split, repository, CAST(high - low AS DOUBLE) / CAST(total AS DOUBLE) AS share
FROM divided;

CREATE OR REPLACE VIEW cells AS
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
FROM input.usage
GROUP BY time, session_id, team, model, query_source, effort, speed;

-- The rule 'request': cost and tokens of each cell by repository. Metrics are the totals; requests only divide them. For
-- each model, query source and measure, place a session's cells on a line in order of time, and its requests on a second
-- line, scaled to the same length (they have the same length already if all telemetry arrived). A cell goes to the
-- repositories of the requests opposite it. So a repository's sum in a session is that of its requests, and its quarters
-- of an hour are those in which it was worked on, although metrics arrive up to a minute after the request. If there are
-- no requests of that model and source, those of the model are used, then those of the session; if none has that measure,
-- their cost is used.
CREATE OR REPLACE VIEW requested_cells AS
WITH measures AS (
    SELECT 'cost' AS measure
    UNION ALL
    SELECT 'input' AS measure
    UNION ALL
    SELECT 'output' AS measure
    UNION ALL
    SELECT 'read' AS measure
    UNION ALL
    SELECT 'creation' AS measure
),
cell_measures AS (
    SELECT
        cells.time,
        cells.session_id,
        cells.team,
        cells.model,
        cells.query_source,
        cells.effort,
        cells.speed,
        measures.measure,
        nano(CASE measures.measure
            WHEN 'cost' THEN cells.cost_usd
            WHEN 'input' THEN cells.input_tokens
            WHEN 'output' THEN cells.output_tokens
            WHEN 'read' THEN cells.cache_read_tokens
            ELSE cells.cache_creation_tokens
        END) AS amount
    FROM cells
    CROSS JOIN measures
),
laid_cells AS (
    SELECT
        *,
        sum(amount) OVER (
            PARTITION BY session_id, model, query_source, measure
            ORDER BY time, team, effort, speed
            ROWS UNBOUNDED PRECEDING
        ) AS high,
        sum(amount) OVER (PARTITION BY session_id, model, query_source, measure) AS total
    FROM cell_measures
    WHERE amount > 0
),
kinds AS (
    SELECT session_id, model, query_source, measure, max(total) AS total
    FROM laid_cells
    GROUP BY session_id, model, query_source, measure
),
request_measures AS (
    SELECT
        requested.session_id,
        requested.quarter,
        requested.model,
        requested.query_source,
        requested.repository,
        requested.weight,
        measures.measure,
        CASE measures.measure
            WHEN 'cost' THEN requested.cost_nano
            WHEN 'input' THEN requested.input_tokens
            WHEN 'output' THEN requested.output_tokens
            WHEN 'read' THEN requested.cache_read_tokens
            ELSE requested.cache_creation_tokens
        END AS amount
    FROM requested
    CROSS JOIN measures
    WHERE requested.is_shared = 1
),
candidates AS (
    SELECT
        kinds.session_id,
        kinds.model,
        kinds.query_source,
        kinds.measure,
        kinds.total,
        request_measures.quarter,
        request_measures.repository,
        CASE WHEN request_measures.amount > 0 THEN request_measures.amount ELSE request_measures.weight END AS amount,
        CASE
            WHEN request_measures.model <> kinds.model THEN 3
            WHEN request_measures.query_source <> kinds.query_source THEN 2
            ELSE 1
        END
        + CASE WHEN request_measures.amount > 0 THEN 0 ELSE 3 END AS distance
    FROM kinds
    INNER JOIN request_measures
        ON request_measures.session_id = kinds.session_id AND request_measures.measure = kinds.measure
    WHERE request_measures.amount > 0 OR request_measures.weight > 0
),
closest AS (
    SELECT *, min(distance) OVER (PARTITION BY session_id, model, query_source, measure) AS least_distance
    FROM candidates
),
request_pieces AS (
    SELECT session_id, model, query_source, measure, total, quarter, repository, sum(amount) AS amount
    FROM closest
    WHERE distance = least_distance
    GROUP BY session_id, model, query_source, measure, total, quarter, repository
),
laid_pieces AS (
    SELECT
        *,
        sum(amount) OVER (
            PARTITION BY session_id, model, query_source, measure ORDER BY quarter, repository ROWS UNBOUNDED PRECEDING
        ) AS piece_high,
        sum(amount) OVER (PARTITION BY session_id, model, query_source, measure) AS piece_total
    FROM request_pieces
),
stretched AS (
    SELECT
        session_id,
        model,
        query_source,
        measure,
        repository,
        mark(total, piece_high - amount, piece_total) AS low,
        mark(total, piece_high, piece_total) AS high
    FROM laid_pieces
),
beside AS (
    SELECT
        laid_cells.time,
        laid_cells.session_id,
        laid_cells.team,
        laid_cells.model,
        laid_cells.query_source,
        laid_cells.effort,
        laid_cells.speed,
        laid_cells.measure,
        stretched.repository,
        least(laid_cells.high, stretched.high) - greatest(laid_cells.high - laid_cells.amount, stretched.low) AS amount
    FROM laid_cells
    INNER JOIN stretched
        ON stretched.session_id = laid_cells.session_id
        AND stretched.model = laid_cells.model
        AND stretched.query_source = laid_cells.query_source
        AND stretched.measure = laid_cells.measure
    WHERE stretched.low < laid_cells.high AND stretched.high > laid_cells.high - laid_cells.amount
)
SELECT
    time,
    session_id,
    team,
    model,
    query_source,
    effort,
    speed,
    repository,
    sum(CASE WHEN measure = 'cost' THEN amount ELSE 0 END) AS cost_nano,
    sum(CASE WHEN measure = 'input' THEN amount ELSE 0 END) AS input_nano,
    sum(CASE WHEN measure = 'output' THEN amount ELSE 0 END) AS output_nano,
    sum(CASE WHEN measure = 'read' THEN amount ELSE 0 END) AS read_nano,
    sum(CASE WHEN measure = 'creation' THEN amount ELSE 0 END) AS creation_nano
FROM beside
GROUP BY time, session_id, team, model, query_source, effort, speed, repository;

-- Every figure by repository, and the cost by basis: request_cost_usd and so on; the rest has no basis.
CREATE OR REPLACE VIEW split_usage AS
WITH usage_parts AS (
    SELECT
        cells.time,
        cells.session_id,
        cells.team,
        cells.model,
        cells.query_source,
        cells.effort,
        cells.speed,
        cells.last_time,
        cells.cost_usd,
        cells.input_tokens,
        cells.output_tokens,
        cells.cache_read_tokens,
        cells.cache_creation_tokens,
        cells.lines_added,
        cells.lines_removed,
        cells.commits,
        cells.pull_requests,
        cells.active_time_user,
        cells.active_time_cli,
        cells.edits_accepted,
        cells.edits_rejected,
        divided.repository,
        divided.split,
        divided.basis,
        divided.on_request,
        divided.on_prompt,
        divided.standing,
        divided.low,
        divided.high,
        divided.total,
        divided.added_low,
        divided.added_high,
        divided.added_total,
        divided.removed_low,
        divided.removed_high,
        divided.removed_total,
        divided.commits_low,
        divided.commits_high,
        divided.commits_total,
        divided.pulls_low,
        divided.pulls_high,
        divided.pulls_total,
        CASE
            WHEN divided.is_by_cell = 1 THEN coalesce(requested_cells.cost_nano, 0)
            ELSE cut(nano(cells.cost_usd), low, high, total)
        END AS cost_nano,
        CASE
            WHEN divided.is_by_cell = 1 THEN coalesce(requested_cells.input_nano, 0)
            ELSE cut(nano(cells.input_tokens), low, high, total)
        END AS input_nano,
        CASE
            WHEN divided.is_by_cell = 1 THEN coalesce(requested_cells.output_nano, 0)
            ELSE cut(nano(cells.output_tokens), low, high, total)
        END AS output_nano,
        CASE
            WHEN divided.is_by_cell = 1 THEN coalesce(requested_cells.read_nano, 0)
            ELSE cut(nano(cells.cache_read_tokens), low, high, total)
        END AS read_nano,
        CASE
            WHEN divided.is_by_cell = 1 THEN coalesce(requested_cells.creation_nano, 0)
            ELSE cut(nano(cells.cache_creation_tokens), low, high, total)
        END AS creation_nano
    FROM cells
    INNER JOIN divided ON divided.session_id = cells.session_id
    LEFT JOIN requested_cells
        ON requested_cells.session_id = cells.session_id
        AND requested_cells.time = cells.time
        AND requested_cells.team = cells.team
        AND requested_cells.model = cells.model
        AND requested_cells.query_source = cells.query_source
        AND requested_cells.effort = cells.effort
        AND requested_cells.speed = cells.speed
        AND requested_cells.repository = divided.repository
),
measured_parts AS (
    SELECT
        *,
        mark(cost_nano, on_request, standing) AS request_nano,
        mark(cost_nano, on_request + on_prompt, standing) AS prompt_high_nano
    FROM usage_parts
    -- By request, a repository has no share in a quarter of an hour in which it cost nothing and others did.
    WHERE
        split <> 'request'
        OR cost_nano + input_nano + output_nano + read_nano + creation_nano > 0
        OR cost_usd + input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens = 0
        OR lines_added + lines_removed + commits + pull_requests > 0
)
SELECT
    parts.time,
    parts.session_id,
    whole_sessions.user,
    CASE WHEN parts.team = '' THEN whole_sessions.team ELSE parts.team END AS team,
    parts.model,
    parts.query_source,
    parts.effort,
    parts.speed,
    session_traits.is_small,
    session_traits.is_unchanged,
    session_traits.is_unread,
    parts.repository,
    parts.split,
    parts.last_time,
    from_nano(cost_nano) AS cost_usd,
    from_nano(request_nano) AS request_cost_usd,
    from_nano(prompt_high_nano - request_nano) AS prompt_cost_usd,
    from_nano(CASE WHEN basis = 'session' THEN cost_nano - prompt_high_nano ELSE 0 END) AS session_cost_usd,
    from_nano(CASE WHEN basis = 'start' THEN cost_nano - prompt_high_nano ELSE 0 END) AS start_cost_usd,
    from_nano(input_nano) AS input_tokens,
    from_nano(output_nano) AS output_tokens,
    from_nano(read_nano) AS cache_read_tokens,
    from_nano(creation_nano) AS cache_creation_tokens,
    piece(parts.lines_added, added_low, added_high, added_total) AS lines_added,
    piece(parts.lines_removed, removed_low, removed_high, removed_total) AS lines_removed,
    piece(parts.commits, commits_low, commits_high, commits_total) AS commits,
    piece(parts.pull_requests, pulls_low, pulls_high, pulls_total) AS pull_requests,
    piece(parts.active_time_user, low, high, total) AS active_time_user,
    piece(parts.active_time_cli, low, high, total) AS active_time_cli,
    piece(parts.edits_accepted, low, high, total) AS edits_accepted,
    piece(parts.edits_rejected, low, high, total) AS edits_rejected,
    from_nano(CASE WHEN basis = 'client' THEN cost_nano - prompt_high_nano ELSE 0 END) AS client_cost_usd
FROM measured_parts AS parts
INNER JOIN whole_sessions ON whole_sessions.session_id = parts.session_id
INNER JOIN session_traits ON session_traits.session_id = parts.session_id;

CREATE OR REPLACE VIEW split_tool_uses AS
WITH tool_cells AS (
    SELECT time, session_id, tool, sum(uses) AS uses, sum(failures) AS failures
    FROM input.tool_uses
    GROUP BY time, session_id, tool
)
SELECT
    tool_cells.time,
    tool_cells.session_id,
    whole_sessions.user,
    whole_sessions.team,
    divided.repository,
    divided.split,
    tool_cells.tool,
    piece(tool_cells.uses, low, high, total) AS uses,
    piece(tool_cells.failures, low, high, total) AS failures
FROM tool_cells
INNER JOIN whole_sessions ON whole_sessions.session_id = tool_cells.session_id
INNER JOIN divided ON divided.session_id = tool_cells.session_id
WHERE high > low;
