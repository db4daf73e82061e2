INSERT INTO ledger.classifications (classified_at, organizations) VALUES ($classified_at, $organizations);
