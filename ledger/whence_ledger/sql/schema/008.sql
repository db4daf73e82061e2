-- starts: what sessions say of hooks when they begin; hooks: how many they registered, 0 where they say that they began.
-- machine: the installation of Claude Code that a session ran in; client_version: its version; gap: why its cost does not
-- stand on requests, in the words of split/coverage.sql. Of sessions that were closed before, this was not kept.
CREATE TABLE starts (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    hooks INTEGER NOT NULL
);
ALTER TABLE closed_sessions ADD COLUMN machine VARCHAR DEFAULT '';
ALTER TABLE closed_sessions ADD COLUMN client_version VARCHAR DEFAULT '';
ALTER TABLE closed_sessions ADD COLUMN gap VARCHAR DEFAULT 'closed-before';
