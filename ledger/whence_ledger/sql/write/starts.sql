INSERT INTO ledger.starts (time, session_id, hooks)
SELECT make_timestamp(unnest($time)), unnest($session_id), unnest($hooks);
