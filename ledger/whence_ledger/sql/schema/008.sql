-- starts: what sessions report about hooks when they begin; hooks: how many they registered.
-- machine: the installation of Claude Code that a session ran in; client_version: its version; gap: why its cost is not
-- attributed by request, as in split/coverage.sql. Sessions that were closed before have none of these.
CREATE TABLE starts (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    hooks INTEGER NOT NULL
);
ALTER TABLE closed_sessions ADD COLUMN machine VARCHAR DEFAULT '';
ALTER TABLE closed_sessions ADD COLUMN client_version VARCHAR DEFAULT '';
ALTER TABLE closed_sessions ADD COLUMN gap VARCHAR DEFAULT 'closed-before';
