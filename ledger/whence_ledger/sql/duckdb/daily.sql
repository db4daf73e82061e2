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
FROM closed_extended
WHERE
    time >= from_time
    AND time < to_time
    AND (every OR session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))))
GROUP BY day, session_id, user, team, model, repository, split, is_reported, skill, subagent, plugin, mcp_server, slash_command;
