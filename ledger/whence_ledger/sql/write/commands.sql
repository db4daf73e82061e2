INSERT INTO ledger.commands (time, session_id, prompt_id, command)
SELECT make_timestamp(unnest($time)), unnest($session_id), unnest($prompt_id), unnest($command);
