-- The rule 'request': each API request goes to the repositories that its own tool calls touched, else to those of the last
-- request before it in the same agent and prompt that touched any, else to those of the first one after it. If a subagent
-- touched nothing, its requests follow the request that started it. Any other request follows its prompt by the rule
-- 'prompt', else the nearest request of the same agent in other prompts, before it or else after it, else its session. A
-- prompt in which only background subagents of other prompts touched anything is not evidence for the request's own
-- agent.

-- The requests of a session and the calls that matter, on one timeline. number: requests are numbered in the order in
-- which they began.
CREATE OR REPLACE VIEW request_line AS
WITH told AS (
    SELECT
        session_id,
        call,
        max(prompt_id) AS prompt_id,
        max(agent) AS agent,
        max(request) AS request,
        min(started) AS started,
        max(starts_agent) AS starts_agent
    FROM input.calls
    GROUP BY session_id, call
),
known_touches AS (
    SELECT session_id, call, repository, max(branch) AS branch, max(prompt_id) AS prompt_id, max(agent) AS agent
    FROM input.touched_calls
    WHERE repository <> ''
    GROUP BY session_id, call, repository
),
prompt_skills AS (
    SELECT session_id, prompt_id, arg_min(skill, (started, sequence)) AS skill
    FROM input.requests
    WHERE query_source = 'main' AND prompt_id <> ''
    GROUP BY session_id, prompt_id
),
-- Claude Code withholds the name of a custom slash command from the prompt, but names it as the skill of the prompt's first
-- request.
prompt_commands AS (
    SELECT
        commands.session_id,
        commands.prompt_id,
        CASE
            WHEN max(commands.command) = 'custom'
                THEN coalesce(nullif(nullif(max(prompt_skills.skill), ''), 'third-party'), 'custom')
            ELSE max(commands.command)
        END AS command
    FROM input.commands
    LEFT JOIN prompt_skills
        ON prompt_skills.session_id = commands.session_id AND prompt_skills.prompt_id = commands.prompt_id
    WHERE commands.prompt_id <> ''
    GROUP BY commands.session_id, commands.prompt_id
),
line AS (
    SELECT
        requests.session_id,
        requests.prompt_id,
        requests.agent,
        requests.parent,
        requests.request,
        requests.started,
        0 AS is_call,
        '' AS repository,
        '' AS branch,
        0 AS starts_agent,
        requests.quarter,
        requests.sequence,
        requests.model,
        requests.query_source,
        requests.skill,
        requests.subagent,
        requests.plugin,
        requests.mcp_server,
        coalesce(prompt_commands.command, '') AS slash_command,
        requests.cost_nano,
        requests.input_tokens,
        requests.output_tokens,
        requests.cache_read_tokens,
        requests.cache_creation_tokens
    FROM input.requests
    LEFT JOIN prompt_commands
        ON prompt_commands.session_id = requests.session_id AND prompt_commands.prompt_id = requests.prompt_id
    UNION ALL
    SELECT
        told.session_id,
        coalesce(nullif(told.prompt_id, ''), known_touches.prompt_id, '') AS prompt_id,
        coalesce(nullif(told.agent, ''), known_touches.agent, '') AS agent,
        '' AS parent,
        told.request,
        told.started,
        1 AS is_call,
        coalesce(known_touches.repository, '') AS repository,
        coalesce(known_touches.branch, '') AS branch,
        told.starts_agent,
        NULL AS quarter,
        0 AS sequence,
        '' AS model,
        '' AS query_source,
        '' AS skill,
        '' AS subagent,
        '' AS plugin,
        '' AS mcp_server,
        '' AS slash_command,
        0 AS cost_nano,
        0 AS input_tokens,
        0 AS output_tokens,
        0 AS cache_read_tokens,
        0 AS cache_creation_tokens
    FROM told
    LEFT JOIN known_touches ON known_touches.session_id = told.session_id AND known_touches.call = told.call
    WHERE known_touches.repository IS NOT NULL OR told.starts_agent = 1
)
SELECT
    *,
    CASE
        WHEN is_call = 0 THEN row_number() OVER (
            PARTITION BY session_id, is_call
            ORDER BY started, sequence, request, prompt_id, agent, model, cost_nano, output_tokens, input_tokens
        )
    END AS number
FROM line;

