-- Data in a half-open period. Complete days come from the rolled-up tables, up to the connection's variable rolled.

CREATE MACRO first_day(from_time) AS date_trunc('day', from_time + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND);
CREATE MACRO end_of_days(from_time, to_time) AS
    greatest(first_day(from_time), least(date_trunc('day', to_time), getvariable('rolled')));

-- Usage.
CREATE MACRO used_within(from_time, to_time) AS TABLE
SELECT *
FROM ledger.daily_usage
WHERE time >= first_day(from_time) AND time < end_of_days(from_time, to_time)
UNION ALL
SELECT * EXCLUDE (session_id, query_source, effort, speed, is_small, is_unchanged, is_unread)
FROM ledger.closed_usage
WHERE time >= from_time AND time < least(first_day(from_time), to_time)
UNION ALL
SELECT * EXCLUDE (session_id, query_source, effort, speed, is_small, is_unchanged, is_unread)
FROM ledger.closed_usage
WHERE time >= end_of_days(from_time, to_time) AND time < to_time
UNION ALL
SELECT * EXCLUDE (session_id, query_source, effort, speed, is_small, is_unchanged, is_unread)
FROM live.usage
WHERE time >= from_time AND time < to_time AND session_id IN (SELECT session_id FROM ledger.open_sessions);

-- Cost and tokens by more columns, for insights.
CREATE MACRO costs_within(from_time, to_time) AS TABLE
SELECT *
FROM ledger.daily_costs
WHERE time >= first_day(from_time) AND time < end_of_days(from_time, to_time)
UNION ALL
SELECT * EXCLUDE (
    session_id, last_time, request_cost_usd, prompt_cost_usd, session_cost_usd, start_cost_usd, lines_added, lines_removed, commits, pull_requests, active_time_user,
    active_time_cli, edits_accepted, edits_rejected, client_cost_usd
)
FROM ledger.closed_usage
WHERE time >= from_time AND time < least(first_day(from_time), to_time)
UNION ALL
SELECT * EXCLUDE (
    session_id, last_time, request_cost_usd, prompt_cost_usd, session_cost_usd, start_cost_usd, lines_added, lines_removed, commits, pull_requests, active_time_user,
    active_time_cli, edits_accepted, edits_rejected, client_cost_usd
)
FROM ledger.closed_usage
WHERE time >= end_of_days(from_time, to_time) AND time < to_time
UNION ALL
SELECT * EXCLUDE (
    session_id, last_time, request_cost_usd, prompt_cost_usd, session_cost_usd, start_cost_usd, lines_added, lines_removed, commits, pull_requests, active_time_user,
    active_time_cli, edits_accepted, edits_rejected, client_cost_usd
)
FROM live.usage
WHERE time >= from_time AND time < to_time AND session_id IN (SELECT session_id FROM ledger.open_sessions);

-- Sessions.
CREATE MACRO sessions_within(from_time, to_time) AS TABLE
SELECT time, session_id, user, team, model, effort, is_small, is_unchanged, is_unread, repository, split
FROM ledger.daily_sessions
WHERE time >= first_day(from_time) AND time < end_of_days(from_time, to_time)
UNION ALL
SELECT time, session_id, user, team, model, effort, is_small, is_unchanged, is_unread, repository, split
FROM ledger.closed_usage
WHERE time >= from_time AND time < least(first_day(from_time), to_time)
UNION ALL
SELECT time, session_id, user, team, model, effort, is_small, is_unchanged, is_unread, repository, split
FROM ledger.closed_usage
WHERE time >= end_of_days(from_time, to_time) AND time < to_time
UNION ALL
SELECT time, session_id, user, team, model, effort, is_small, is_unchanged, is_unread, repository, split
FROM live.usage
WHERE time >= from_time AND time < to_time AND session_id IN (SELECT session_id FROM ledger.open_sessions);

-- Tool uses.
CREATE MACRO tools_within(from_time, to_time) AS TABLE
SELECT *
FROM ledger.daily_tool_uses
WHERE time >= first_day(from_time) AND time < end_of_days(from_time, to_time)
UNION ALL
SELECT * EXCLUDE (session_id)
FROM ledger.closed_tool_uses
WHERE time >= from_time AND time < least(first_day(from_time), to_time)
UNION ALL
SELECT * EXCLUDE (session_id)
FROM ledger.closed_tool_uses
WHERE time >= end_of_days(from_time, to_time) AND time < to_time
UNION ALL
SELECT * EXCLUDE (session_id)
FROM live.tool_uses
WHERE time >= from_time AND time < to_time AND session_id IN (SELECT session_id FROM ledger.open_sessions);

-- Cost and tokens by what the requests were made for.
CREATE MACRO extensions_within(from_time, to_time) AS TABLE
SELECT *
FROM ledger.daily_extensions
WHERE time >= first_day(from_time) AND time < end_of_days(from_time, to_time)
UNION ALL
SELECT *
FROM closed_extended(from_time, least(first_day(from_time), to_time), true)
UNION ALL
SELECT *
FROM closed_extended(end_of_days(from_time, to_time), to_time, true)
UNION ALL
SELECT *
FROM live_extended
WHERE time >= from_time AND time < to_time AND session_id IN (SELECT session_id FROM ledger.open_sessions);
