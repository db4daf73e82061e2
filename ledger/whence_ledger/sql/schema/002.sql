-- Sums by quarter of an hour instead of single items, so that a question about a year of a large company is fast.
-- The time and id of each item are kept, so that it never counts twice. Rows are in order of arrival, without indexes:
-- a question about a time range then reads little else.

CREATE TABLE points (time TIMESTAMP NOT NULL, id UBIGINT NOT NULL);
CREATE TABLE events (time TIMESTAMP NOT NULL, id UBIGINT NOT NULL);

-- Sums of the data points of a quarter of an hour. Several rows may have the same keys; they add up.
-- Text is '' where nothing was reported.
CREATE TABLE usage (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    user_email VARCHAR NOT NULL,
    user_id VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    query_source VARCHAR NOT NULL,
    effort VARCHAR NOT NULL,
    speed VARCHAR NOT NULL,
    first_time TIMESTAMP NOT NULL,
    last_time TIMESTAMP NOT NULL,
    cost_usd DECIMAL(38, 9) NOT NULL,
    input_tokens DECIMAL(38, 9) NOT NULL,
    output_tokens DECIMAL(38, 9) NOT NULL,
    cache_read_tokens DECIMAL(38, 9) NOT NULL,
    cache_creation_tokens DECIMAL(38, 9) NOT NULL,
    lines_added DECIMAL(38, 9) NOT NULL,
    lines_removed DECIMAL(38, 9) NOT NULL,
    commits DECIMAL(38, 9) NOT NULL,
    pull_requests DECIMAL(38, 9) NOT NULL,
    active_time_user DECIMAL(38, 9) NOT NULL,
    active_time_cli DECIMAL(38, 9) NOT NULL,
    edits_accepted DECIMAL(38, 9) NOT NULL,
    edits_rejected DECIMAL(38, 9) NOT NULL
);

-- The cost of each prompt, from the api_request events: only a weight for the split by prompt, never shown.
CREATE TABLE requests (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    prompt_id VARCHAR NOT NULL,
    cost_usd DECIMAL(38, 9) NOT NULL
);

-- How often each tool was used, from the tool_result events.
CREATE TABLE tool_uses (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    tool VARCHAR NOT NULL,
    uses DECIMAL(38, 9) NOT NULL,
    failures DECIMAL(38, 9) NOT NULL
);

CREATE TABLE touches (
    time TIMESTAMP NOT NULL,
    id VARCHAR NOT NULL,
    end_time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    prompt_id VARCHAR NOT NULL,
    user_email VARCHAR NOT NULL,
    user_id VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    head_name VARCHAR NOT NULL,
    head_revision VARCHAR NOT NULL,
    reads BIGINT NOT NULL,
    edits BIGINT NOT NULL,
    searches BIGINT NOT NULL,
    commands BIGINT NOT NULL,
    lines_added BIGINT NOT NULL,
    lines_removed BIGINT NOT NULL,
    commits BIGINT NOT NULL,
    pull_requests BIGINT NOT NULL
);

-- Every repository ever seen, with the names from its latest span.
CREATE TABLE repositories (
    repository VARCHAR NOT NULL,
    display VARCHAR NOT NULL,
    host VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    remote BOOLEAN NOT NULL,
    root_commits VARCHAR[] NOT NULL,
    first_seen TIMESTAMP NOT NULL,
    last_seen TIMESTAMP NOT NULL,
    last_span VARCHAR NOT NULL
);

CREATE TABLE labels (
    repository VARCHAR PRIMARY KEY,
    label VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    evidence VARCHAR NOT NULL,
    classified_at TIMESTAMP NOT NULL
);

CREATE TABLE classifications (classified_at TIMESTAMP NOT NULL, organizations VARCHAR[] NOT NULL);

-- Open sessions: they are divided again for each question. since: time of the first item.
CREATE TABLE open_sessions (session_id VARCHAR NOT NULL, since TIMESTAMP NOT NULL);