-- Where each of them belongs. place: a request has its number, and a call that of the request that made it. Newer clients
-- name that request in the call's events; otherwise it is the last request of the same prompt and kind of agent that began
-- before the call.
-- nearest: the place of the request whose calls decide where this request goes; nearest_in_session: if its prompt has no
-- touches, or is_foreign: only those of subagents that other prompts started.
CREATE OR REPLACE VIEW request_places AS
WITH numbered AS (
    SELECT
        session_id,
        prompt_id,
        agent,
        CASE WHEN agent = '' THEN 0 ELSE 1 END AS is_subagent,
        parent,
        request,
        started,
        is_call,
        repository,
        branch,
        starts_agent,
        number
    FROM request_line
),
found AS (
    SELECT
        *,
        max(number) OVER (PARTITION BY session_id, request) AS named,
        max(number) OVER (
            PARTITION BY session_id, prompt_id, is_subagent ORDER BY started, is_call ROWS UNBOUNDED PRECEDING
        ) AS last_begun
    FROM numbered
),
placed AS (
    SELECT *, CASE WHEN is_call = 0 THEN number WHEN request IS NOT NULL THEN named ELSE last_begun END AS place
    FROM found
),
touching AS (
    SELECT *, max(CASE WHEN repository = '' THEN 0 ELSE 1 END) OVER (PARTITION BY session_id, place) AS is_touching
    FROM placed
),
native AS (
    SELECT
        *,
        CASE WHEN is_touching = 1 THEN place END AS touching_place,
        CASE
            WHEN repository = '' THEN NULL
            WHEN
                agent = ''
                OR min(place) OVER (PARTITION BY session_id, prompt_id, agent)
                = min(place) OVER (PARTITION BY session_id, agent)
                THEN 1
            ELSE 0
        END AS is_native
    FROM touching
),
agent_nearest AS (
    SELECT
        *,
        CASE WHEN max(is_native) OVER (PARTITION BY session_id, prompt_id) = 0 THEN 1 ELSE 0 END AS is_foreign,
        CASE
            WHEN is_call = 0 THEN coalesce(
                max(touching_place) OVER (
                    PARTITION BY session_id, prompt_id, agent, is_call ORDER BY place ROWS UNBOUNDED PRECEDING
                ),
                min(touching_place) OVER (PARTITION BY session_id, prompt_id, agent, is_call)
            )
        END AS nearest,
        CASE
            WHEN is_call = 0 THEN coalesce(
                max(touching_place) OVER (
                    PARTITION BY session_id, agent, is_call ORDER BY place ROWS UNBOUNDED PRECEDING
                ),
                min(touching_place) OVER (PARTITION BY session_id, agent, is_call)
            )
        END AS nearest_in_session
    FROM native
),
-- For each call that starts an agent: its place and what decides where its request goes, combined into one number, so that
-- the maximum belongs to the last call.
starting AS (
    SELECT
        *,
        CASE WHEN starts_agent = 1 THEN place * 1000000000 + max(nearest) OVER (PARTITION BY session_id, place) END
            AS start
    FROM agent_nearest
),
-- The last such call before each request: of the agent that started this one, and of any.
started_after AS (
    SELECT
        *,
        max(start) OVER (
            PARTITION BY session_id, prompt_id, CASE WHEN is_call = 1 THEN agent ELSE parent END
            ORDER BY started, starts_agent DESC
            ROWS UNBOUNDED PRECEDING
        ) AS start_by_parent,
        max(start) OVER (
            PARTITION BY session_id, prompt_id ORDER BY started, starts_agent DESC ROWS UNBOUNDED PRECEDING
        ) AS start_by_any
    FROM starting
)
SELECT
    session_id,
    prompt_id,
    is_call,
    repository,
    branch,
    place,
    CASE
        WHEN is_call = 1 THEN NULL
        WHEN nearest IS NOT NULL OR agent = '' THEN nearest
        ELSE coalesce(
            min(start_by_parent) OVER (PARTITION BY session_id, prompt_id, agent, is_call),
            min(start_by_any) OVER (PARTITION BY session_id, prompt_id, agent, is_call)
        ) % 1000000000
    END AS nearest,
    nearest_in_session,
    is_foreign
FROM started_after;

