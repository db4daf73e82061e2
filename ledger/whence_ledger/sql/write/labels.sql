-- Replaces what was known of these repositories.
INSERT OR REPLACE INTO store.labels (repository, label, reason, evidence, classified_at)
SELECT unnest($repository), unnest($label), unnest($reason), unnest($evidence), $classified_at;