-- Closed sessions, which have been quiet for a while and are divided once. All of it can be computed from the tables above.
CREATE TABLE closed_sessions (
    session_id VARCHAR NOT NULL,
    user VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    started TIMESTAMP NOT NULL,
    ended TIMESTAMP NOT NULL,
    since TIMESTAMP NOT NULL
);
CREATE TABLE closed_shares (
    session_id VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    share DOUBLE NOT NULL
);
CREATE TABLE closed_usage (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    user VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    query_source VARCHAR NOT NULL,
    effort VARCHAR NOT NULL,
    speed VARCHAR NOT NULL,
    traits VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    last_time TIMESTAMP NOT NULL,
    cost_usd DECIMAL(38, 9) NOT NULL,
    input_tokens DECIMAL(38, 9) NOT NULL,
    output_tokens DECIMAL(38, 9) NOT NULL,
    cache_read_tokens DECIMAL(38, 9) NOT NULL,
    cache_creation_tokens DECIMAL(38, 9) NOT NULL,
    lines_added DECIMAL(38, 9) NOT NULL,
    lines_removed DECIMAL(38, 9) NOT NULL,
    commits DECIMAL(38, 9) NOT NULL,
    pull_requests DECIMAL(38, 9) NOT NULL,
    active_time_user DECIMAL(38, 9) NOT NULL,
    active_time_cli DECIMAL(38, 9) NOT NULL,
    edits_accepted DECIMAL(38, 9) NOT NULL,
    edits_rejected DECIMAL(38, 9) NOT NULL
);
CREATE TABLE closed_tool_uses (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    user VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    tool VARCHAR NOT NULL,
    uses DECIMAL(38, 9) NOT NULL,
    failures DECIMAL(38, 9) NOT NULL
);

-- Usage of the closed sessions by day (UTC), before the day in the table rolled, without session ids; and the sessions of
-- each day. With them, questions about months are fast. Rows with the same keys add up.
CREATE TABLE rolled (before TIMESTAMP NOT NULL);
INSERT INTO rolled VALUES ('1970-01-01');
CREATE TABLE daily_usage (
    time TIMESTAMP NOT NULL,
    user VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    last_time TIMESTAMP NOT NULL,
    cost_usd DECIMAL(38, 9) NOT NULL,
    input_tokens DECIMAL(38, 9) NOT NULL,
    output_tokens DECIMAL(38, 9) NOT NULL,
    cache_read_tokens DECIMAL(38, 9) NOT NULL,
    cache_creation_tokens DECIMAL(38, 9) NOT NULL,
    lines_added DECIMAL(38, 9) NOT NULL,
    lines_removed DECIMAL(38, 9) NOT NULL,
    commits DECIMAL(38, 9) NOT NULL,
    pull_requests DECIMAL(38, 9) NOT NULL,
    active_time_user DECIMAL(38, 9) NOT NULL,
    active_time_cli DECIMAL(38, 9) NOT NULL,
    edits_accepted DECIMAL(38, 9) NOT NULL,
    edits_rejected DECIMAL(38, 9) NOT NULL
);
-- The same by more columns, for insights.
CREATE TABLE daily_costs (
    time TIMESTAMP NOT NULL,
    user VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    query_source VARCHAR NOT NULL,
    effort VARCHAR NOT NULL,
    speed VARCHAR NOT NULL,
    traits VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    cost_usd DECIMAL(38, 9) NOT NULL,
    input_tokens DECIMAL(38, 9) NOT NULL,
    output_tokens DECIMAL(38, 9) NOT NULL,
    cache_read_tokens DECIMAL(38, 9) NOT NULL,
    cache_creation_tokens DECIMAL(38, 9) NOT NULL
);
CREATE TABLE daily_sessions (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    user VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    effort VARCHAR NOT NULL,
    traits VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    split VARCHAR NOT NULL
);
CREATE TABLE daily_tool_uses (
    time TIMESTAMP NOT NULL,
    user VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    tool VARCHAR NOT NULL,
    uses DECIMAL(38, 9) NOT NULL,
    failures DECIMAL(38, 9) NOT NULL
);

