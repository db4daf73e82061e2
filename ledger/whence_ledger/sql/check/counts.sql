-- A quarter of an hour has no more rows than items received in it. Deleted sessions have no items left, so the comparison
-- starts one day after the first item that is left.
WITH counted AS (
    SELECT 'points' AS kind, time, 1 AS number FROM ledger.usage
    UNION ALL
    SELECT 'points', time_bucket(INTERVAL 15 MINUTE, time), -1 FROM ledger.points
    UNION ALL
    SELECT 'events', time_bucket(INTERVAL 15 MINUTE, time), 1 FROM ledger.requests
    UNION ALL
    SELECT 'events', time_bucket(INTERVAL 15 MINUTE, time), 1 FROM ledger.commands
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
