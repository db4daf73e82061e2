-- Rolls up the days from roll_from until before roll_before, the last few of them anew, in which rows have come one by one.
DELETE FROM ledger.daily_usage WHERE time >= getvariable('roll_from');
DELETE FROM ledger.daily_costs WHERE time >= getvariable('roll_from');
DELETE FROM ledger.daily_sessions WHERE time >= getvariable('roll_from');
DELETE FROM ledger.daily_tool_uses WHERE time >= getvariable('roll_from');
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
WHERE time >= getvariable('roll_from') AND time < getvariable('roll_before')
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
WHERE time >= getvariable('roll_from') AND time < getvariable('roll_before')
GROUP BY day, user, team, model, query_source, effort, speed, traits, repository, split;
INSERT INTO ledger.daily_sessions
SELECT DISTINCT date_trunc('day', time) AS day, session_id, user, team, model, effort, traits, repository, split
FROM ledger.closed_usage
WHERE time >= getvariable('roll_from') AND time < getvariable('roll_before')
QUALIFY model <> '' OR max(model) OVER (PARTITION BY day, session_id, repository, split) = '';
INSERT INTO ledger.daily_tool_uses
SELECT date_trunc('day', time) AS day, user, team, repository, split, tool, sum(uses), sum(failures)
FROM ledger.closed_tool_uses
WHERE time >= getvariable('roll_from') AND time < getvariable('roll_before')
GROUP BY day, user, team, repository, split, tool;
UPDATE ledger.rolled SET before = getvariable('roll_before');
