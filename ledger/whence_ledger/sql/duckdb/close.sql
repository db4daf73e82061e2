-- Keeps how the sessions that $sessions names are divided.
INSERT INTO ledger.closed_usage BY NAME SELECT * FROM open.split_usage ORDER BY time;
INSERT INTO ledger.closed_tool_uses BY NAME SELECT * FROM open.split_tool_uses ORDER BY time;
INSERT INTO ledger.closed_shares BY NAME SELECT * FROM open.split_shares;
-- Of the days that are rolled up already there is more now.
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
WHERE time < getvariable('rolled') AND time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])))
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
WHERE time < getvariable('rolled') AND time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])))
GROUP BY day, user, team, model, query_source, effort, speed, traits, repository, split;
INSERT INTO ledger.daily_sessions
SELECT DISTINCT date_trunc('day', time) AS day, session_id, user, team, model, effort, traits, repository, split
FROM ledger.closed_usage
WHERE time < getvariable('rolled') AND time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])))
QUALIFY model <> '' OR max(model) OVER (PARTITION BY day, session_id, repository, split) = '';
INSERT INTO ledger.daily_tool_uses
SELECT date_trunc('day', time) AS day, user, team, repository, split, tool, sum(uses), sum(failures)
FROM ledger.closed_tool_uses
WHERE time < getvariable('rolled') AND time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])))
GROUP BY day, user, team, repository, split, tool;
INSERT INTO ledger.closed_sessions BY NAME
SELECT
    opened.session_id,
    coalesce(whole.user, '') AS user,
    coalesce(whole.team, '') AS team,
    coalesce(whole.started, opened.since) AS started,
    coalesce(whole.ended, opened.since) AS ended,
    opened.since
FROM ledger.open_sessions AS opened
LEFT JOIN open.whole_sessions AS whole ON whole.session_id = opened.session_id
WHERE opened.session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])))
ORDER BY started;
DELETE FROM ledger.open_sessions WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));
