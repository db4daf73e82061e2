-- Takes back how these sessions were divided: something came for them.
-- In the days that are rolled up already, less of the same takes it back.
INSERT INTO ledger.daily_usage
SELECT
    date_trunc('day', time) AS day,
    user,
    team,
    model,
    repository,
    split,
    max(last_time),
    -sum(cost_usd),
    -sum(input_tokens),
    -sum(output_tokens),
    -sum(cache_read_tokens),
    -sum(cache_creation_tokens),
    -sum(lines_added),
    -sum(lines_removed),
    -sum(commits),
    -sum(pull_requests),
    -sum(active_time_user),
    -sum(active_time_cli),
    -sum(edits_accepted),
    -sum(edits_rejected)
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
    -sum(cost_usd),
    -sum(input_tokens),
    -sum(output_tokens),
    -sum(cache_read_tokens),
    -sum(cache_creation_tokens)
FROM ledger.closed_usage
WHERE time < getvariable('rolled') AND time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])))
GROUP BY day, user, team, model, query_source, effort, speed, traits, repository, split;
INSERT INTO ledger.daily_tool_uses
SELECT date_trunc('day', time) AS day, user, team, repository, split, tool, -sum(uses), -sum(failures)
FROM ledger.closed_tool_uses
WHERE time < getvariable('rolled') AND time >= getvariable('since') AND session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])))
GROUP BY day, user, team, repository, split, tool;
DELETE FROM ledger.daily_sessions
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))) AND time >= date_trunc('day', CAST(getvariable('since') AS TIMESTAMP));
DELETE FROM ledger.closed_usage
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))) AND time >= getvariable('since');
DELETE FROM ledger.closed_tool_uses
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))) AND time >= getvariable('since');
DELETE FROM ledger.closed_shares
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));
DELETE FROM ledger.closed_sessions
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));
