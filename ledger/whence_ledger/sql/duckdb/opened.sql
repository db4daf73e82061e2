INSERT INTO ledger.open_sessions (session_id, since) SELECT unnest($sessions), make_timestamp(unnest($since));
