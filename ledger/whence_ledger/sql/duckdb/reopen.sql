-- Removes the division of these sessions, because more data arrived for them.
-- In days that are rolled up already, negative amounts cancel it.
INSERT INTO ledger.daily_usage
SELECT day, user, team, model, repository, split, last_time, -COLUMNS('cost_usd|_tokens$|^lines_|^commits$|^pull_requests$|^active_|^edits_')
FROM used_by_day(getvariable('since'), getvariable('rolled'), false);
INSERT INTO ledger.daily_costs
SELECT day, user, team, model, query_source, effort, speed, is_small, is_unchanged, is_unread, repository, split, -COLUMNS('cost_usd|_tokens$')
FROM costs_by_day(getvariable('since'), getvariable('rolled'), false);
INSERT INTO ledger.daily_tool_uses
SELECT day, user, team, repository, split, tool, -uses, -failures
FROM tools_by_day(getvariable('since'), getvariable('rolled'), false);
DELETE FROM ledger.daily_sessions
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))) AND time >= date_trunc('day', CAST(getvariable('since') AS TIMESTAMP));
DELETE FROM ledger.daily_extensions
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))) AND time >= date_trunc('day', CAST(getvariable('since') AS TIMESTAMP));
DELETE FROM ledger.closed_usage
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))) AND time >= getvariable('since');
DELETE FROM ledger.closed_tool_uses
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))) AND time >= getvariable('since');
DELETE FROM ledger.closed_shares
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));
DELETE FROM ledger.closed_branches
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));
DELETE FROM ledger.closed_extensions
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));
DELETE FROM ledger.closed_sessions
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));
