-- Which of these sessions are closed, and since when there is something of them.
SELECT session_id, epoch_us(since)
FROM ledger.closed_sessions
WHERE session_id IN (SELECT unnest($sessions));
