-- The closed sessions, oldest first. mark: changes when a session is divided again.
SELECT
    sessions.session_id,
    epoch_us(sessions.since) AS since,
    CAST(hash(sessions, used.mark) AS VARCHAR) AS mark
FROM ledger.closed_sessions AS sessions
LEFT JOIN (
    SELECT rows.session_id, bit_xor(hash(rows)) AS mark FROM ledger.closed_usage AS rows GROUP BY rows.session_id
) AS used ON used.session_id = sessions.session_id
ORDER BY sessions.since, sessions.session_id;
