-- The data of the sessions in the variable sessions, from the variable since on: the input of sql/split.
-- The variables are set on the connection.
CREATE SCHEMA input;

-- is_too_old: this version of Claude Code cannot name the repository.
CREATE VIEW input.usage AS
SELECT
    *,
    CASE
        WHEN TRY_CAST(string_split(nullif(client_version, ''), '.') AS INTEGER[]) < [2, 1, 269] THEN 1
        ELSE 0
    END AS is_too_old
FROM ledger.usage
WHERE time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));

-- The repositories that Claude Code names, in lower case. If the hook has reported the same name in another case, that name
-- is used.
CREATE VIEW input.told AS
WITH named AS (
    SELECT session_id, first_time, told_repository FROM input.usage WHERE told_repository <> ''
),
known AS (
    SELECT lower(repository) AS folded, min(repository) AS repository
    FROM ledger.repositories
    WHERE last_span <> '' AND lower(repository) IN (SELECT told_repository FROM named)
    GROUP BY folded
)
SELECT named.session_id, named.first_time, coalesce(known.repository, named.told_repository) AS repository
FROM named
LEFT JOIN known ON known.folded = named.told_repository;

CREATE VIEW input.requests AS
SELECT
    session_id,
    prompt_id,
    agent,
    parent,
    request,
    started,
    time_bucket(INTERVAL 15 MINUTE, time) AS quarter,
    sequence,
    model,
    query_source,
    skill,
    subagent,
    plugin,
    mcp_server,
    nano(cost_usd) AS cost_nano,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens
FROM ledger.requests
WHERE time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));

CREATE VIEW input.commands AS
SELECT session_id, prompt_id, command
FROM ledger.commands
WHERE time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));

CREATE VIEW input.calls AS
SELECT session_id, prompt_id, agent, call, request, started, starts_agent
FROM ledger.calls
WHERE time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));

CREATE VIEW input.starts AS
SELECT session_id, hooks
FROM ledger.starts
WHERE time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));

CREATE VIEW input.tool_uses AS
SELECT *
FROM ledger.tool_uses
WHERE time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));

CREATE VIEW input.touches AS
SELECT *, reads + edits + searches + commands AS touches
FROM ledger.touches
WHERE time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));

-- Which call touched which repository.
CREATE VIEW input.touched_calls AS
SELECT session_id, prompt_id, agent, repository, head_name AS branch, unnest(calls) AS call
FROM input.touches;
