-- A ledger as version 1 of the schema left it.
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
INSERT INTO schema_version VALUES (1);
CREATE SCHEMA store;

CREATE TABLE store.points (
    id UUID PRIMARY KEY,
    metric VARCHAR NOT NULL,
    start_time TIMESTAMP NOT NULL,
    time TIMESTAMP NOT NULL,
    value DECIMAL(18, 9) NOT NULL,
    session_id VARCHAR,
    user_email VARCHAR,
    user_id VARCHAR,
    team VARCHAR,
    model VARCHAR,
    type VARCHAR,
    query_source VARCHAR,
    agent_name VARCHAR,
    effort VARCHAR,
    speed VARCHAR,
    terminal_type VARCHAR,
    start_type VARCHAR,
    decision VARCHAR,
    source VARCHAR,
    tool_name VARCHAR,
    language VARCHAR,
    app_version VARCHAR
);

CREATE TABLE store.events (
    id UUID PRIMARY KEY,
    name VARCHAR NOT NULL,
    time TIMESTAMP NOT NULL,
    sequence BIGINT,
    session_id VARCHAR,
    prompt_id VARCHAR,
    user_email VARCHAR,
    user_id VARCHAR,
    team VARCHAR,
    model VARCHAR,
    query_source VARCHAR,
    effort VARCHAR,
    speed VARCHAR,
    request_id VARCHAR,
    cost_usd DECIMAL(18, 9),
    input_tokens BIGINT,
    output_tokens BIGINT,
    cache_read_tokens BIGINT,
    cache_creation_tokens BIGINT,
    duration_ms BIGINT,
    tool_name VARCHAR,
    tool_use_id VARCHAR,
    success BOOLEAN,
    decision VARCHAR,
    source VARCHAR,
    status_code VARCHAR,
    attempt BIGINT,
    prompt_length BIGINT,
    response_length BIGINT,
    agent_type VARCHAR,
    total_tokens BIGINT,
    total_tool_uses BIGINT
);

CREATE TABLE store.spans (
    id VARCHAR PRIMARY KEY,
    session_id VARCHAR NOT NULL,
    prompt_id VARCHAR,
    user_email VARCHAR,
    user_id VARCHAR,
    team VARCHAR,
    start_time TIMESTAMP NOT NULL,
    end_time TIMESTAMP NOT NULL,
    repository VARCHAR,
    display VARCHAR,
    host VARCHAR,
    owner VARCHAR,
    name VARCHAR,
    remote BOOLEAN NOT NULL,
    root_commits VARCHAR[] NOT NULL,
    head_name VARCHAR,
    head_revision VARCHAR,
    reads BIGINT NOT NULL,
    edits BIGINT NOT NULL,
    searches BIGINT NOT NULL,
    commands BIGINT NOT NULL,
    lines_added BIGINT NOT NULL,
    lines_removed BIGINT NOT NULL,
    commits BIGINT NOT NULL,
    pull_requests BIGINT NOT NULL
);

CREATE TABLE store.labels (
    repository VARCHAR PRIMARY KEY,
    label VARCHAR NOT NULL CHECK (label IN ('Managed', 'Unmanaged')),
    reason VARCHAR NOT NULL,
    evidence VARCHAR,
    classified_at TIMESTAMP NOT NULL
);

CREATE TABLE store.classifications (
    classified_at TIMESTAMP NOT NULL,
    organizations VARCHAR[] NOT NULL
);
INSERT INTO store.points (id, metric, start_time, time, value, session_id, user_id, model, type) VALUES
    (uuid(), 'claude_code.cost.usage', '2026-11-01 10:00', '2026-11-01 10:01', 0.5, 's1', 'u-1', 'claude-opus-4-8[1m]', NULL),
    (uuid(), 'claude_code.cost.usage', '2026-11-01 10:01', '2026-11-01 10:02', 0.5, 's1', 'u-1', 'claude-opus-4-8', NULL),
    (uuid(), 'claude_code.token.usage', '2026-11-01 10:01', '2026-11-01 10:02', 100, 's1', 'u-1', 'claude-opus-4-8', 'input'),
    (uuid(), 'claude_code.lines_of_code.count', '2026-11-01 10:01', '2026-11-01 10:02', 7, NULL, 'u-2', NULL, 'added'),
    (uuid(), 'claude_code.session.count', '2026-11-01 10:01', '2026-11-01 10:02', 1, 's1', 'u-1', NULL, NULL);
INSERT INTO store.events (id, name, time, session_id, prompt_id, cost_usd, tool_name, success) VALUES
    (uuid(), 'api_request', '2026-11-01 10:01', 's1', 'p1', 0.5, NULL, NULL),
    (uuid(), 'tool_result', '2026-11-01 10:01', 's1', 'p1', NULL, 'Bash', true),
    (uuid(), 'user_prompt', '2026-11-01 10:01', 's1', 'p1', NULL, NULL, NULL);
INSERT INTO store.spans (
    id, session_id, prompt_id, start_time, end_time, repository, display, host, owner, name, remote, root_commits,
    reads, edits, searches, commands, lines_added, lines_removed, commits, pull_requests
) VALUES
    ('a1', 's1', 'p1', '2026-11-01 10:00', '2026-11-01 10:01', 'github.com/acme/api', 'acme/api', 'github.com', 'acme',
     'api', true, ['abc'], 3, 0, 0, 0, 0, 0, 0, 0),
    ('a2', 's1', 'p1', '2026-11-01 10:00', '2026-11-01 10:01', 'github.com/jane/game', 'jane/game', 'github.com', 'jane',
     'game', true, [], 1, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO store.labels VALUES ('github.com/acme/api', 'Managed', 'in-organization', NULL, '2026-11-02');
INSERT INTO store.classifications VALUES ('2026-11-02', ['acme']);