-- Copy the rows of version 1.
INSERT INTO points SELECT time, CAST('0x' || left(replace(CAST(id AS VARCHAR), '-', ''), 16) AS UBIGINT) FROM store.points;
INSERT INTO events SELECT time, CAST('0x' || left(replace(CAST(id AS VARCHAR), '-', ''), 16) AS UBIGINT) FROM store.events;
INSERT INTO usage
WITH cells AS (
    SELECT
        time_bucket(INTERVAL 15 MINUTE, time) AS quarter,
        time AS item_time,
        coalesce(
            session_id, 'no-session:' || coalesce(user_email, user_id, '') || ':' || strftime(time, '%Y-%m-%d')
        ) AS session,
        regexp_replace(coalesce(model, ''), '\[.*$', '') AS model_name,
        metric || coalesce(':' || CASE WHEN metric LIKE '%decision' THEN decision ELSE type END, '') AS measure,
        *
    FROM store.points
)
SELECT
    quarter,
    session,
    coalesce(user_email, ''),
    coalesce(user_id, ''),
    coalesce(team, ''),
    model_name,
    coalesce(query_source, ''),
    coalesce(effort, ''),
    coalesce(speed, ''),
    min(item_time),
    max(item_time),
    coalesce(sum(value) FILTER (measure LIKE 'claude_code.cost.usage%'), 0),
    coalesce(sum(value) FILTER (measure = 'claude_code.token.usage:input'), 0),
    coalesce(sum(value) FILTER (measure = 'claude_code.token.usage:output'), 0),
    coalesce(sum(value) FILTER (measure = 'claude_code.token.usage:cacheRead'), 0),
    coalesce(sum(value) FILTER (measure = 'claude_code.token.usage:cacheCreation'), 0),
    coalesce(sum(value) FILTER (measure = 'claude_code.lines_of_code.count:added'), 0),
    coalesce(sum(value) FILTER (measure = 'claude_code.lines_of_code.count:removed'), 0),
    coalesce(sum(value) FILTER (measure LIKE 'claude_code.commit.count%'), 0),
    coalesce(sum(value) FILTER (measure LIKE 'claude_code.pull_request.count%'), 0),
    coalesce(sum(value) FILTER (measure = 'claude_code.active_time.total:user'), 0),
    coalesce(sum(value) FILTER (measure = 'claude_code.active_time.total:cli'), 0),
    coalesce(sum(value) FILTER (measure = 'claude_code.code_edit_tool.decision:accept'), 0),
    coalesce(sum(value) FILTER (measure = 'claude_code.code_edit_tool.decision:reject'), 0)
FROM cells
GROUP BY quarter, session, user_email, user_id, team, model_name, query_source, effort, speed;
INSERT INTO requests
SELECT time_bucket(INTERVAL 15 MINUTE, time), session_id, coalesce(prompt_id, ''), cost_usd
FROM store.events
WHERE name = 'api_request' AND session_id IS NOT NULL AND cost_usd > 0;
INSERT INTO tool_uses
SELECT time_bucket(INTERVAL 15 MINUTE, time), session_id, tool_name, 1, CASE WHEN success THEN 0 ELSE 1 END
FROM store.events
WHERE name = 'tool_result' AND session_id IS NOT NULL AND tool_name IS NOT NULL;
INSERT INTO touches
SELECT
    start_time,
    id,
    end_time,
    session_id,
    coalesce(prompt_id, ''),
    coalesce(user_email, ''),
    coalesce(user_id, ''),
    coalesce(team, ''),
    coalesce(repository, ''),
    coalesce(head_name, ''),
    coalesce(head_revision, ''),
    reads,
    edits,
    searches,
    commands,
    lines_added,
    lines_removed,
    commits,
    pull_requests
FROM store.spans;
INSERT INTO repositories
SELECT
    repository,
    max_by(display, (end_time, id)),
    max_by(host, (end_time, id)),
    max_by(owner, (end_time, id)),
    max_by(name, (end_time, id)),
    bool_or(remote),
    list_sort(list_distinct(flatten(list(root_commits)))),
    min(start_time),
    max(end_time),
    max_by(id, (end_time, id))
FROM store.spans
WHERE repository IS NOT NULL
GROUP BY repository;
INSERT INTO labels SELECT repository, label, reason, coalesce(evidence, ''), classified_at FROM store.labels;
INSERT INTO classifications SELECT classified_at, organizations FROM store.classifications;
INSERT INTO open_sessions
SELECT session_id, min(since)
FROM (
    SELECT session_id, first_time AS since FROM usage
    UNION ALL
    SELECT session_id, time FROM touches
    UNION ALL
    SELECT session_id, time FROM requests
    UNION ALL
    SELECT session_id, time FROM tool_uses
)
GROUP BY session_id;
DROP SCHEMA store CASCADE;
