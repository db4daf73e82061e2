-- No row of a session is older than the session's recorded start: older rows would not be divided. A closed session
-- begins and ends with its first and last row.
WITH stored AS (
    SELECT session_id, time, first_time AS started, last_time AS ended FROM ledger.usage
    UNION ALL
    SELECT session_id, time, time, end_time FROM ledger.touches
    UNION ALL
    SELECT session_id, time, NULL, NULL FROM ledger.requests
    UNION ALL
    SELECT session_id, time_bucket(INTERVAL 15 MINUTE, time), NULL, NULL FROM ledger.calls
    UNION ALL
    SELECT session_id, time, NULL, NULL FROM ledger.tool_uses
    UNION ALL
    SELECT session_id, time_bucket(INTERVAL 15 MINUTE, time), NULL, NULL FROM ledger.commands
    UNION ALL
    SELECT session_id, time_bucket(INTERVAL 15 MINUTE, time), NULL, NULL FROM ledger.starts
),
held AS (
    SELECT session_id, min(time) AS first_time, min(started) AS started, max(ended) AS ended
    FROM stored
    GROUP BY session_id
),
known AS (
    SELECT session_id, since, started, ended FROM ledger.closed_sessions
    UNION ALL
    SELECT session_id, since, NULL, NULL FROM ledger.open_sessions
)
SELECT known.session_id
FROM known
INNER JOIN held ON held.session_id = known.session_id
WHERE held.first_time < known.since OR held.started <> known.started OR held.ended <> known.ended
ORDER BY ALL;
