-- What was spent on each skill, subagent, plugin, MCP server or slash command, as Claude Code names it. status: 'named';
-- 'withheld', if it says that there is one but not its name; 'none', if it names none; 'not-reported', if its requests did
-- not arrive, as without events. The rows add up to the cost.
WITH told AS (
    SELECT
        *,
        CASE
            WHEN NOT is_reported THEN 'not-reported'
            WHEN extension = '' THEN 'none'
            WHEN extension IN ('custom', 'third-party') THEN 'withheld'
            ELSE 'named'
        END AS status
    FROM chosen_extensions
)
SELECT
    CASE WHEN status = 'named' THEN extension END AS name,
    status,
    sum(cost_usd) AS cost_usd,
    coalesce(CAST(sum(cost_usd) AS DOUBLE) / nullif(CAST(sum(sum(cost_usd)) OVER () AS DOUBLE), 0), 0) AS cost_share,
    sum(tokens) AS tokens,
    count(DISTINCT session_id) AS sessions,
    count(DISTINCT nullif(user, '')) AS users,
    max(last_time) AS last_seen
FROM told
GROUP BY 1, 2
HAVING sum(cost_usd) <> 0 OR sum(tokens) <> 0
ORDER BY sum(cost_usd) DESC, 2, 1
LIMIT $limit OFFSET $skip;
