-- The same as days.sql, for extensions: each session is counted once.
WITH compared AS (
    SELECT * EXCLUDE (last_time), 1 AS number FROM ledger.daily_extensions
    UNION ALL
    SELECT * EXCLUDE (last_time, cost_usd, tokens), -cost_usd, -tokens, -1
    FROM extensions_by_day(TIMESTAMP '1970-01-01', (SELECT before FROM ledger.rolled), true)
)
SELECT DISTINCT strftime(time, '%Y-%m-%d')
FROM compared
GROUP BY time, session_id, user, team, model, repository, split, is_reported, skill, subagent, plugin, mcp_server, slash_command
HAVING sum(cost_usd) <> 0 OR sum(tokens) <> 0 OR sum(number) <> 0
ORDER BY ALL;
