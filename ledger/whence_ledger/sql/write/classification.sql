INSERT INTO store.classifications (classified_at, organizations) VALUES ($classified_at, $organizations);
