-- The same as splits.sql, for tool uses.
WITH compared AS (
    SELECT session_id, rule, tool, uses, failures
    FROM ledger.tool_uses
    CROSS JOIN checked.rules
    WHERE session_id IN (SELECT session_id FROM checked.sessions)
    UNION ALL
    SELECT session_id, rule, tool, -uses, -failures
    FROM checked.tool_uses
)
SELECT session_id || ' (' || rule || '): ' || tool
FROM compared
GROUP BY session_id, rule, tool
HAVING sum(uses) <> 0 OR sum(failures) <> 0
ORDER BY ALL;
