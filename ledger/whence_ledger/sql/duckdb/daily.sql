-- Closed sessions summed by day (UTC): all of them, or those that the variable sessions names.

-- Usage.
CREATE MACRO used_by_day(from_time, to_time, every) AS TABLE
SELECT
    date_trunc('day', time) AS day,
    user,
    team,
    model,
    repository,
    split,
    max(last_time) AS last_time,
    sum(cost_usd) AS cost_usd,
    sum(request_cost_usd) AS request_cost_usd,
    sum(prompt_cost_usd) AS prompt_cost_usd,
    sum(session_cost_usd) AS session_cost_usd,
    sum(start_cost_usd) AS start_cost_usd,
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
    sum(edits_rejected) AS edits_rejected,
    sum(client_cost_usd) AS client_cost_usd
FROM ledger.closed_usage
WHERE
    time >= from_time
    AND time < to_time
    AND (every OR session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))))
GROUP BY day, user, team, model, repository, split;

-- Cost and tokens by more columns.
CREATE MACRO costs_by_day(from_time, to_time, every) AS TABLE
SELECT
    date_trunc('day', time) AS day,
    user,
    team,
    model,
    query_source,
    effort,
    speed,
    is_small,
    is_unchanged,
    is_unread,
    repository,
    split,
    sum(cost_usd) AS cost_usd,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(cache_read_tokens) AS cache_read_tokens,
    sum(cache_creation_tokens) AS cache_creation_tokens
FROM ledger.closed_usage
WHERE
    time >= from_time
    AND time < to_time
    AND (every OR session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))))
GROUP BY day, user, team, model, query_source, effort, speed, is_small, is_unchanged, is_unread, repository, split;

-- Sessions; a row without a model only if there is no other.
CREATE MACRO sessions_by_day(from_time, to_time, every) AS TABLE
SELECT DISTINCT date_trunc('day', time) AS day, session_id, user, team, model, effort, is_small, is_unchanged, is_unread, repository, split
FROM ledger.closed_usage
WHERE
    time >= from_time
    AND time < to_time
    AND (every OR session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))))
QUALIFY model <> '' OR max(model) OVER (PARTITION BY day, session_id, repository, split) = '';

-- Tool uses.
CREATE MACRO tools_by_day(from_time, to_time, every) AS TABLE
SELECT
    date_trunc('day', time) AS day,
    user,
    team,
    repository,
    split,
    tool,
    sum(uses) AS uses,
    sum(failures) AS failures
FROM ledger.closed_tool_uses
WHERE
    time >= from_time
    AND time < to_time
    AND (every OR session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))))
GROUP BY day, user, team, repository, split, tool;

-- Cost and tokens by what the requests were made for; '' means nothing that has a name. is_reported: requests tell it;
-- otherwise only metrics do. Only the rows of these sessions are divided: dividing takes longest.
CREATE MACRO closed_extended(from_time, to_time, every) AS TABLE
SELECT
    used.time,
    used.session_id,
    used.user,
    used.team,
    used.model,
    used.repository,
    used.split,
    parts.session_id IS NOT NULL AS is_reported,
    coalesce(parts.skill, '') AS skill,
    coalesce(parts.subagent, '') AS subagent,
    coalesce(parts.plugin, '') AS plugin,
    coalesce(parts.mcp_server, '') AS mcp_server,
    coalesce(parts.slash_command, '') AS slash_command,
    used.last_time,
    part(used.cost_usd, parts.low, parts.high, parts.total) AS cost_usd,
    part(used.tokens, parts.low, parts.high, parts.total) AS tokens
FROM (
    SELECT *, input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens AS tokens
    FROM ledger.closed_usage
    WHERE
        time >= from_time
        AND time < to_time
        AND (every OR session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))))
) AS used
LEFT JOIN (
    SELECT *
    FROM ledger.closed_extensions
    WHERE every OR session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])))
) AS parts
    ON parts.session_id = used.session_id AND parts.repository = used.repository AND parts.model = used.model
WHERE used.cost_usd <> 0 OR used.tokens <> 0;

-- Cost and tokens by what the requests were made for. Sessions are kept apart, because a question counts each once.
CREATE MACRO extensions_by_day(from_time, to_time, every) AS TABLE
SELECT
    date_trunc('day', time) AS day,
    session_id,
    user,
    team,
    model,
    repository,
    split,
    is_reported,
    skill,
    subagent,
    plugin,
    mcp_server,
    slash_command,
    max(last_time) AS last_time,
    sum(cost_usd) AS cost_usd,
    sum(tokens) AS tokens
FROM closed_extended(from_time, to_time, every)
GROUP BY day, session_id, user, team, model, repository, split, is_reported, skill, subagent, plugin, mcp_server, slash_command;
