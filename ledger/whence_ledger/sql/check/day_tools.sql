-- The same for the uses of tools.
WITH compared AS (
    SELECT time AS day, split, repository, tool, uses, failures
    FROM ledger.daily_tool_uses
    UNION ALL
    SELECT date_trunc('day', time), split, repository, tool, -uses, -failures
    FROM ledger.closed_tool_uses
    WHERE time < (SELECT before FROM ledger.rolled)
)
SELECT strftime(day, '%Y-%m-%d')
FROM compared
GROUP BY day, split, repository, tool
HAVING sum(uses) <> 0 OR sum(failures) <> 0
ORDER BY ALL;
