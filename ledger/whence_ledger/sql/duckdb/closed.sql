-- Which of these sessions are closed, and the time of their first data.
SELECT session_id, epoch_us(since)
FROM ledger.closed_sessions
WHERE session_id IN (SELECT unnest($sessions));
