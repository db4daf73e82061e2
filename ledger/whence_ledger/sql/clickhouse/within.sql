-- Data in a half-open period, for sql/chosen.sql and the questions. Like these, it is in DuckDB's dialect and is
-- translated.
-- Parameters: $rolls marks the rolled-up days that are read, $rolled lists these days, and $raw_since is the start of the first
-- day of which sessions are read instead.

-- The views of these names as of $as_of, before the question began: otherwise the question could see only a part of a
-- session that is being divided again.
CREATE MACRO whence_counting() AS TABLE
SELECT DISTINCT ON (session_id) division
FROM whence_divisions
WHERE at <= $as_of
ORDER BY session_id, seen DESC, is_closed DESC, division DESC;

CREATE MACRO sessions() AS TABLE
SELECT session_id, user, team, started, ended, machine, client_version, gap
FROM (
    SELECT DISTINCT ON (session_id) *
    FROM whence_divisions
    WHERE at <= $as_of
    ORDER BY session_id, seen DESC, is_closed DESC, division DESC
) AS newest
WHERE is_closed + is_whole > 0;

CREATE MACRO shares() AS TABLE
SELECT session_id, split, repository, share
FROM whence_shares
WHERE division IN (SELECT division FROM whence_counting());

CREATE MACRO branches() AS TABLE
SELECT *
FROM whence_branches
WHERE division IN (SELECT division FROM whence_counting());

CREATE MACRO attributed() AS TABLE
SELECT *
FROM whence_usage
WHERE division IN (SELECT division FROM whence_counting());

-- The divisions with data in a period, outside of the days that are rolled up.
CREATE MACRO whence_counting_within(from_time, to_time) AS TABLE
SELECT DISTINCT ON (session_id) division
FROM whence_divisions
WHERE at <= $as_of AND until >= from_time AND until >= $raw_since AND since < to_time
ORDER BY session_id, seen DESC, is_closed DESC, division DESC;

-- Usage in a period, outside of the days that are rolled up.
CREATE MACRO whence_usage_within(from_time, to_time) AS TABLE
SELECT *
FROM whence_usage
WHERE
    division IN (SELECT division FROM whence_counting_within(from_time, to_time))
    AND time >= from_time
    AND time >= $raw_since
    AND time < to_time
    AND NOT CAST(time AS DATE) IN $rolled;

-- Usage.
CREATE MACRO used_within(from_time, to_time) AS TABLE
SELECT
    time,
    user,
    team,
    model,
    repository,
    split,
    last_time,
    cost_usd,
    request_cost_usd,
    prompt_cost_usd,
    session_cost_usd,
    start_cost_usd,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens,
    lines_added,
    lines_removed,
    commits,
    pull_requests,
    active_time_user,
    active_time_cli,
    edits_accepted,
    edits_rejected,
    client_cost_usd
FROM whence_daily_usage
WHERE roll IN $rolls AND time >= from_time AND time < to_time
UNION ALL
SELECT
    time,
    user,
    team,
    model,
    repository,
    split,
    last_time,
    cost_usd,
    request_cost_usd,
    prompt_cost_usd,
    session_cost_usd,
    start_cost_usd,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens,
    lines_added,
    lines_removed,
    commits,
    pull_requests,
    active_time_user,
    active_time_cli,
    edits_accepted,
    edits_rejected,
    client_cost_usd
FROM whence_usage_within(from_time, to_time);

-- Cost and tokens by more columns, for insights.
CREATE MACRO costs_within(from_time, to_time) AS TABLE
SELECT
    time,
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
    cost_usd,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens
FROM whence_daily_costs
WHERE roll IN $rolls AND time >= from_time AND time < to_time
UNION ALL
SELECT
    time,
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
    cost_usd,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens
FROM whence_usage_within(from_time, to_time);

-- Sessions.
CREATE MACRO sessions_within(from_time, to_time) AS TABLE
SELECT
    time,
    session_id,
    user,
    team,
    model,
    effort,
    is_small,
    is_unchanged,
    is_unread,
    repository,
    split
FROM whence_daily_sessions
WHERE roll IN $rolls AND time >= from_time AND time < to_time
UNION ALL
SELECT
    time,
    session_id,
    user,
    team,
    model,
    effort,
    is_small,
    is_unchanged,
    is_unread,
    repository,
    split
FROM whence_usage_within(from_time, to_time);

-- Tool uses.
CREATE MACRO tools_within(from_time, to_time) AS TABLE
SELECT
    time,
    user,
    team,
    repository,
    split,
    tool,
    uses,
    failures
FROM whence_daily_tool_uses
WHERE roll IN $rolls AND time >= from_time AND time < to_time
UNION ALL
SELECT
    time,
    user,
    team,
    repository,
    split,
    tool,
    uses,
    failures
FROM whence_tool_uses
WHERE
    division IN (SELECT division FROM whence_counting_within(from_time, to_time))
    AND time >= from_time
    AND time >= $raw_since
    AND time < to_time
    AND NOT CAST(time AS DATE) IN $rolled;

-- Cost and tokens by what the requests were made for.
CREATE MACRO extensions_within(from_time, to_time) AS TABLE
SELECT
    time,
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
    last_time,
    cost_usd,
    tokens
FROM whence_daily_extensions
WHERE roll IN $rolls AND time >= from_time AND time < to_time
UNION ALL
SELECT
    used.time,
    used.session_id,
    used.user,
    used.team,
    used.model,
    used.repository,
    used.split,
    CAST(parts.session_id IS NOT NULL AS BOOLEAN) AS is_reported,
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
    FROM whence_usage_within(from_time, to_time)
) AS used
LEFT JOIN (
    SELECT *
    FROM whence_extensions
    WHERE division IN (SELECT division FROM whence_counting_within(from_time, to_time))
) AS parts
    ON parts.session_id = used.session_id AND parts.repository = used.repository AND parts.model = used.model
WHERE used.cost_usd <> 0 OR used.tokens <> 0;
