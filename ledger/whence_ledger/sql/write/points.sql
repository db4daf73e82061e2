INSERT INTO ledger.points (time, id) SELECT make_timestamp(unnest($time)), unnest($id);
