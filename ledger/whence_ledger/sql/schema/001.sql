-- Tables. Only the store and the views use them; questions read the views.
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
