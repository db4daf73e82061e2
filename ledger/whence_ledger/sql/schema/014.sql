-- What each request was made for, as Claude Code names it; empty where it names nothing, as for what is there already.
ALTER TABLE requests ADD COLUMN skill VARCHAR DEFAULT '';
ALTER TABLE requests ADD COLUMN subagent VARCHAR DEFAULT '';
ALTER TABLE requests ADD COLUMN plugin VARCHAR DEFAULT '';
ALTER TABLE requests ADD COLUMN mcp_server VARCHAR DEFAULT '';
-- The prompts that are slash commands, by name.
CREATE TABLE commands (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    prompt_id VARCHAR NOT NULL,
    command VARCHAR NOT NULL
);
-- How a session's part of a repository and model is divided among extensions: split/extensions.sql. Sessions that were
-- closed before have no rows.
CREATE TABLE closed_extensions (
    session_id VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    skill VARCHAR NOT NULL,
    subagent VARCHAR NOT NULL,
    plugin VARCHAR NOT NULL,
    mcp_server VARCHAR NOT NULL,
    slash_command VARCHAR NOT NULL,
    low HUGEINT NOT NULL,
    high HUGEINT NOT NULL,
    total HUGEINT NOT NULL
);
