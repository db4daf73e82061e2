INSERT INTO ledger.events (time, id) SELECT make_timestamp(unnest($time)), unnest($id);
