-- The same as days.sql, for tool uses.
WITH compared AS (
    SELECT * FROM ledger.daily_tool_uses
    UNION ALL
    SELECT day, user, team, repository, split, tool, -uses, -failures
    FROM tools_by_day(TIMESTAMP '1970-01-01', (SELECT before FROM ledger.rolled), true)
)
SELECT DISTINCT strftime(time, '%Y-%m-%d')
FROM compared
GROUP BY time, user, team, repository, split, tool
HAVING sum(uses) <> 0 OR sum(failures) <> 0
ORDER BY ALL;
