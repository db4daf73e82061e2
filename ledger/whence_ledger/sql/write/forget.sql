-- Forgets the sessions that ended before the day that before names, whole, so that no figure of any other changes.
CREATE OR REPLACE TEMP TABLE forgotten AS
SELECT session_id FROM ledger.closed_sessions WHERE ended < getvariable('before');
DELETE FROM ledger.usage
WHERE time < getvariable('before') AND session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.requests
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
DELETE FROM ledger.closed_sessions WHERE session_id IN (SELECT session_id FROM forgotten);
DELETE FROM ledger.daily_usage WHERE time < getvariable('before');
DELETE FROM ledger.daily_costs WHERE time < getvariable('before');
DELETE FROM ledger.daily_sessions WHERE time < getvariable('before');
DELETE FROM ledger.daily_tool_uses WHERE time < getvariable('before');
-- Sessions that go on after it are still whole.
INSERT INTO ledger.daily_usage
SELECT
    date_trunc('day', time) AS day,
    user,
    team,
    model,
    repository,
    split,
    max(last_time),
    sum(cost_usd),
    sum(input_tokens),
    sum(output_tokens),
    sum(cache_read_tokens),
    sum(cache_creation_tokens),
    sum(lines_added),
    sum(lines_removed),
    sum(commits),
    sum(pull_requests),
    sum(active_time_user),
    sum(active_time_cli),
    sum(edits_accepted),
    sum(edits_rejected)
FROM ledger.closed_usage
WHERE time < getvariable('before')
GROUP BY day, user, team, model, repository, split;
INSERT INTO ledger.daily_costs
SELECT
    date_trunc('day', time) AS day,
    user,
    team,
    model,
    query_source,
    effort,
    speed,
    traits,
    repository,
    split,
    sum(cost_usd),
    sum(input_tokens),
    sum(output_tokens),
    sum(cache_read_tokens),
    sum(cache_creation_tokens)
FROM ledger.closed_usage
WHERE time < getvariable('before')
GROUP BY day, user, team, model, query_source, effort, speed, traits, repository, split;
INSERT INTO ledger.daily_sessions
SELECT DISTINCT date_trunc('day', time) AS day, session_id, user, team, model, effort, traits, repository, split
FROM ledger.closed_usage
WHERE time < getvariable('before')
QUALIFY model <> '' OR max(model) OVER (PARTITION BY day, session_id, repository, split) = '';
INSERT INTO ledger.daily_tool_uses
SELECT date_trunc('day', time) AS day, user, team, repository, split, tool, sum(uses), sum(failures)
FROM ledger.closed_tool_uses
WHERE time < getvariable('before')
GROUP BY day, user, team, repository, split, tool;
-- Items of that time are not accepted any more, so nothing is left to compare them with.
DELETE FROM ledger.points WHERE time < getvariable('before');
DELETE FROM ledger.events WHERE time < getvariable('before');
DROP TABLE forgotten;
