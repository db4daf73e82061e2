-- A quarter of an hour has no more rows than items were received in it. What was forgotten left no items: the day after
-- the first that is left is the first to be compared.
WITH counted AS (
    SELECT 'points' AS kind, time, 1 AS number FROM ledger.usage
    UNION ALL
    SELECT 'points', time_bucket(INTERVAL 15 MINUTE, time), -1 FROM ledger.points
    UNION ALL
    SELECT 'events', time_bucket(INTERVAL 15 MINUTE, time), 1 FROM ledger.requests
    UNION ALL
    SELECT 'events', time, 1 FROM ledger.tool_uses
    UNION ALL
    SELECT 'events', time_bucket(INTERVAL 15 MINUTE, time), -1 FROM ledger.events
),
begun AS (
    SELECT 'points' AS kind, min(time) AS first_time FROM ledger.points
    UNION ALL
    SELECT 'events', min(time) FROM ledger.events
)
SELECT counted.kind || ': ' || strftime(counted.time, '%Y-%m-%d %H:%M')
FROM counted
INNER JOIN begun ON begun.kind = counted.kind
WHERE counted.time >= date_trunc('day', begun.first_time) + INTERVAL 1 DAY
GROUP BY counted.kind, counted.time
HAVING sum(counted.number) > 0
ORDER BY ALL;
