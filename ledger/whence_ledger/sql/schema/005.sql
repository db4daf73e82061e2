-- E-mail addresses in lower case: addresses that differ only in case are one user. The user of each closed session is
-- determined again by the rule of split.sql; rolled-up days are computed again from the closed sessions.
CREATE TEMP TABLE respelt AS
SELECT session_id FROM usage WHERE user_email <> lower(user_email)
UNION
SELECT session_id FROM touches WHERE user_email <> lower(user_email);

-- Rows are deleted and inserted again: updating so many does not fit into the ledger's memory.
CREATE TEMP TABLE moved AS SELECT * FROM usage WHERE user_email <> lower(user_email);
DELETE FROM usage WHERE user_email <> lower(user_email);
INSERT INTO usage SELECT * REPLACE (lower(user_email) AS user_email) FROM moved;
DROP TABLE moved;
CREATE TEMP TABLE moved AS SELECT * FROM touches WHERE user_email <> lower(user_email);
DELETE FROM touches WHERE user_email <> lower(user_email);
INSERT INTO touches SELECT * REPLACE (lower(user_email) AS user_email) FROM moved;
DROP TABLE moved;

CREATE TEMP TABLE owners AS
SELECT session_id, coalesce(min(reported_email), min(hook_email), min(known_id), '') AS owner
FROM (
    SELECT session_id, nullif(user_email, '') AS reported_email, NULL AS hook_email, nullif(user_id, '') AS known_id
    FROM usage
    WHERE session_id IN (SELECT session_id FROM respelt)
    UNION ALL
    SELECT session_id, NULL, nullif(user_email, ''), nullif(user_id, '')
    FROM touches
    WHERE session_id IN (SELECT session_id FROM respelt)
)
GROUP BY session_id;

CREATE TEMP TABLE moved AS SELECT * FROM closed_sessions WHERE session_id IN (SELECT session_id FROM owners);
DELETE FROM closed_sessions WHERE session_id IN (SELECT session_id FROM owners);
INSERT INTO closed_sessions SELECT moved.* REPLACE (owners.owner AS user) FROM moved INNER JOIN owners ON owners.session_id = moved.session_id;
DROP TABLE moved;
CREATE TEMP TABLE moved AS SELECT * FROM closed_usage WHERE session_id IN (SELECT session_id FROM owners);
DELETE FROM closed_usage WHERE session_id IN (SELECT session_id FROM owners);
INSERT INTO closed_usage SELECT moved.* REPLACE (owners.owner AS user) FROM moved INNER JOIN owners ON owners.session_id = moved.session_id;
DROP TABLE moved;
CREATE TEMP TABLE moved AS SELECT * FROM closed_tool_uses WHERE session_id IN (SELECT session_id FROM owners);
DELETE FROM closed_tool_uses WHERE session_id IN (SELECT session_id FROM owners);
INSERT INTO closed_tool_uses SELECT moved.* REPLACE (owners.owner AS user) FROM moved INNER JOIN owners ON owners.session_id = moved.session_id;
DROP TABLE moved;
CREATE TEMP TABLE moved AS SELECT * FROM daily_sessions WHERE session_id IN (SELECT session_id FROM owners);
DELETE FROM daily_sessions WHERE session_id IN (SELECT session_id FROM owners);
INSERT INTO daily_sessions SELECT moved.* REPLACE (owners.owner AS user) FROM moved INNER JOIN owners ON owners.session_id = moved.session_id;
DROP TABLE moved;

DELETE FROM daily_usage WHERE EXISTS (SELECT 1 FROM respelt);
INSERT INTO daily_usage
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
FROM closed_usage
WHERE EXISTS (SELECT 1 FROM respelt) AND time < (SELECT before FROM rolled)
GROUP BY day, user, team, model, repository, split;

DELETE FROM daily_costs WHERE EXISTS (SELECT 1 FROM respelt);
INSERT INTO daily_costs
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
FROM closed_usage
WHERE EXISTS (SELECT 1 FROM respelt) AND time < (SELECT before FROM rolled)
GROUP BY day, user, team, model, query_source, effort, speed, traits, repository, split;

DELETE FROM daily_tool_uses WHERE EXISTS (SELECT 1 FROM respelt);
INSERT INTO daily_tool_uses
SELECT date_trunc('day', time) AS day, user, team, repository, split, tool, sum(uses), sum(failures)
FROM closed_tool_uses
WHERE EXISTS (SELECT 1 FROM respelt) AND time < (SELECT before FROM rolled)
GROUP BY day, user, team, repository, split, tool;

DROP TABLE respelt;
DROP TABLE owners;
