DELETE FROM ledger.saved_views WHERE name = $name RETURNING name;
