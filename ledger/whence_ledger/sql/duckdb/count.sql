SELECT (SELECT count(*) FROM ledger.open_sessions) + (SELECT count(*) FROM ledger.closed_sessions);
