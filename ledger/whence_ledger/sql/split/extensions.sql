-- Divides a repository's part of a session and model among what the requests were made for: the skill, subagent, plugin, MCP
-- server and slash command that Claude Code names; '' means none. An extension owns the pieces (low, high] of total, in
-- proportion to the cost of its requests; if all cost nothing, to their tokens.
CREATE OR REPLACE VIEW split_extensions AS
WITH asked AS (
    SELECT
        session_id,
        repository,
        model,
        skill,
        subagent,
        plugin,
        mcp_server,
        slash_command,
        sum(cost_nano) AS cost,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
    FROM requested_branches
    GROUP BY session_id, repository, model, skill, subagent, plugin, mcp_server, slash_command
),
weighed AS (
    SELECT
        *,
        CASE WHEN sum(cost) OVER (PARTITION BY session_id, repository, model) > 0 THEN cost ELSE tokens END AS weight
    FROM asked
),
ranges AS (
    SELECT
        *,
        sum(weight) OVER (
            PARTITION BY session_id, repository, model
            ORDER BY skill, subagent, plugin, mcp_server, slash_command
            ROWS UNBOUNDED PRECEDING
        ) AS high,
        sum(weight) OVER (PARTITION BY session_id, repository, model) AS total
    FROM weighed
)
SELECT
    session_id,
    repository,
    model,
    skill,
    subagent,
    plugin,
    mcp_server,
    slash_command,
    high - weight AS low,
    high,
    total
FROM ranges
WHERE total > 0;
