-- Deletes the sessions that ended before the day in the variable before, with all their rows, so that no other session's
-- figures change. A session whose last events came after midnight is deleted a day later.
CREATE OR REPLACE TEMP TABLE forgotten AS
SELECT session_id
FROM ledger.closed_sessions
WHERE
    ended < getvariable('before')
    AND session_id NOT IN (SELECT session_id FROM ledger.requests WHERE time >= getvariable('before'))
    AND session_id NOT IN (SELECT session_id FROM ledger.commands WHERE time >= getvariable('before'))
    AND session_id NOT IN (SELECT session_id FROM ledger.calls WHERE time >= getvariable('before'))
    AND session_id NOT IN (SELECT session_id FROM ledger.starts WHERE time >= getvariable('before'))
    AND session_id NOT IN (SELECT session_id FROM ledger.tool_uses WHERE time >= getvariable('before'));
DELETE FROM ledger.usage
WHERE time < getvariable('before') AND session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.requests
WHERE time < getvariable('before') AND session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.calls
WHERE time < getvariable('before') AND session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.commands
WHERE time < getvariable('before') AND session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.starts
WHERE time < getvariable('before') AND session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.tool_uses
WHERE time < getvariable('before') AND session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.touches
WHERE time < getvariable('before') AND session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.closed_usage
WHERE time < getvariable('before') AND session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.closed_tool_uses
WHERE time < getvariable('before') AND session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.closed_shares WHERE session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.closed_branches WHERE session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.closed_extensions WHERE session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.closed_sessions WHERE session_id IN (SELECT session_id FROM forgotten);
-- Without newer sessions of its user and repository, a case is deleted with the old ones.
DELETE FROM ledger.case_changes
WHERE
    (user, repository) IN (
        SELECT (user, repository) FROM ledger.case_changes GROUP BY user, repository HAVING max(decided_at) < getvariable('before')
    )
    AND (user, repository) NOT IN (SELECT (user, repository) FROM ledger.closed_usage)
    AND repository NOT IN (SELECT repository FROM ledger.touches WHERE session_id IN (SELECT session_id FROM ledger.open_sessions));
DELETE FROM ledger.pull_requests WHERE updated_at < getvariable('before');
DELETE FROM ledger.daily_usage WHERE time < getvariable('before');
DELETE FROM ledger.daily_costs WHERE time < getvariable('before');
DELETE FROM ledger.daily_sessions WHERE time < getvariable('before');
DELETE FROM ledger.daily_tool_uses WHERE time < getvariable('before');
DELETE FROM ledger.daily_extensions WHERE time < getvariable('before');
-- Sessions that continue after that day keep all their rows.
INSERT INTO ledger.daily_usage SELECT * FROM used_by_day(TIMESTAMP '1970-01-01', getvariable('before'), true);
INSERT INTO ledger.daily_costs SELECT * FROM costs_by_day(TIMESTAMP '1970-01-01', getvariable('before'), true);
INSERT INTO ledger.daily_sessions SELECT * FROM sessions_by_day(TIMESTAMP '1970-01-01', getvariable('before'), true);
INSERT INTO ledger.daily_tool_uses SELECT * FROM tools_by_day(TIMESTAMP '1970-01-01', getvariable('before'), true);
INSERT INTO ledger.daily_extensions SELECT * FROM extensions_by_day(TIMESTAMP '1970-01-01', getvariable('before'), true);
-- Items of that time are no longer accepted, so their ids are no longer needed.
DELETE FROM ledger.points WHERE time < getvariable('before');
DELETE FROM ledger.events WHERE time < getvariable('before');
DROP TABLE forgotten;
