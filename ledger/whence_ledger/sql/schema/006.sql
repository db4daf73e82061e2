-- One row for each request and each tool call, so that a session can be divided by request. request and call: hashes of
-- Claude Code's ids, because only their equality matters; NULL where the client sent none. started: when it began.
-- Existing data has one row for all requests of a prompt and a quarter of an hour, and no calls.
ALTER TABLE requests ADD COLUMN agent VARCHAR DEFAULT '';
ALTER TABLE requests ADD COLUMN parent VARCHAR DEFAULT '';
ALTER TABLE requests ADD COLUMN request UBIGINT;
ALTER TABLE requests ADD COLUMN started TIMESTAMP DEFAULT '1970-01-01';
ALTER TABLE requests ADD COLUMN sequence BIGINT DEFAULT 0;
ALTER TABLE requests ADD COLUMN model VARCHAR DEFAULT '';
ALTER TABLE requests ADD COLUMN query_source VARCHAR DEFAULT '';
ALTER TABLE requests ADD COLUMN input_tokens BIGINT DEFAULT 0;
ALTER TABLE requests ADD COLUMN output_tokens BIGINT DEFAULT 0;
ALTER TABLE requests ADD COLUMN cache_read_tokens BIGINT DEFAULT 0;
ALTER TABLE requests ADD COLUMN cache_creation_tokens BIGINT DEFAULT 0;
UPDATE requests SET started = time;

CREATE TABLE calls (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    prompt_id VARCHAR NOT NULL,
    agent VARCHAR NOT NULL,
    call UBIGINT NOT NULL,
    request UBIGINT,
    started TIMESTAMP NOT NULL,
    starts_agent INTEGER NOT NULL
);

ALTER TABLE touches ADD COLUMN agent VARCHAR DEFAULT '';
ALTER TABLE touches ADD COLUMN calls UBIGINT[] DEFAULT [];

-- split: the rules that a row is for, 'session prompt request' where all three agree. Closed sessions keep their division;
-- the new rule 'request' gets the rows of the rule 'prompt'.
-- request_cost_usd and so on: the part of cost_usd attributed by a request, a prompt, the session's touches, or its start
-- directory; the rest has no basis. For closed sessions it is unknown which part of a prompt's share came from the session.
-- Rows are copied in order: updating so many does not fit into the ledger's memory.
CREATE TABLE copied_shares AS
SELECT
    session_id,
    CASE split WHEN 'both' THEN 'session prompt request' WHEN 'prompt' THEN 'prompt request' ELSE split END AS split,
    repository,
    share
FROM closed_shares;
DROP TABLE closed_shares;
ALTER TABLE copied_shares RENAME TO closed_shares;

CREATE TABLE copied_usage AS
SELECT
    * EXCLUDE (split, last_time, cost_usd, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, lines_added,
        lines_removed, commits, pull_requests, active_time_user, active_time_cli, edits_accepted, edits_rejected),
    CASE split WHEN 'both' THEN 'session prompt request' WHEN 'prompt' THEN 'prompt request' ELSE split END AS split,
    last_time,
    cost_usd,
    CAST(0 AS DECIMAL(38, 9)) AS request_cost_usd,
    CASE WHEN split = 'prompt' AND repository <> '' THEN cost_usd ELSE 0 END AS prompt_cost_usd,
    CASE WHEN split <> 'prompt' AND repository <> '' THEN cost_usd ELSE 0 END AS session_cost_usd,
    CAST(0 AS DECIMAL(38, 9)) AS start_cost_usd,
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
    edits_rejected
FROM closed_usage;
DROP TABLE closed_usage;
ALTER TABLE copied_usage RENAME TO closed_usage;

CREATE TABLE copied_tool_uses AS
SELECT * REPLACE (
    CASE split WHEN 'both' THEN 'session prompt request' WHEN 'prompt' THEN 'prompt request' ELSE split END AS split
)
FROM closed_tool_uses;
DROP TABLE closed_tool_uses;
ALTER TABLE copied_tool_uses RENAME TO closed_tool_uses;

CREATE TABLE copied_usage AS
SELECT
    * EXCLUDE (split, last_time, cost_usd, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, lines_added,
        lines_removed, commits, pull_requests, active_time_user, active_time_cli, edits_accepted, edits_rejected),
    CASE split WHEN 'both' THEN 'session prompt request' WHEN 'prompt' THEN 'prompt request' ELSE split END AS split,
    last_time,
    cost_usd,
    CAST(0 AS DECIMAL(38, 9)) AS request_cost_usd,
    CASE WHEN split = 'prompt' AND repository <> '' THEN cost_usd ELSE 0 END AS prompt_cost_usd,
    CASE WHEN split <> 'prompt' AND repository <> '' THEN cost_usd ELSE 0 END AS session_cost_usd,
    CAST(0 AS DECIMAL(38, 9)) AS start_cost_usd,
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
    edits_rejected
FROM daily_usage;
DROP TABLE daily_usage;
ALTER TABLE copied_usage RENAME TO daily_usage;

CREATE TABLE copied_costs AS
SELECT * REPLACE (
    CASE split WHEN 'both' THEN 'session prompt request' WHEN 'prompt' THEN 'prompt request' ELSE split END AS split
)
FROM daily_costs;
DROP TABLE daily_costs;
ALTER TABLE copied_costs RENAME TO daily_costs;

CREATE TABLE copied_sessions AS
SELECT * REPLACE (
    CASE split WHEN 'both' THEN 'session prompt request' WHEN 'prompt' THEN 'prompt request' ELSE split END AS split
)
FROM daily_sessions;
DROP TABLE daily_sessions;
ALTER TABLE copied_sessions RENAME TO daily_sessions;

CREATE TABLE copied_tool_uses AS
SELECT * REPLACE (
    CASE split WHEN 'both' THEN 'session prompt request' WHEN 'prompt' THEN 'prompt request' ELSE split END AS split
)
FROM daily_tool_uses;
DROP TABLE daily_tool_uses;
ALTER TABLE copied_tool_uses RENAME TO daily_tool_uses;