-- The sums of the requests by repository, branch, and what they were made for. Cost in units of 1e-9 dollars, tokens in thousandths. branch: NULL
-- if only the session decides. basis: 'request', 'prompt', or the session's basis.
CREATE OR REPLACE VIEW requested_branches AS
WITH touches_of_request AS (
    SELECT session_id, place, repository, branch, CAST(count(*) AS BIGINT) AS weight
    FROM request_places
    WHERE is_call = 1 AND repository <> '' AND place IS NOT NULL
    GROUP BY session_id, place, repository, branch
),
request_weights AS (
    SELECT
        session_id,
        place,
        repository,
        branch,
        weight,
        sum(weight) OVER (PARTITION BY session_id, place ORDER BY repository, branch ROWS UNBOUNDED PRECEDING) AS high,
        sum(weight) OVER (PARTITION BY session_id, place) AS total
    FROM touches_of_request
),
request_placed AS (
    SELECT
        asked.session_id,
        asked.place,
        asked.nearest_in_session,
        request_weights.repository AS request_repository,
        request_weights.branch AS request_branch,
        request_weights.weight AS request_weight,
        request_weights.high AS request_high,
        request_weights.total AS request_total,
        CASE
            WHEN request_weights.repository IS NULL AND (asked.is_foreign = 0 OR asked.nearest_in_session IS NULL)
                THEN asked.prompt_id
        END AS left_prompt
    FROM (SELECT * FROM request_places WHERE is_call = 0) AS asked
    LEFT JOIN request_weights
        ON request_weights.session_id = asked.session_id AND request_weights.place = asked.nearest
),
prompt_placed AS (
    SELECT
        request_placed.*,
        prompt_weights.repository AS prompt_repository,
        prompt_weights.branch AS prompt_branch,
        prompt_weights.weight AS prompt_weight,
        prompt_weights.high AS prompt_high,
        prompt_weights.total AS prompt_total,
        CASE WHEN request_placed.request_repository IS NULL AND prompt_weights.repository IS NULL
            THEN request_placed.nearest_in_session
        END AS left_place
    FROM request_placed
    LEFT JOIN prompt_weights
        ON prompt_weights.session_id = request_placed.session_id AND prompt_weights.prompt_id = request_placed.left_prompt
),
session_placed AS (
    SELECT
        prompt_placed.*,
        request_weights.repository AS near_repository,
        request_weights.branch AS near_branch,
        request_weights.weight AS near_weight,
        request_weights.high AS near_high,
        request_weights.total AS near_total,
        CASE
            WHEN
                prompt_placed.request_repository IS NULL
                AND prompt_placed.prompt_repository IS NULL
                AND request_weights.repository IS NULL
                THEN 1
        END AS is_last_resort
    FROM prompt_placed
    LEFT JOIN request_weights
        ON request_weights.session_id = prompt_placed.session_id AND request_weights.place = prompt_placed.left_place
),
pieces AS (
    SELECT
        session_placed.session_id,
        session_placed.place,
        coalesce(
            session_placed.request_repository,
            session_placed.prompt_repository,
            session_placed.near_repository,
            session_weights.repository,
            ''
        ) AS repository,
        coalesce(session_placed.request_branch, session_placed.prompt_branch, session_placed.near_branch) AS branch,
        coalesce(
            session_placed.request_weight,
            session_placed.prompt_weight,
            session_placed.near_weight,
            session_weights.weight,
            1
        ) AS weight,
        coalesce(
            session_placed.request_high,
            session_placed.prompt_high,
            session_placed.near_high,
            session_weights.high,
            1
        ) AS high,
        coalesce(
            session_placed.request_total,
            session_placed.prompt_total,
            session_placed.near_total,
            session_weights.total,
            1
        ) AS total,
        CASE
            WHEN session_placed.request_repository IS NOT NULL THEN 'request'
            WHEN session_placed.prompt_repository IS NOT NULL THEN 'prompt'
            WHEN session_placed.near_repository IS NOT NULL THEN 'session'
            ELSE coalesce(session_weights.basis, 'none')
        END AS basis
    FROM session_placed
    LEFT JOIN session_weights
        ON session_weights.session_id = session_placed.session_id
        AND session_weights.is_last_resort = session_placed.is_last_resort
)
SELECT
    pieces.session_id,
    asked.quarter,
    asked.model,
    asked.query_source,
    asked.skill,
    asked.subagent,
    asked.plugin,
    asked.mcp_server,
    asked.slash_command,
    pieces.repository,
    pieces.branch,
    pieces.basis,
    sum(cut(asked.cost_nano, high - weight, high, total)) AS cost_nano,
    sum(cut(asked.input_tokens * 1000, high - weight, high, total)) AS input_tokens,
    sum(cut(asked.output_tokens * 1000, high - weight, high, total)) AS output_tokens,
    sum(cut(asked.cache_read_tokens * 1000, high - weight, high, total)) AS cache_read_tokens,
    sum(cut(asked.cache_creation_tokens * 1000, high - weight, high, total)) AS cache_creation_tokens
FROM pieces
INNER JOIN request_line AS asked ON asked.session_id = pieces.session_id AND asked.number = pieces.place
GROUP BY
    pieces.session_id,
    asked.quarter,
    asked.model,
    asked.query_source,
    asked.skill,
    asked.subagent,
    asked.plugin,
    asked.mcp_server,
    asked.slash_command,
    pieces.repository,
    pieces.branch,
    pieces.basis;

-- The same by repository. weight: cost, or tokens if the session has no cost. is_shared: the session has several
-- repositories.
CREATE OR REPLACE VIEW requested AS
WITH summed AS (
    SELECT
        session_id,
        quarter,
        model,
        query_source,
        repository,
        basis,
        sum(cost_nano) AS cost_nano,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_creation_tokens) AS cache_creation_tokens
    FROM requested_branches
    GROUP BY session_id, quarter, model, query_source, repository, basis
)
SELECT
    *,
    CASE
        WHEN sum(cost_nano) OVER (PARTITION BY session_id) > 0 THEN cost_nano
        ELSE input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens
    END AS weight,
    CASE
        WHEN min(repository) OVER (PARTITION BY session_id) < max(repository) OVER (PARTITION BY session_id) THEN 1
        ELSE 0
    END AS is_shared
FROM summed;
