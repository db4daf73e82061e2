DELETE FROM ledger.open_sessions WHERE session_id IN (SELECT unnest($sessions));
