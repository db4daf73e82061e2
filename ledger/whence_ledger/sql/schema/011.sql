-- traits, a list of words, becomes one column for each word. Rows are copied: updating so many does not fit into the
-- ledger's memory.
CREATE TABLE copied AS
SELECT
    time, session_id, user, team, model, query_source, effort, speed,
    contains(traits, 'small') AS is_small,
    contains(traits, 'unchanged') AS is_unchanged,
    contains(traits, 'unread') AS is_unread,
    * EXCLUDE (time, session_id, user, team, model, query_source, effort, speed, traits)
FROM closed_usage;
DROP TABLE closed_usage;
ALTER TABLE copied RENAME TO closed_usage;

CREATE TABLE copied AS
SELECT
    time, user, team, model, query_source, effort, speed,
    contains(traits, 'small') AS is_small,
    contains(traits, 'unchanged') AS is_unchanged,
    contains(traits, 'unread') AS is_unread,
    * EXCLUDE (time, user, team, model, query_source, effort, speed, traits)
FROM daily_costs;
DROP TABLE daily_costs;
ALTER TABLE copied RENAME TO daily_costs;

CREATE TABLE copied AS
SELECT
    time, session_id, user, team, model, effort,
    contains(traits, 'small') AS is_small,
    contains(traits, 'unchanged') AS is_unchanged,
    contains(traits, 'unread') AS is_unread,
    * EXCLUDE (time, session_id, user, team, model, effort, traits)
FROM daily_sessions;
DROP TABLE daily_sessions;
ALTER TABLE copied RENAME TO daily_sessions;
