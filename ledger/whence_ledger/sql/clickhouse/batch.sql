-- The sessions to divide now, oldest first: sessions with data that arrived after their last division, and sessions that
-- have become quiet since. {looked}: a condition on session_id that limits in which sessions to look. {rest}: how many
-- microseconds a session is left alone after its last division, by whichever server.
SELECT
    arrivals.session_id AS session_id,
    arrivals.seen AS seen,
    arrivals.is_closed AS is_closed,
    sipHash64(arrivals.session_id, '{mark}') AS division,
    toUnixTimestamp64Micro(arrivals.since) AS since,
    toUnixTimestamp64Micro(arrivals.until) AS until
FROM (
    SELECT
        session_id,
        sum(rows) AS seen,
        max(arrived) <= now64(6) - toIntervalMillisecond({quiet}) AS is_closed,
        min(since) AS since,
        max(until) AS until
    FROM whence_arrivals
    WHERE {looked}
    GROUP BY session_id
) AS arrivals
LEFT JOIN (
    SELECT session_id, max(seen * 2 + is_closed) AS stage, max(at) AS last_at
    FROM whence_divisions
    WHERE {looked}
    GROUP BY session_id
) AS divisions ON divisions.session_id = arrivals.session_id
WHERE
    coalesce(divisions.stage, 0) < arrivals.seen * 2 + arrivals.is_closed
    AND coalesce(divisions.last_at, 0) <= toUnixTimestamp64Micro(now64(6)) - {rest}
ORDER BY since, session_id
LIMIT {sessions};
