-- The same as days.sql, for the sessions: each is counted once.
WITH compared AS (
    SELECT *, 1 AS number FROM ledger.daily_sessions
    UNION ALL
    SELECT *, -1
    FROM sessions_by_day(TIMESTAMP '1970-01-01', (SELECT before FROM ledger.rolled), true)
)
SELECT DISTINCT session_id || ' on ' || strftime(time, '%Y-%m-%d')
FROM compared
GROUP BY time, session_id, user, team, model, effort, is_small, is_unchanged, is_unread, repository, split
HAVING sum(number) <> 0
ORDER BY ALL;
