-- The sessions in the file.
SELECT session_id FROM ledger.open_sessions
UNION ALL
SELECT session_id FROM ledger.closed_sessions;
